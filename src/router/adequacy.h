// SPDX-License-Identifier: MIT
// What a router makes of many prompts, for the table that policies go by.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "router/router.h"

namespace paq {

/// [texts][K] Decision::adequate of every text, one after another: CalibrationTable::adequate.
/// `after_batch` may be empty; it is told how many texts are done, and what it throws passes
/// through.
std::vector<float> adequacy_of(Router& router, std::span<const std::string_view> texts,
                               const std::function<void(size_t done)>& after_batch = nullptr);

}  // namespace paq
