// SPDX-License-Identifier: MIT
#include "train/checkpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/error.h"
#include "core/files.h"
#include "core/testing/error_code.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRun = R"({"batch":16,"seed":1,"size":"tiny"})";

class CheckpointFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("paq_checkpoint_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Checkpoint example() {
    return {.run = kRun,
            .epoch = 2,
            .batch = 17,
            .loss_sum = 3.25,
            .seconds = 12.5,
            .epochs = {{1.5, 1.25, 0.5}, {1.0, 0.75, 0.625}},
            .best_epoch = 1,
            .classifier = std::string("opaque\0bytes", 12),
            .best = {{1, 2, 3}, {}, {-0.5f}}};
  }

  // The code and the message of reading it.
  ErrorCode read_code(const std::string& run = kRun) {
    return code_of([&] { read_checkpoint(path_(), run); }, &message_);
  }

  fs::path path_() const { return folder_ / "router.gguf.checkpoint"; }
  fs::path folder_;
  std::string message_;
};

TEST_F(CheckpointFile, KeepsWhatWasWritten) {
  EXPECT_FALSE(read_checkpoint(path_(), kRun).has_value());
  write_checkpoint(path_(), example());
  const Checkpoint read = read_checkpoint(path_(), kRun).value();
  const Checkpoint wanted = example();
  EXPECT_EQ(read.run, wanted.run);
  EXPECT_EQ(read.epoch, wanted.epoch);
  EXPECT_EQ(read.batch, wanted.batch);
  EXPECT_EQ(read.loss_sum, wanted.loss_sum);
  EXPECT_EQ(read.seconds, wanted.seconds);
  ASSERT_EQ(read.epochs.size(), 2u);
  EXPECT_EQ(read.epochs[1].training_loss, 1.0);
  EXPECT_EQ(read.epochs[1].validation_loss, 0.75);
  EXPECT_EQ(read.epochs[1].validation_accuracy, 0.625);
  EXPECT_EQ(read.best_epoch, wanted.best_epoch);
  EXPECT_EQ(read.classifier, wanted.classifier);
  EXPECT_EQ(read.best, wanted.best);
  remove_checkpoint(path_());
  EXPECT_FALSE(fs::exists(path_()));
  EXPECT_NO_THROW(remove_checkpoint(path_()));
}

TEST_F(CheckpointFile, AnotherTrainingIsAMismatchThatNamesTheSetting) {
  write_checkpoint(path_(), example());
  EXPECT_EQ(read_code(R"({"batch":16,"seed":7,"size":"tiny"})"), ErrorCode::kMismatch);
  for (const char* part : {"seed is 1, expected 7", "--restart"}) {
    EXPECT_NE(message_.find(part), std::string::npos) << message_;
  }
  // A setting that the other did not have, and one that is gone.
  EXPECT_EQ(read_code(R"({"batch":16,"seed":1,"size":"tiny","clip":1.0})"), ErrorCode::kMismatch);
  EXPECT_NE(message_.find("clip is not there, expected 1.0"), std::string::npos) << message_;
  EXPECT_EQ(read_code(R"({"batch":16,"seed":1})"), ErrorCode::kMismatch);
  EXPECT_NE(message_.find("size is \"tiny\", expected none"), std::string::npos) << message_;
}

TEST_F(CheckpointFile, DamageIsSeenWhereverItIs) {
  write_checkpoint(path_(), example());
  const std::string whole = read_file(path_());
  for (size_t length = 0; length < whole.size(); length += 7) {
    write_file_atomically(path_(), whole.substr(0, length));
    EXPECT_EQ(read_code(), ErrorCode::kBadFile) << length;
    EXPECT_EQ(message_.find('\n'), std::string::npos) << message_;
  }
  for (size_t place = 0; place < whole.size(); place += 5) {
    std::string changed = whole;
    changed[place] ^= 0x20;
    write_file_atomically(path_(), changed);
    EXPECT_EQ(read_code(), ErrorCode::kBadFile) << place;
  }
}

TEST_F(CheckpointFile, SomebodyElsesFileIsNeitherReadNorRemoved) {
  write_file_atomically(path_(), "my diary");
  EXPECT_EQ(read_code(), ErrorCode::kBadFile);
  EXPECT_EQ(code_of([&] { remove_checkpoint(path_()); }), ErrorCode::kBadFile);
  EXPECT_EQ(read_file(path_()), "my diary");
}

TEST_F(CheckpointFile, AFullDiskLeavesTheLastOne) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  write_checkpoint(path_(), example());
  const std::string before = read_file(path_());
  EXPECT_EQ(code_of([&] { write_checkpoint("/dev/full", example()); }, &message_),
            ErrorCode::kNoSpace);
  EXPECT_EQ(code_of([&] { write_checkpoint(folder_ / "absent" / "x", example()); }, &message_),
            ErrorCode::kNotFound);
  EXPECT_EQ(read_file(path_()), before);
}

}  // namespace
}  // namespace paq
