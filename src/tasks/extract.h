// SPDX-License-Identifier: MIT
// Finds the answer in what a model wrote. docs/scoring.md lists the rules with examples.
//
// Pure functions over bytes; invalid UTF-8 is never an error. Each drops a leading
// "<think> ... </think>" first. A change in what any of them returns bumps the version of its
// scorer in task_table.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace paq {

/// The response after its last "</think>"; all of it where there is none.
std::string_view without_reasoning(std::string_view response);

/// Lower case (ASCII), words separated by single spaces, without the articles "a", "an", "the" and
/// without ASCII punctuation; numbers keep sign and decimals in canonical form ("1,200.50" gives
/// "1200.5"). What consists of nothing else is returned trimmed instead.
std::string normalise_answer(std::string_view text);

/// The number directly after the last "####" that has one, else the last number of the text, in
/// canonical form: no thousands separators, no leading or trailing zeros, no "-0".
std::optional<std::string> final_number(std::string_view response);

/// The option, 'A' to 'H', that the response settles on; nullopt where it names none.
std::optional<char> choice_letter(std::string_view response);

/// The code of a response: the last fenced block that defines something, else the definitions among
/// the lines; empty where nothing is defined.
std::string program_text(std::string_view response);

}  // namespace paq
