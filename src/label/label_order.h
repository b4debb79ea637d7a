// SPDX-License-Identifier: MIT
// The order in which prompts are put to a variant.
//
// Prompts that begin alike become neighbours, so that an engine that keeps what it has computed of
// one can use it for the next. Groups that have little in common go longest first, so that few
// places stand empty while the last answers are finished.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/prompt.h"

namespace paq {

/// Bytes of common beginning that make two prompts neighbours.
inline constexpr size_t kSharedBeginning = 256;

/// Indexes into `prompts`: all of them, each once. The same prompts in another order give the same
/// order of prompts, but for some that are equal.
std::vector<size_t> labelling_order(std::span<const Prompt> prompts);

/// Whether prompts have so much in common that computing it once is worth one pool of cells for all
/// sequences: a tenth of all their text, beginnings of kSharedBeginning bytes and more.
bool begin_alike(std::span<const Prompt> prompts);

}  // namespace paq
