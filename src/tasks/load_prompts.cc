// SPDX-License-Identifier: MIT
// From a file of a task to its prompts: which format it has, its split, its exemplars.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "tasks/choice_prompt.h"
#include "tasks/dataset_files.h"
#include "tasks/gzip.h"
#include "tasks/json_line.h"
#include "tasks/prompts_file.h"
#include "tasks/task.h"

namespace paq {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::kUsage, what); }

// The solved questions that stand before each question.
class Exemplars {
 public:
  Exemplars(const TaskSpec& task, const std::filesystem::path& path, const LoadOptions& options)
      : task_(task), shots_(static_cast<size_t>(options.shots)) {
    source_ = options.exemplars.empty() ? exemplars_beside(task, path) : options.exemplars;
    // Which split exemplars are from does not matter.
    for (Dataset& dataset : read_datasets(task, source_, "train")) {
      for (BenchmarkItem& item : dataset.items) pool_[item.group].push_back(std::move(item.fields));
    }
    // MMLU's are taken in their order, as its authors do; the others have no order of merit.
    if (task.format == FileFormat::kMmlu) return;
    for (auto& [group, fields] : pool_) {
      Random random(options.seed, "shots/" + std::string(task.name) + "/" + group);
      random.shuffle(fields);
    }
  }

  std::vector<PromptFields> for_question(const BenchmarkItem& item) const {
    std::vector<PromptFields> chosen;
    if (const auto group = pool_.find(item.group); group != pool_.end()) {
      for (const PromptFields& fields : group->second) {
        if (chosen.size() == shots_) break;
        if (fields != item.fields) chosen.push_back(fields);  // Its own answer would give it away.
      }
    }
    if (chosen.size() == shots_) return chosen;
    refuse(source_.string() + " has " + std::to_string(chosen.size()) + " exemplars" +
           (item.group.empty() ? std::string() : " for " + item.group) + ", and --shots asks for " +
           std::to_string(shots_) + " for " + std::string(task_.name) + "; ask for fewer");
  }

 private:
  const TaskSpec& task_;
  size_t shots_;
  std::filesystem::path source_;
  std::map<std::string, std::vector<PromptFields>> pool_;
};

bool asks_by_likelihood(const TaskSpec& task, const LoadOptions& options) {
  return options.choices != ChoiceScoring::kLetter && task.metric == Metric::kChoiceLetter;
}

class Renderer {
 public:
  Renderer(const TaskSpec& task, const LoadOptions& options) : style_(options.style) {
    if (!options.formats.empty()) formats_ = read_prompt_formats(options.formats);
    const auto* format =
        find_prompt_format(formats_.empty() ? prompt_formats() : formats_, task.name);
    format_ = *format;
    by_likelihood_ = asks_by_likelihood(task, options);
    if (by_likelihood_) format_ = likelihood_format(format_);
    if (options.shots > 0 && format_.answer.empty()) {
      refuse(format_.task + " is zero-shot; leave --shots out for it");
    }
  }

  std::vector<Message> render(const BenchmarkItem& item,
                              std::span<const PromptFields> exemplars) const {
    return render_prompt(format_, style_, exemplars, item.fields);
  }

  // The options as what follows the question; none where answers are generated.
  std::vector<std::string> continuations(const BenchmarkItem& item) const {
    std::vector<std::string> texts;
    if (!by_likelihood_) return texts;
    for (size_t i = 0; i < item.reference.choices.size(); ++i) {
      PromptFields fields = item.fields;
      fields["answer"] = choice_name(i);
      fields["option"] = item.reference.choices[i];
      texts.push_back(render_answer(format_, style_, fields));
    }
    return texts;
  }

 private:
  PromptStyle style_;
  bool by_likelihood_ = false;
  std::vector<PromptFormat> formats_;
  PromptFormat format_;
};

void check_ids(const std::vector<Prompt>& prompts, std::string_view name) {
  std::set<std::pair<std::string_view, std::string_view>> known;
  for (const Prompt& prompt : prompts) {
    if (known.insert({prompt.split, prompt.id}).second) continue;
    throw Error(ErrorCode::kBadFile, std::string(name) + ": the id " + in_quotes(prompt.id) +
                                         " is there twice in the " + prompt.split +
                                         " split; ids must be unique, remove one");
  }
}

void append(std::vector<Prompt>& prompts, const TaskSpec& task, Dataset dataset,
            const Renderer& renderer, const Exemplars* exemplars) {
  for (BenchmarkItem& item : dataset.items) {
    Prompt prompt;
    prompt.messages = renderer.render(
        item, exemplars != nullptr ? exemplars->for_question(item) : std::vector<PromptFields>{});
    std::vector<std::string> continuations = renderer.continuations(item);
    prompt.id = std::move(item.id);
    prompt.task = task.name;
    prompt.split = dataset.split;
    prompt.reference = std::move(item.reference);
    if (!continuations.empty()) prompt.reference.choices = std::move(continuations);
    prompts.push_back(std::move(prompt));
  }
}

bool has_own_prompts(const TaskSpec& task) {
  return task.format == FileFormat::kPrompts || task.format == FileFormat::kChat;
}

std::vector<Prompt> parse_own(const TaskSpec& task, std::string_view bytes, std::string_view name) {
  try {
    return parse_prompts_file(task, bytes, name);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kBadFile) reject_foreign_file(task, bytes, name);
    throw;
  }
}

void check_split(const std::string& split) {
  if (split.empty() || split == "train" || split == "validation" || split == "test") return;
  refuse("there is no split \"" + split + "\"; the splits are train, validation and test");
}

}  // namespace

std::vector<Prompt> parse_prompts(std::string_view task, std::string_view bytes,
                                  std::string_view name) {
  const TaskSpec& spec = task_spec(task);
  if (has_own_prompts(spec)) return parse_own(spec, bytes, name);
  std::vector<Prompt> prompts;
  append(prompts, spec, parse_dataset(spec, bytes, name, ""), Renderer(spec, {}), nullptr);
  check_ids(prompts, name);
  return prompts;
}

PromptFields sample_fields(const TaskSpec& task) {
  if (has_own_prompts(task)) return {};
  return read_benchmark(task, sample_file(task), "sample").front().fields;
}

std::vector<Prompt> load_prompts(std::string_view task, const std::filesystem::path& path,
                                 const LoadOptions& options) {
  // What is wrong with the options is told before a file that may be large is read.
  const TaskSpec& spec = task_spec(task);
  check_split(options.split);
  if (options.shots < 0) refuse("--shots must be 0 or more");
  std::vector<Prompt> prompts;
  if (has_own_prompts(spec)) {
    if (options.shots > 0)
      refuse(std::string(task) + " has ready prompts; leave --shots out for it");
    prompts = parse_own(spec, read_dataset_file(path), path.string());
    for (Prompt& prompt : prompts) {
      if (!options.split.empty()) prompt.split = options.split;
    }
  } else {
    const Renderer renderer(spec, options);
    std::optional<Exemplars> exemplars;
    if (options.shots > 0) exemplars.emplace(spec, path, options);
    for (Dataset& dataset : read_datasets(spec, path, options.split)) {
      append(prompts, spec, std::move(dataset), renderer, exemplars ? &*exemplars : nullptr);
    }
  }
  if (asks_by_likelihood(spec, options)) {
    for (Prompt& prompt : prompts) {
      if (metric_of(prompt).metric != Metric::kChoiceLetter) continue;
      answer_by_likelihood(prompt, options.choices);
    }
  }
  check_ids(prompts, path.string());
  return prompts;
}

}  // namespace paq
