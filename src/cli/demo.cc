// SPDX-License-Identifier: MIT
#include "cli/demo.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/engine_options.h"
#include "cli/evaluation_run.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/machine.h"
#include "cli/process.h"
#include "cli/report_details.h"
#include "cli/terminal.h"
#include "cli/threshold_table.h"
#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "label/labeler.h"
#include "label/outcomes_file.h"
#include "label/thresholds.h"
#include "ladder/ladder_files.h"
#include "mini/tasks.h"
#include "report/format.h"
#include "report/report.h"
#include "router/router.h"
#include "store/store.h"
#include "tasks/task.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

const std::vector<BitWidth> kWidths = {{2}, {4}, {8}, {16}};

// The miniature keeps nearly all it knows at Q2_K, whose small blocks cost 3.3 bits a weight here,
// and Q4_K_M costs 5.1. These come closer to two and four bits; IQ2_XXS needs an importance matrix,
// which is shipped beside the model. A model without one gets the usual types.
constexpr char kImatrixName[] = "miniature-imatrix.gguf";
const std::map<BitWidth, std::string> kTypesWithImatrix = {{BitWidth{2}, "IQ2_XXS"},
                                                           {BitWidth{4}, "Q4_0"}};

constexpr int kContext = 1024;

class Demo {
 public:
  explicit Demo(const DemoOptions& options) : options_(options) {}

  void run() {
    make_directory();
    stage("prompts", "Prompts: seven made-up tasks", [&] { write_prompts(); });
    stage("ladder", "Ladder: the miniature at " + to_string(kWidths) + " bits", [&] { build(); });
    stage("label-train", "Outcomes: every variant answers the training prompts",
          [&] { label("train", 16); });
    stage("thresholds", "Thresholds: what each tau would mean", [&] { thresholds(); });
    stage("train", "Router: learns which width a prompt needs", [&] { train(); });
    stage("label-test", "Outcomes: the test prompts, one at a time for their latency",
          [&] { label("test", 1); });
    EvaluationRun run;
    stage("eval", "Table: strategies side by side", [&] { run = evaluate_test(); });
    report(run);
  }

 private:
  fs::path file(const std::string& name) const { return options_.directory / name; }

  int64_t count(const std::string& split) const {
    const int64_t wanted = split == "train" ? options_.train_prompts : options_.test_prompts;
    return options_.limit > 0 ? std::min(wanted, options_.limit) : wanted;
  }

  std::ostream& say() const { return options_.json ? std::cerr : std::cout; }

  void make_directory() const {
    std::error_code failure;
    fs::create_directories(options_.directory, failure);
    if (failure) {
      throw Error(ErrorCode::kIo, "cannot make the folder " + options_.directory.string() + ": " +
                                      failure.message() + "; name another one with --dir");
    }
  }

  // Runs a step, keeps its time and memory.
  void stage(const std::string& name, const std::string& title, const std::function<void()>& step) {
    throw_if_interrupted();
    say() << "[" << stages_.size() + 1 << "/7] " << title << std::endl;
    reset_peak_memory();
    child_peak_ = 0;
    const auto start = std::chrono::steady_clock::now();
    step();
    progress_.clear();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    stages_.push_back({name, seconds, std::max(peak_memory(), child_peak_)});
    say() << "      " << human_duration(seconds) << ", " << human_bytes(stages_.back().peak_bytes)
          << " of memory" << std::endl;
  }

  void write_prompts() {
    fs::create_directories(file("tasks"));
    for (std::string_view task : mini_task_names()) {
      std::string text;
      for (const auto& [name, split] :
           {std::pair<std::string, MiniSplit>{"train", MiniSplit::kTrain},
            {"test", MiniSplit::kTest}}) {
        const auto prompts =
            generate_mini_task(task, split, static_cast<size_t>(count(name)), options_.seed);
        for (const Prompt& prompt : prompts) text += prompt_line(prompt) + "\n";
        auto& all = name == "train" ? train_ : test_;
        all.insert(all.end(), prompts.begin(), prompts.end());
      }
      write_file_atomically(file("tasks") / (std::string(task) + ".jsonl"), text);
    }
    say() << "      " << train_.size() << " to train the router, " << test_.size()
          << " to test it, in " << file("tasks").string() << "/" << std::endl;
  }

