// SPDX-License-Identifier: MIT
// Lists of numbers as bytes, the same on every machine. Internal to store/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

/// Log-probabilities as IEEE 754 binary16 (core/half.h), least significant byte first: two bytes
/// a token. Their perplexity is that of the full numbers within a factor of exp(2^-11 * |mean|),
/// 1.00004 at a perplexity of 1.07.
std::string encode_halves(std::span<const float> values);
/// A last odd byte is left out.
std::vector<float> decode_halves(std::string_view bytes);

/// What schema version 1 held: IEEE 754 binary32, least significant byte first.
std::vector<float> decode_floats(std::string_view bytes);

/// Token ids, seven bits a byte, the least significant first, the highest bit set where more follow
/// (LEB128): two bytes below 16,384, three below 2,097,152. Negative ids take five.
std::string encode_ids(std::span<const int32_t> ids);
/// An id that is cut off at the end is left out.
std::vector<int32_t> decode_ids(std::string_view bytes);

}  // namespace paq
