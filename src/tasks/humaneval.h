// SPDX-License-Identifier: MIT
// HumanEval (Chen et al., 2021, "Evaluating Large Language Models Trained on Code"): from a
// response to a Python program, and from samples to pass@k. Runs nothing itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/code_runner.h"
#include "core/prompt.h"

namespace paq {

/// The prompt completed with what the response says: a body that goes on from the prompt, a whole
/// function, either of them within code fences or prose. A body ends before the first line that is
/// not indented, as the paper's stop sequences have it; one that lost its indentation gets it back.
/// Never fails: a response without code gives a program that does not compile or returns None.
std::string complete_program(std::string_view response, const CodeReference& code);

/// complete_program() with the tests and their call, as the official harness puts them together.
std::string test_program(std::string_view response, const CodeReference& code);

/// The official harness's program for one of its samples: the prompt, what continues it byte for
/// byte, and the tests.
std::string sample_program(std::string_view completion, const CodeReference& code);

/// Runs sample_program(). Throws what the runner throws.
bool sample_passes(std::string_view completion, const CodeReference& code, CodeRunner& runner);

/// Runs test_program(). Throws what the runner throws.
bool code_passes(std::string_view response, const CodeReference& code, CodeRunner& runner);

/// The paper's unbiased estimate of the chance that one of k samples passes, where `passed` of
/// `samples` did: 1 - C(n-c, k) / C(n, k), as a product that neither overflows nor cancels.
/// 0 <= passed <= samples, 1 <= k <= samples; Error(kUsage) otherwise.
double pass_at_k(int64_t samples, int64_t passed, int64_t k);

}  // namespace paq