  void build() {
    BuildLadderOptions build;
    build.bits = kWidths;
    build.progress = progress_.callback();
    build.cancel = &interrupt_flag();
    const fs::path model = find_model();
    if (const fs::path imatrix = model.parent_path() / kImatrixName; fs::exists(imatrix)) {
      build.imatrix = imatrix;
      build.types = kTypesWithImatrix;
    }
    ladder_ = build_ladder(model, file("ladder"), build);
    progress_.clear();
    for (const Variant& variant : ladder_.variants) {
      say() << "      " << variant.bits.bits << "-bit: " << variant.type << ", "
            << fixed_point(variant.bits_per_weight, 2) << " bits a weight, "
            << human_bytes(variant.file_bytes) << std::endl;
    }
  }

  void label(const std::string& split, int concurrency) {
    const std::vector<Prompt>& prompts = split == "train" ? train_ : test_;
    Store store = Store::open(file("outcomes.db"), Store::Mode::kWrite);
    EngineArguments engine_arguments;
    engine_arguments.context = kContext;
    engine_arguments.threads = options_.threads;
    // Alone, variants take turns.
    const auto engine =
        open_fitting_engine(ladder_, engine_arguments, concurrency, concurrency == 1).engine;
    LabelOptions options;
    options.concurrency = concurrency;
    options.require_concurrency = concurrency == 1;
    options.replace = true;  // the folder is the demo's own
    options.progress = progress_.callback();
    options.cancel = &interrupt_flag();
    const LabelSummary summary = label_prompts(*engine, ladder_, store, prompts, options);
    progress_.clear();
    say() << "      " << grouped(summary.added) << " outcomes added, "
          << grouped(summary.already_there) << " were there, in " << file("outcomes.db").string()
          << std::endl;
  }

  void thresholds() {
    const Store store = Store::open(file("outcomes.db"), Store::Mode::kRead);
    std::vector<double> taus(std::begin(kPaperTaus), std::end(kPaperTaus));
    if (std::find(taus.begin(), taus.end(), options_.tau) == taus.end()) {
      taus.push_back(options_.tau);
      std::sort(taus.begin(), taus.end());
    }
    const std::string table =
        threshold_table(summarise_thresholds(training_outcomes(store), kWidths, taus), kWidths,
                        LabelNeeds::kPerplexities);
    say() << table;
  }

  // Of this run's prompts; the store may have more, from runs with other numbers of prompts.
  std::vector<PromptOutcomes> training_outcomes(const Store& store) const {
    std::set<std::pair<std::string, std::string>> wanted;
    for (const Prompt& prompt : train_) wanted.emplace(prompt.task, prompt.id);
    auto outcomes = store.outcomes({.tasks = {}, .split = "train"}, &ladder_);
    std::erase_if(outcomes, [&](const PromptOutcomes& item) {
      return !wanted.contains({item.prompt.task, item.prompt.id});
    });
    return outcomes;
  }

  // What the router learns from, as lines of an outcomes file.
  std::string training_lines() const {
    const Store store = Store::open(file("outcomes.db"), Store::Mode::kRead);
    std::string lines;
    for (const PromptOutcomes& outcomes : training_outcomes(store)) {
      lines += outcomes_line(outcomes) + "\n";
    }
    return lines;
  }

  std::vector<std::string> training_arguments() const {
    return {"--store", file("outcomes.db").string(),    "--ladder", ladder_.hash(),
            "--only",  file("training.jsonl").string(), "--tau",    tau_text(options_.tau),
            "--out",   file("router.gguf").string(),    "--size",   "tiny",
            "--seed",  std::to_string(options_.seed),   "--json"};
  }

