// SPDX-License-Identifier: MIT
// The words that the miniature's tasks are made of. Lower-case nouns, short, each a single token of
// its tokenizer. The order is part of the tasks: changing it changes every fact and prompt.
#pragma once

#include <span>
#include <string_view>

namespace paq::mini {

std::span<const std::string_view> first_names();  ///< 32
std::span<const std::string_view> last_names();   ///< 32
std::span<const std::string_view> foods();        ///< 32
std::span<const std::string_view> animals();      ///< 32
std::span<const std::string_view> cities();       ///< 32
std::span<const std::string_view> jobs();         ///< 32
std::span<const std::string_view> materials();    ///< 40
std::span<const std::string_view> colors();       ///< 8
std::span<const std::string_view> places();       ///< 8
std::span<const std::string_view> tools();        ///< 16

}  // namespace paq::mini
