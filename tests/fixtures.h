// SPDX-License-Identifier: MIT
// Small real inputs for tests of the whole program: random models, their ladders, made-up prompts.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "program.h"

namespace paq::testing {

/// Writes an F16 language model with random weights. Another `width` makes another base model.
void write_tiny_model(const std::filesystem::path& file, int width = 256);

/// Writes a GGUF file that is whole but holds no language model.
void write_foreign_gguf(const std::filesystem::path& file);

/// Writes `count` prompts of mini-gsm8k in the given split.
void write_prompts(const std::filesystem::path& file, int count, const std::string& split = "test");

/// Writes outcomes of `count` prompts at widths 2, 4 and 8 that a router can learn: short prompts
/// do well at 2 bits, middle ones at 4, long ones at 8. Half of them train, half test.
void write_learnable_outcomes(const std::filesystem::path& file, int count);

/// Exit code 1, nothing on standard output, one line on standard error that begins with "paq: " and
/// contains `part`.
::testing::AssertionResult failed_with_one_line(const RunResult& result, const std::string& part);

/// Likewise for exit code 2.
::testing::AssertionResult refused_with_one_line(const RunResult& result, const std::string& part);

/// Exit code 0.
::testing::AssertionResult succeeded(const RunResult& result);

}  // namespace paq::testing
