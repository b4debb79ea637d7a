// SPDX-License-Identifier: MIT
#include "train/training_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <span>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "train/batches.h"
#include "train/calibration.h"
#include "train/checkpoint.h"

namespace paq {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Share of the peak rate. `step` in [0, steps).
double schedule(int64_t step, int64_t steps, const TrainOptions& options) {
  if (options.schedule == Schedule::kConstant) return 1;
  const double warmup = std::max(1.0, options.warmup * static_cast<double>(steps));
  const double done = static_cast<double>(step) + 1;
  if (done <= warmup) return done / warmup;
  return (static_cast<double>(steps) - done + 1) / (static_cast<double>(steps) - warmup + 1);
}

// One training run; the phases are its member functions, in the order of run(). All that a further
// step depends on is in state_ and the classifier.
class Run {
 public:
  Run(const EncodedSplit& split, const TrainOptions& options, TrainReport& report)
      : training_(split.training),
        validation_(split.validation),
        calibration_(split.calibration),
        policy_(split.policy),
        options_(options),
        report_(report) {}

  std::vector<NamedTensor> run(Classifier& classifier, const std::string& identity) {
    const auto prompts = static_cast<int64_t>(training_.ids.size());
    const int64_t step_prompts = int64_t{options_.batch_size} * options_.accumulate;
    epoch_steps_ = (prompts + step_prompts - 1) / step_prompts;
    begin(classifier, identity);
    while (state_.epoch < options_.epochs) {
      train_epoch(classifier);
      end_epoch(classifier);
    }
    if (!options_.checkpoint.empty()) save(classifier);
    return finish(classifier);
  }

 private:
  static bool is_better(const EpochReport& a, const EpochReport& b) {
    if (a.validation_accuracy != b.validation_accuracy) {
      return a.validation_accuracy > b.validation_accuracy;
    }
    return a.validation_loss < b.validation_loss;
  }

  void begin(Classifier& classifier, const std::string& identity) {
    if (!options_.checkpoint.empty()) {
      if (auto stored = read_checkpoint(options_.checkpoint, identity)) {
        state_ = *std::move(stored);
        classifier.set_state(state_.classifier);
        state_.classifier.clear();
        report_.resumed_steps = steps_done();
      }
    }
    state_.run = identity;
    start_ = saved_ = Clock::now();
    seconds_before_ = state_.seconds;
  }

  void save(const Classifier& classifier) {
    state_.seconds = seconds();
    state_.classifier = classifier.state();
    try {
      write_checkpoint(options_.checkpoint, state_);
    } catch (const Error& error) {
      throw Error(error.code(), std::string(error.what()) + "; training stopped after " +
                                    std::to_string(steps_done()) + " of " +
                                    std::to_string(steps_total()) +
                                    " steps: make room or make the folder writable, and the same "
                                    "command goes on from the last checkpoint that was written");
    }
    state_.classifier.clear();
    saved_ = Clock::now();
  }

  // From state_.batch on. Every epoch has a stream of random numbers of its own, so that its order
  // needs no remembering.
  void train_epoch(Classifier& classifier) {
    Random random(options_.seed, "epoch " + std::to_string(state_.epoch));
    const auto steps = join_batches(
        epoch_batches(training_.lengths,
                      {.size = static_cast<size_t>(options_.batch_size), .order = options_.order},
                      random),
        static_cast<size_t>(options_.accumulate));
    const double peak = options_.learning_rate.value_or(default_learning_rate(options_));
    while (state_.batch < epoch_steps_) {
      stop_if_cancelled(classifier);
      std::vector<TokenIds> ids;
      std::vector<int> labels;
      for (const size_t i : steps[static_cast<size_t>(state_.batch)]) {
        ids.push_back(training_.ids[i]);
        labels.push_back(training_.labels[i]);
      }
      const double rate = peak * schedule(steps_done(), epoch_steps_ * options_.epochs, options_);
      state_.loss_sum += classifier.step(ids, labels, rate, report_.class_weights);
      if (!std::isfinite(state_.loss_sum)) stop_diverged();
      ++state_.batch;
      show_progress(steps_total());
      if (!options_.checkpoint.empty() && seconds_since(saved_) >= options_.checkpoint_seconds) {
        save(classifier);
      }
    }
  }

  void end_epoch(Classifier& classifier) {
    EpochReport result;
    result.training_loss = state_.loss_sum / static_cast<double>(epoch_steps_);
    const std::vector<Logits> logits = validate(classifier, validation_);
    result.validation_loss = mean_loss(logits, validation_.labels, 1);
    result.validation_accuracy = accuracy(logits, validation_.labels);
    if (!std::isfinite(result.validation_loss)) stop_diverged();
    const bool better = state_.best.empty() ||
                        is_better(result, state_.epochs[static_cast<size_t>(state_.best_epoch)]);
    state_.epochs.push_back(result);
    if (better) {
      state_.best_epoch = state_.epoch;
      state_.best.clear();
      for (NamedTensor& tensor : classifier.parameters()) {
        state_.best.push_back(std::move(tensor.values));
      }
    }
    ++state_.epoch;
    state_.batch = 0;
    state_.loss_sum = 0;
    if (options_.patience > 0 && state_.epoch - state_.best_epoch > options_.patience) {
      show_progress(steps_done());
      state_.epoch = options_.epochs;
    }
  }

