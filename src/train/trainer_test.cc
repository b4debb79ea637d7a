// SPDX-License-Identifier: MIT
#include "train/trainer.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "core/testing/error_code.h"
#include "train/export.h"
#include "train/training_json.h"

namespace paq {
namespace {

// The label is how many numbers are to be added: short sums are easy. The words say nothing.
std::vector<Example> sums(int count, uint64_t seed) {
  Random random(seed);
  const char* words[] = {"please", "now", "quickly", "kindly", "again"};
  std::vector<Example> examples;
  for (int i = 0; i < count; ++i) {
    // Two terms three times as often as three or four.
    const int label = std::max<int>(0, static_cast<int>(random.below(5)) - 2);
    std::string text = words[random.below(5)] + std::string(" add ");
    for (int t = 0; t < label + 2; ++t) {
      if (t > 0) text += " + ";
      text += std::to_string(random.below(90) + 10);
    }
    examples.push_back({text, i % 2 ? "odd" : "even", label});
  }
  return examples;
}

TrainOptions quick_options() {
  TrainOptions options;
  options.epochs = 3;
  options.vocabulary = 300;
  options.keep_per_label = 10;
  options.seed = 3;
  options.threads = 1;
  return options;
}

TEST(TrainRouter, LearnsWhatCanBeLearnt) {
  std::vector<Progress> seen;
  TrainOptions options = quick_options();
  options.epochs = 6;
  options.progress = [&](const Progress& progress) { seen.push_back(progress); };
  const TrainedRouter router = train_router(sums(1500, 1), 3, options);
  const TrainReport& report = router.report;
  const EpochReport& best = report.epochs.at(static_cast<size_t>(report.best_epoch));
  EXPECT_EQ(report.epochs.size(), 6u);
  EXPECT_NEAR(report.majority_baseline, 0.6, 0.1);
  EXPECT_GT(best.validation_accuracy, 0.9);
  for (const EpochReport& epoch : report.epochs) {
    EXPECT_LE(epoch.validation_accuracy, best.validation_accuracy);
  }
  EXPECT_EQ(report.training[0],
            report.training[1] < report.training[2] ? report.training[1] : report.training[2]);
  int64_t decided = 0, right = 0, validation = 0;
  for (size_t k = 0; k < 3; ++k) {
    for (const int64_t n : report.confusion[k]) decided += n;
    right += report.confusion[k][k];
    validation += report.validation[k];
  }
  EXPECT_EQ(decided, validation);
  EXPECT_NEAR(static_cast<double>(right) / static_cast<double>(validation),
              best.validation_accuracy, 1e-9);
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().done, seen.back().total);

