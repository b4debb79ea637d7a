// SPDX-License-Identifier: MIT
// Code fences in a response. Internal to tasks/.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace paq {

/// Without their ends, LF or CRLF. Views point into `text`.
std::vector<std::string_view> lines_of(std::string_view text);

struct CodeBlock {
  std::vector<std::string_view> lines;  ///< Point into the response.
  bool fenced = false;                  ///< Otherwise prose may stand among them.
  /// The other fenced blocks, in order: a helper of the function may stand in one of them.
  std::vector<std::vector<std::string_view>> others = {};
};

/// The lines of a response, without its reasoning, that are its code: of the fenced blocks the last
/// with a line that `is_definition` takes, else the first that returns something, else the first.
/// All lines where there is no fence, or where such a line stands outside of them. A fence may be
/// missing its end, or its beginning where the prompt opened it; within a text in triple quotes
/// there is none.
CodeBlock code_block(std::string_view response,
                     const std::function<bool(std::string_view line)>& is_definition);

}  // namespace paq
