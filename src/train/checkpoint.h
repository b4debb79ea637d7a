// SPDX-License-Identifier: MIT
// Where a training run was when it was interrupted, as a file that is whole or absent.
//
// Knows the file alone; trainer.h decides what goes in and when. The file is for the machine and
// the program that wrote it, no format for others.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace paq {

struct EpochReport {
  double training_loss = 0;    ///< Mean over the epoch's batches.
  double validation_loss = 0;  ///< With the prior's correction, temperature 1.
  double validation_accuracy = 0;
};

struct Checkpoint {
  std::string run;      ///< What was trained on and how: a JSON object of names and values.
  int epoch = 0;        ///< That goes on next, from 0; the number of epochs when all is done.
  int64_t batch = 0;    ///< Of that epoch, the next one.
  double loss_sum = 0;  ///< Over the batches of that epoch so far.
  double seconds = 0;   ///< Spent so far.
  std::vector<EpochReport> epochs;
  int best_epoch = 0;
  std::string classifier;                ///< Classifier::state().
  std::vector<std::vector<float>> best;  ///< Parameters of the best epoch; empty before the first.
};

/// Throws Error(kNoSpace or kIo), or kNotFound where the folder is gone.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// nullopt where there is no such file. Throws Error: kBadFile (damaged, or no checkpoint),
/// kMismatch where its `run` is not `run`, naming the first value that differs; both say what to
/// do.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& path,
                                          const std::string& run);

/// Holds the place of a checkpoint, and of the router beside it, against other trainings while it
/// lives; by a file `path`.lock, which it removes. What a killed training left of a checkpoint that
/// it was writing goes. Throws Error(kBusy) where another process holds it, Error(kIo) where there
/// can be no file.
class CheckpointLock {
 public:
  explicit CheckpointLock(const std::filesystem::path& path);
  ~CheckpointLock();
  CheckpointLock(const CheckpointLock&) = delete;
  CheckpointLock& operator=(const CheckpointLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// Removes the checkpoint, where there is one. Throws Error(kBadFile) where the file is none.
void remove_checkpoint(const std::filesystem::path& path);

}  // namespace paq
