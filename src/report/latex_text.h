// SPDX-License-Identifier: MIT
// Texts inside LaTeX. Only report/'s own files include this.
#pragma once

#include <string>
#include <string_view>

namespace paq {

/// Typeset as it stands, on one line.
std::string latex_escaped(std::string_view text);

/// A comment of one line.
std::string latex_comment(std::string text);

}  // namespace paq