  void train() {
    const fs::path stamp_file = file("router.stamp");
    const std::string lines = training_lines();
    // A second run need not train again where all that the router follows from is the same.
    Sha256 hash;
    hash.update_field(lines);
    for (const std::string& argument : training_arguments()) hash.update_field(argument);
    const std::string stamp = hash.finish();
    if (fs::exists(stamp_file) && fs::exists(file("router.gguf")) &&
        read_file(stamp_file) == stamp) {
      say() << "      kept: trained on these outcomes before" << std::endl;
      return;
    }
    write_file_atomically(file("training.jsonl"), lines);
    const ProcessResult result = run_process(find_paq_train(), training_arguments());
    throw_if_interrupted();
    if (result.exit_code != 0) {
      throw Error(ErrorCode::kEngine, "paq-train ended with code " +
                                          std::to_string(result.exit_code) +
                                          "; its own message stands above");
    }
    child_peak_ = result.peak_bytes;
    write_file_atomically(file("training.json"), result.output);
    write_file_atomically(stamp_file, stamp);
    say() << "      " << file("router.gguf").string() << ", log of the training in "
          << file("training.json").string() << std::endl;
  }

  EvaluationRun evaluate_test() {
    const auto router = Router::load(file("router.gguf"), {.threads = options_.threads});
    Store store = Store::open(file("outcomes.db"), Store::Mode::kRead);
    return run_evaluation(store, *router, test_,
                          {.ladder = &ladder_,
                           .tau = options_.tau,
                           .seed = options_.seed,
                           .progress = progress_.callback(),
                           .cancel = &interrupt_flag()});
  }

  // What the run's record in the store says of it.
  std::string config_json() const {
    return Json{{"model", find_model().string()},
                {"ladder_hash", ladder_.hash()},
                {"train_prompts", count("train")},
                {"test_prompts", count("test")},
                {"tau", options_.tau},
                {"seed", options_.seed},
                {"threads", options_.threads},
                {"context", kContext},
                {"machine", machine_description()}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void report(const EvaluationRun& run) {
    ReportMeta meta;
    meta.model = ladder_.base_model;
    meta.ladder = run.ladder;
    meta.machine = machine_description();
    meta.command = "paq demo";
    meta.date = utc_now();
    meta.router = file_with_size(file("router.gguf"));
    meta.note = evaluation_note(run);
    meta.counts = evaluation_counts(run);
    meta.counts["training_prompts"] = static_cast<int64_t>(train_.size());
    meta.stages = stages_;
    const std::string json = evaluation_json(run.evaluation, meta);
    write_file_atomically(file("result.json"), json);
    Store store = Store::open(file("outcomes.db"), Store::Mode::kWrite);
    store.end_run(store.begin_run("demo", config_json()), json);
    write_file_atomically(file("report.html"),
                          report_page(run.evaluation, meta,
                                      page_details(store, run.evaluation, {.ladder = run.ladder})));

    double seconds = 0;
    for (const StageCost& stage : stages_) seconds += stage.seconds;
    if (options_.json) {
      std::cout << json;
    } else {
      std::cout << "\n" << evaluation_table(run.evaluation, meta);
    }
    say() << "\n"
          << human_duration(seconds) << " in all. Pictures: " << file("report.html").string()
          << ", figures: " << file("result.json").string()
          << "\nAsk it something: paq run --ladder " << file("ladder").string() << " --router "
          << file("router.gguf").string() << " \"...\"" << std::endl;
  }

  fs::path find_model() const {
    if (!options_.model.empty()) return options_.model;
    const fs::path name = "miniature-f16.gguf";
    const std::vector<fs::path> places = {executable_directory() / "../share/paq" / name,
                                          fs::path(PAQ_ASSETS_DIR) / name};
    for (const fs::path& place : places) {
      if (fs::exists(place)) return place;
    }
    throw Error(ErrorCode::kNotFound, "the miniature is neither " + places[0].string() + " nor " +
                                          places[1].string() + "; name it with --model FILE");
  }

  const DemoOptions& options_;
  ProgressLine progress_;
  std::vector<StageCost> stages_;
  int64_t child_peak_ = 0;
  std::vector<Prompt> train_, test_;
  Ladder ladder_;
};

}  // namespace

void run_demo(const DemoOptions& options) { Demo(options).run(); }

}  // namespace paq