  const std::vector<BitWidth> widths = {{2}, {4}, {8}};
  const auto json = nlohmann::json::parse(training_json(options, report, widths));
  EXPECT_EQ(json.at("settings").at("size"), "tiny");
  EXPECT_EQ(json.at("metrics").at("labelled").at("8").get<int64_t>(), report.labelled[2]);
}

TEST(TrainRouter, SameSeedSameRouter) {
  TrainOptions options = quick_options();
  options.epochs = 1;
  const TrainedRouter first = train_router(sums(200, 2), 3, options);
  const TrainedRouter second = train_router(sums(200, 2), 3, options);
  ASSERT_EQ(first.parameters.size(), second.parameters.size());
  for (size_t i = 0; i < first.parameters.size(); ++i) {
    EXPECT_EQ(first.parameters[i].values, second.parameters[i].values);
  }
  EXPECT_EQ(first.report.training_data_hash, second.report.training_data_hash);
}

TEST(TrainRouter, RefusesWhatHoldsNoLesson) {
  std::vector<Example> examples = sums(50, 3);
  for (Example& example : examples) example.label = 1;
  try {
    train_router(examples, 3, quick_options());
    FAIL() << "one label alone was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("same label"), std::string::npos);
  }
  EXPECT_THROW(train_router({}, 3, quick_options()), Error);
}

TEST(TrainRouter, LeavesTasksOut) {
  std::vector<Example> even = sums(300, 4);
  TrainOptions options = quick_options();
  options.epochs = 1;
  options.without_tasks = {"odd"};
  const TrainReport without = train_router(even, 3, options).report;
  std::erase_if(even, [](const Example& example) { return example.task == "odd"; });
  EXPECT_EQ(without.training_data_hash, hash_examples(even));
  const std::vector<BitWidth> widths = {{2}, {4}, {8}};
  const auto json = nlohmann::json::parse(training_json(options, without, widths));
  EXPECT_EQ(json.at("settings").at("without_tasks"), nlohmann::json({"odd"}));
}

TEST(TrainRouter, StopsWhenAsked) {
  CancelFlag cancel{false};
  TrainOptions options = quick_options();
  options.cancel = &cancel;
  options.progress = [&](const Progress& progress) { cancel = progress.done >= 2; };
  try {
    train_router(sums(300, 4), 3, options);
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

class Checkpoints : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("paq_checkpoints_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    options_ = quick_options();
    options_.calibration = CalibrationMethod::kIsotonic;
    options_.checkpoint = folder_ / "router.gguf.checkpoint";
    options_.checkpoint_seconds = 0;
    options_.cancel = &cancel_;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Trains until `steps` steps are done in this call, or to the end.
  TrainedRouter train(int64_t steps = INT64_MAX) {
    int64_t done = 0;
    cancel_ = false;
    options_.progress = [&](const Progress&) { cancel_ = ++done >= steps; };
    return train_router(sums(400, 5), 3, options_);
  }

  // The exported file, without what differs from run to run.
  std::string file_of(const TrainedRouter& router) const {
    const RouterMetadata metadata{.bit_widths = {{2}, {4}, {8}},
                                  .training_data_hash = router.report.training_data_hash,
                                  .calibration = router.report.calibration,
                                  .held_out_labels = router.report.held_out.labels,
                                  .held_out_adequate = router.report.held_out.adequate};
    const std::filesystem::path path = folder_ / "exported.gguf";
    export_router(path, {router.config, router.parameters, router.vocabulary, metadata},
                  MatrixType::kF32);
    return read_file(path);
  }

  std::filesystem::path folder_;
  TrainOptions options_;
  CancelFlag cancel_{false};
};

TEST_F(Checkpoints, AnInterruptedTrainingEndsInTheSameFile) {
  const std::filesystem::path checkpoint = options_.checkpoint;
  options_.checkpoint.clear();
  const TrainedRouter whole = train();
  EXPECT_EQ(whole.report.resumed_steps, 0);
  options_.checkpoint = checkpoint;
  Random random(static_cast<uint64_t>(::testing::UnitTest::GetInstance()->random_seed()));
  int64_t done = 0;
  for (int i = 0; i < 3; ++i) {
    const int64_t steps = 1 + static_cast<int64_t>(random.below(10));  // three times fewer than all
    done += steps;
    std::string message;
    EXPECT_EQ(code_of([&] { train(steps); }, &message), ErrorCode::kCancelled);
    EXPECT_NE(message.find("after " + std::to_string(done) + " of"), std::string::npos) << message;
    EXPECT_NE(message.find(checkpoint.string()), std::string::npos) << message;
  }
  const TrainedRouter resumed = train();
  EXPECT_EQ(resumed.report.resumed_steps, done);
  EXPECT_EQ(file_of(resumed), file_of(whole));
  ASSERT_EQ(resumed.report.epochs.size(), whole.report.epochs.size());
  for (size_t e = 0; e < whole.report.epochs.size(); ++e) {
    EXPECT_EQ(resumed.report.epochs[e].training_loss, whole.report.epochs[e].training_loss);
    EXPECT_EQ(resumed.report.epochs[e].validation_loss, whole.report.epochs[e].validation_loss);
  }
  EXPECT_EQ(resumed.report.confusion, whole.report.confusion);

  // All done: what is there is the result.
  const TrainedRouter again = train();
  EXPECT_EQ(file_of(again), file_of(whole));
}

TEST_F(Checkpoints, OtherSettingsAreRefusedByName) {
  EXPECT_EQ(code_of([&] { train(3); }), ErrorCode::kCancelled);
  options_.label_smoothing = 0.1;
  std::string message;
  EXPECT_EQ(code_of([&] { train(); }, &message), ErrorCode::kMismatch);
  EXPECT_NE(message.find("label_smoothing is 0.0, expected 0.1"), std::string::npos) << message;
}

TEST_F(Checkpoints, AFolderThatIsGoneIsSaid) {
  options_.checkpoint = folder_ / "gone" / "router.checkpoint";
  std::string message;
  EXPECT_EQ(code_of([&] { train(); }, &message), ErrorCode::kNotFound);
  for (const char* part : {"gone", "training stopped after 1 of", "same command"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST(TrainRouter, PatienceEndsItEarly) {
  TrainOptions options = quick_options();
  options.epochs = 30;
  options.patience = 1;
  options.learning_rate = 1e-30;  // nothing changes, so no epoch is better than the first
  const TrainReport report = train_router(sums(200, 6), 3, options).report;
  EXPECT_EQ(report.best_epoch, 0);
  EXPECT_EQ(report.epochs.size(), 2u);
}

TEST(TrainRouter, PaperProcedureBalancesAndLeavesProbabilitiesAlone) {
  TrainOptions options = paper_procedure();
  EXPECT_EQ(options.epochs, 5);
  EXPECT_EQ(options.batch_size, 16);
  EXPECT_EQ(options.max_per_task, 50000);
  options.epochs = 1;
  options.vocabulary = 300;
  const TrainReport report = train_router(sums(400, 7), 3, options).report;
  EXPECT_EQ(report.training[0], report.training[1]);
  EXPECT_EQ(report.training[0], report.training[2]);
  EXPECT_EQ(report.class_weights, (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(report.logit_shift, (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(report.calibration.method, CalibrationMethod::kNone);
  EXPECT_EQ(report.calibration.temperature, 1);
  EXPECT_TRUE(report.held_out.labels.empty());
}

TEST(TrainRouter, KeepsPromptsThatChoseNothing) {
  TrainOptions options = quick_options();
  options.policy_share = 0.2;
  options.calibration = CalibrationMethod::kIsotonic;
  const TrainReport report = train_router(sums(800, 8), 3, options).report;
  const size_t prompts = report.held_out.labels.size();
  EXPECT_NEAR(static_cast<double>(prompts), 160, 50);
  ASSERT_EQ(report.held_out.adequate.size(), 3 * prompts);
  for (size_t i = 0; i < prompts; ++i) {
    const float* row = &report.held_out.adequate[3 * i];
    EXPECT_LE(row[0], row[1]);
    EXPECT_EQ(row[2], 1);
  }
  EXPECT_GT(report.calibrated.loss, 0);
}

TEST(TrainRouter, CountsWhatTheContextCutsOff) {
  TrainOptions options = quick_options();
  options.epochs = 1;
  options.context_tokens = 16;
  const TrainReport report = train_router(sums(300, 9), 3, options).report;
  EXPECT_GT(report.cut_prompts, 0);
  EXPECT_GE(report.dropped_tokens, report.cut_prompts);
}

TEST(TrainRouter, StartsFromABase) {
  const TrainedRouter first = train_router(sums(300, 10), 3, quick_options());
  const auto base = std::make_shared<BaseModel>(BaseModel{.name = "first",
                                                          .hash = "abc",
                                                          .config = first.config,
                                                          .parameters = first.parameters,
                                                          .vocabulary = first.vocabulary});
  // A head that is not there is initialised.
  std::erase_if(base->parameters, [](const NamedTensor& tensor) {
    return tensor.spec.name.starts_with("classifier.");
  });
  TrainOptions options = quick_options();
  options.base = base;
  options.epochs = 1;
  options.learning_rate = 1e-9;
  const TrainedRouter second = train_router(sums(300, 11), 3, options);
  EXPECT_EQ(second.vocabulary.size(), first.vocabulary.size());
  for (size_t i = 0; i < first.parameters.size(); ++i) {
    if (first.parameters[i].spec.name.starts_with("classifier.")) continue;
    const std::vector<float>& a = first.parameters[i].values;
    const std::vector<float>& b = second.parameters[i].values;
    ASSERT_EQ(a.size(), b.size());
    double worst = 0;
    for (size_t j = 0; j < a.size(); ++j) worst = std::max(worst, double{std::abs(a[j] - b[j])});
    EXPECT_LT(worst, 1e-5) << first.parameters[i].spec.name;
  }
  EXPECT_EQ(default_learning_rate(options), kBaseLearningRate);

  std::string message;
  options.context_tokens = 4096;
  EXPECT_EQ(code_of([&] { train_router(sums(300, 11), 3, options); }, &message), ErrorCode::kUsage);
  EXPECT_NE(message.find("first reads 2048"), std::string::npos) << message;
  options.context_tokens = 2048;
  base->config.width = 256;
  EXPECT_EQ(code_of([&] { train_router(sums(300, 11), 3, options); }, &message),
            ErrorCode::kMismatch);
}

}  // namespace
}  // namespace paq
