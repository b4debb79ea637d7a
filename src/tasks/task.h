// SPDX-License-Identifier: MIT
// The benchmarks: one table, their loaders and their scorers. Pure: no model, no clock, no network.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/code_runner.h"
#include "core/prompt.h"
#include "tasks/prompt_format.h"

namespace paq {

enum class Metric {
  kExactMatch,    ///< Normalised text equals one of the accepted answers.
  kFinalNumber,   ///< The number after the last "####", else the last number, equals the answer.
  kChoiceLetter,  ///< The letter that the answer settles on.
  kProgram,       ///< Every test of the generated program passes.
  kTokenF1,       ///< Best F1 over words against the accepted answers.
  kSquad2,        ///< F1 of SQuAD v2.
  kDrop,          ///< F1 of DROP.
  kPythonTests,   ///< The function passes HumanEval's tests under Python.
  kChoiceLikelihood,         ///< The likeliest of the choices; nothing is generated.
  kChoiceLikelihoodPerByte,  ///< The likeliest for its length.
};

struct MetricSpec {
  Metric metric;
  std::string_view name;         ///< "final-number": how prompts files and references have it.
  std::string_view scorer;       ///< Name and version, "final-number/1"; bump when results change.
  std::string_view description;  ///< One sentence for people.
};

/// Every metric, in the order of the enumeration.
std::span<const MetricSpec> metric_table();

const MetricSpec& metric_spec(Metric metric);

/// Throws Error(kUsage) that lists the names there are.
const MetricSpec& metric_spec(std::string_view name);

/// How the files of a task are laid out; docs/tasks.md describes each.
enum class FileFormat { kPrompts, kChat, kSquad2, kDrop, kGsm8k, kMmlu, kHumanEval, kArc };

struct TaskSpec {
  std::string_view name;         ///< "mini-gsm8k"
  std::string_view description;  ///< One sentence for people.
  std::string_view mirrors;      ///< The benchmark it stands for, "GSM8K"; empty for users' own.
  Metric metric;
  int max_tokens;        ///< Longest answer that is generated.
  bool needs_reference;  ///< Whether a prompt without answers (or tests) is an error.
  FileFormat format = FileFormat::kPrompts;
  std::string_view file = {};  ///< The official file to use, "dev-v2.0.json"; empty: one's own.
};

/// Every task, in the order of tables and pictures.
std::span<const TaskSpec> task_table();

/// Throws Error(kUsage) that lists the names there are.
const TaskSpec& task_spec(std::string_view name);

/// What the prompt is scored with: the metric that its reference names, else its task's. Throws
/// Error(kUsage) for an unknown metric or task.
const MetricSpec& metric_of(const Prompt& prompt);

/// How a question with options is answered.
enum class ChoiceScoring {
  kLetter,             ///< By generating, and finding the letter in what was generated.
  kLikelihood,         ///< The likeliest option as a continuation of the prompt.
  kLikelihoodPerByte,  ///< The likeliest for its length in bytes.
};

struct LoadOptions {
  /// "train", "validation" or "test" in place of what the file says; empty: as it says.
  std::string split = {};
  int shots = 0;  ///< Exemplars before each question; 0: zero-shot.
  /// Where exemplars come from; empty: the file of training questions beside the one that is
  /// loaded.
  std::filesystem::path exemplars = {};
  uint64_t seed = 0;  ///< Of the choice of exemplars.
  PromptStyle style = PromptStyle::kChat;
  /// YAML file of prompt formats in place of the built-in ones; empty: those.
  std::filesystem::path formats = {};
  /// Of tasks of the table whose metric is kChoiceLetter. Other than kLetter, every prompt names
  /// the metric, and its reference's choices are the continuations.
  ChoiceScoring choices = ChoiceScoring::kLetter;
};

/// Loads a file of the task, plain or gzipped, in the task's own format (docs/tasks.md): an
/// official file of a benchmark (for MMLU, a folder of them too), whose questions are rendered by
/// the task's prompt format; or a prompts file, one JSON object a line,
///
///     {"id": "...", "prompt": "..." or "messages": [{"role", "content"}], "split": "train",
///      "answers": ["..."], "tests": [{"call": "f(3)", "expected": "9"}], "metric": "..."}
///
/// in UTF-8, with or without a byte order mark, lines ending in LF or CRLF, empty lines allowed.
/// `split` is "train" where absent; other fields are ignored. Throws Error(kNotFound);
/// Error(kBadFile) with file, place and field, also for an id that comes twice in a split, for a
/// reference that the metric can't use and for a file of another benchmark, which it names; and
/// Error(kUsage) for options that the task has no use for.
std::vector<Prompt> load_prompts(std::string_view task, const std::filesystem::path& path,
                                 const LoadOptions& options = {});

/// The same from the bytes of one file, zero-shot as turns; `name` stands for the file's in
/// messages and for the split.
std::vector<Prompt> parse_prompts(std::string_view task, std::string_view bytes,
                                  std::string_view name);

/// A small file of paq's own in the task's format, for people to look at.
std::string_view sample_file(const TaskSpec& task);

/// What the first record of sample_file() gives to the task's prompt format; empty where it has
/// none.
PromptFields sample_fields(const TaskSpec& task);

/// One line of a prompts file, without the newline. Throws Error(kUsage) where a text is not UTF-8.
std::string prompt_line(const Prompt& prompt);

/// Whether the prompt is answered by the likelihood of its reference's `choices` as continuations
/// instead of by generating.
bool is_answered_by_likelihood(const Prompt& prompt);

/// Index of the choice that such a prompt is answered with, from log p(choice | prompt) of each;
/// lengths are in bytes without white space before the choice. nullopt where no figure is a number.
/// Throws Error(kUsage) where there is not one figure for each.
std::optional<size_t> likeliest_option(const Prompt& prompt, std::span<const double> logprobs);

/// Whether the metric has something to compare with.
bool can_score(Metric metric, const Reference& reference);

/// 0 to 1; 0 where can_score is false. Any bytes are a valid response. Only kPythonTests uses
/// `runner`; Error(kUsage) where it has none.
double score_response(Metric metric, std::string_view response, const Reference& reference,
                      CodeRunner* runner = nullptr);

}  // namespace paq