  // The best epoch's parameters, and what is known of them.
  std::vector<NamedTensor> finish(Classifier& classifier) {
    std::vector<NamedTensor> best = classifier.parameters();
    for (size_t i = 0; i < best.size(); ++i) best[i].values = state_.best.at(i);
    classifier.set_parameters(best);
    const std::vector<Logits> logits = validate(classifier, validation_);
    report_.epochs = state_.epochs;
    report_.best_epoch = state_.best_epoch;
    count_confusion(logits);
    report_.calibration =
        calibration_.ids.empty()
            ? fit_calibration(options_.calibration, logits, validation_.labels)
            : fit_calibration(options_.calibration, validate(classifier, calibration_),
                              calibration_.labels);
    keep_held_out(validate(classifier, policy_));
    report_.seconds = seconds();
    return best;
  }

  void keep_held_out(const std::vector<Logits>& logits) {
    report_.held_out.labels = policy_.labels;
    for (const Logits& row : logits) {
      std::vector<float> adequate = report_.calibration.probabilities(row);
      std::partial_sum(adequate.begin(), adequate.end(), adequate.begin());
      adequate.back() = 1;
      for (const float p : adequate) report_.held_out.adequate.push_back(std::min(p, 1.0f));
    }
    report_.plain =
        calibration_quality({.method = CalibrationMethod::kNone}, logits, policy_.labels);
    report_.calibrated = calibration_quality(report_.calibration, logits, policy_.labels);
  }

  // Logits of all prompts with the prior's correction, in their order.
  std::vector<Logits> validate(const Classifier& classifier, const Encoded& prompts) {
    constexpr size_t kBatch = 64;
    constexpr size_t kMaxScores = size_t{1} << 22;
    std::vector<size_t> order(prompts.ids.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return prompts.lengths[a] < prompts.lengths[b]; });
    std::vector<Logits> all(order.size());
    for (size_t from = 0; from < order.size();) {
      stop_if_cancelled(classifier);
      // Long prompts go in smaller batches: attention grows with the square of the length.
      size_t to = std::min(order.size(), from + kBatch);
      const auto scores = [&] {
        const size_t longest = prompts.lengths[order[to - 1]];
        return (to - from) * longest * longest;
      };
      while (to > from + 1 && scores() > kMaxScores) --to;
      std::vector<TokenIds> ids;
      for (size_t i = from; i < to; ++i) ids.push_back(prompts.ids[order[i]]);
      std::vector<Logits> rows = classifier.logits(ids);
      for (size_t i = from; i < to; ++i) {
        Logits& row = all[order[i]] = std::move(rows[i - from]);
        for (size_t k = 0; k < row.size(); ++k) {
          row[k] += static_cast<float>(report_.logit_shift[k]);
        }
      }
      from = to;
    }
    return all;
  }

  void count_confusion(const std::vector<Logits>& logits) {
    const size_t labels = report_.labelled.size();
    report_.confusion.assign(labels, std::vector<int64_t>(labels, 0));
    for (size_t i = 0; i < logits.size(); ++i) {
      const auto best = std::max_element(logits[i].begin(), logits[i].end()) - logits[i].begin();
      ++report_.confusion[static_cast<size_t>(validation_.labels[i])][static_cast<size_t>(best)];
    }
  }

  // Validation is done again when the training goes on: it takes moments and changes nothing.
  void stop_if_cancelled(const Classifier& classifier) {
    if (!options_.cancel || !*options_.cancel) return;
    if (options_.checkpoint.empty()) {
      throw Error(ErrorCode::kCancelled, "training was interrupted; nothing was written");
    }
    save(classifier);
    throw Error(ErrorCode::kCancelled,
                "training was interrupted after " + std::to_string(steps_done()) + " of " +
                    std::to_string(steps_total()) + " steps; the same command goes on from " +
                    options_.checkpoint.string());
  }

  // No checkpoint is of use: the same command would come here again.
  [[noreturn]] void stop_diverged() const {
    if (!options_.checkpoint.empty()) remove_checkpoint(options_.checkpoint);
    throw Error(ErrorCode::kUsage,
                "the loss is no number any more, " + std::to_string(steps_done()) + " of " +
                    std::to_string(steps_total()) +
                    " steps into the training: it diverges, and nothing was written; lower --lr, "
                    "or clip gradients with --clip 1");
  }

  void show_progress(int64_t total) const {
    if (!options_.progress) return;
    char detail[96];
    const double loss = state_.batch > 0 ? state_.loss_sum / static_cast<double>(state_.batch)
                                         : state_.epochs.back().training_loss;
    const int length = std::snprintf(detail, sizeof detail, "epoch %d/%d, loss %.3f",
                                     state_.epoch + (state_.batch > 0), options_.epochs, loss);
    if (!state_.epochs.empty()) {
      std::snprintf(detail + length, sizeof detail - static_cast<size_t>(length),
                    ", validation accuracy %.3f", state_.epochs.back().validation_accuracy);
    }
    options_.progress({.stage = "training",
                       .done = steps_done(),
                       .total = total,
                       .unit = "steps",
                       .seconds = seconds(),
                       .detail = detail});
  }

  int64_t steps_done() const { return state_.epoch * epoch_steps_ + state_.batch; }
  int64_t steps_total() const { return options_.epochs * epoch_steps_; }
  double seconds() const { return seconds_before_ + seconds_since(start_); }

  const Encoded& training_;
  const Encoded& validation_;
  const Encoded& calibration_;
  const Encoded& policy_;
  const TrainOptions& options_;
  TrainReport& report_;
  Checkpoint state_;
  Clock::time_point start_, saved_;
  double seconds_before_ = 0;  // in earlier processes
  int64_t epoch_steps_ = 0;
};

}  // namespace

std::vector<NamedTensor> run_training(const EncodedSplit& split, const TrainOptions& options,
                                      const RunState& state) {
  return Run(split, options, state.report).run(state.classifier, state.identity);
}

}  // namespace paq
