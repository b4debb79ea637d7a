// SPDX-License-Identifier: MIT
// What is done to a text before llama.cpp splits it into tokens, in training and in serving.
//
// A GGUF file says it in a key of paq's own (docs/router.md), for llama.cpp knows no such step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct llama_vocab;

namespace paq {

class GgufReader;

enum class NormalForm {
  kNone,  ///< As it is.
  kNfc,   ///< Unicode's composed form: "e" and a combining accent become one character.
};

/// The key of a router's file that names it; absent for kNone.
inline constexpr const char* kNormalFormKey = "paq.router.normal_form";

/// "none" and "nfc".
std::string_view normal_form_name(NormalForm form);

/// What a file says. Throws Error(kMismatch) for a name that this program does not know.
NormalForm read_normal_form(const GgufReader& reader);

/// `text` in NFC. Bytes that are no UTF-8 become U+FFFD each.
std::string to_nfc(std::string_view text);

/// Ids of any bytes: the normal form, then the vocabulary, with the special tokens that it puts
/// around a text and none parsed from it. Throws Error(kTooLong) for 2 GiB or more.
std::vector<int32_t> encode_text(const llama_vocab* vocab, NormalForm form, std::string_view text);

}  // namespace paq
