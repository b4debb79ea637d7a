// SPDX-License-Identifier: MIT
// GGUF files: what is written can be read back, and damaged ones give errors, never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"
#include "core/testing/error_code.h"
#include "ladder/gguf_reader.h"
#include "ladder/gguf_writer.h"

namespace paq {
namespace {

using ::testing::HasSubstr;

class GgufTest : public ::testing::Test {
 protected:
  GgufTest() {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("paq_gguf_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~GgufTest() override { std::filesystem::remove_all(folder_); }

  // A small file with every kind of value.
  static GgufWriter sample() {
    GgufWriter writer;
    writer.set_string("general.architecture", "sample");
    writer.set_bool("a.bool", true);
    writer.set_u32("a.u32", 4000000000u);
    writer.set_i32("a.i32", -7);
    writer.set_u64("a.u64", 1ull << 40);
    writer.set_f32("a.f32", 0.5f);
    writer.set_f64("a.f64", 0.1);
    writer.set_f64s("a.f64s", std::vector<double>{0.1, 0.2});
    writer.set_strings("tokenizer.ggml.tokens", std::vector<std::string>{"<s>", "", "zwei"});
    writer.set_f32s("tokenizer.ggml.scores", std::vector<float>{1, 2, 3});
    writer.set_i32s("tokenizer.ggml.token_type", std::vector<int32_t>{3, 1, 1});
    writer.add_tensor("f32", std::vector<int64_t>{3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6},
                      TensorType::kF32);
    writer.add_tensor("f16", std::vector<int64_t>{4}, std::vector<float>{1, 2, 3, 4},
                      TensorType::kF16);
    writer.add_tensor("bf16", std::vector<int64_t>{2, 1, 2}, std::vector<float>{1, 2, 3, 4},
                      TensorType::kBF16);
    return writer;
  }

  std::filesystem::path folder_;
};

ErrorCode reading(const std::filesystem::path& path, std::string* message = nullptr) {
  return code_of([&] { const GgufReader reader(path); }, message);
}

TEST_F(GgufTest, ReadsBackWhatWasWritten) {
  const auto path = folder_ / "a.gguf";
  sample().write(path);
  const GgufReader reader(path);
  EXPECT_EQ(reader.string("general.architecture"), "sample");
  EXPECT_EQ(reader.integer("a.bool"), 1);
  EXPECT_EQ(reader.integer("a.u32"), 4000000000);
  EXPECT_EQ(reader.integer("a.i32"), -7);
  EXPECT_EQ(reader.integer("a.u64"), int64_t{1} << 40);
  EXPECT_EQ(reader.number("a.f32"), 0.5);
  EXPECT_EQ(reader.number("a.f64"), 0.1);
  EXPECT_EQ(reader.number("a.i32"), -7.0);
  EXPECT_EQ(reader.strings("tokenizer.ggml.tokens"), (std::vector<std::string>{"<s>", "", "zwei"}));
  EXPECT_EQ(reader.array_length("tokenizer.ggml.scores"), 3);
  EXPECT_EQ(reader.numbers("tokenizer.ggml.scores"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(reader.numbers("a.f64s"), (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(reader.numbers("absent"), std::nullopt);
  EXPECT_EQ(reader.numbers("a.f64"), std::vector<double>{0.1});  // a list of one
  EXPECT_THROW(reader.numbers("tokenizer.ggml.token_type"), Error);
  EXPECT_EQ(reader.string("absent"), std::nullopt);
  EXPECT_THROW(reader.string("a.u32"), Error);
  EXPECT_THROW(reader.integer("a.f32"), Error);
  EXPECT_THROW(reader.strings("tokenizer.ggml.scores"), Error);

  ASSERT_EQ(reader.tensors().size(), 3u);
  EXPECT_EQ(reader.tensor("f32")->shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(reader.tensor("f16")->type, "f16");
  EXPECT_EQ(reader.tensor("bf16")->bytes, 8);
  EXPECT_EQ(reader.tensor("bf16")->shape, (std::vector<int64_t>{2, 1, 2}));
  EXPECT_EQ(reader.tensor("absent"), nullptr);
  EXPECT_EQ(reader.parameters(), 14);
  EXPECT_DOUBLE_EQ(reader.bits_per_weight(), (6 * 32 + 8 * 16) / 14.0);
  EXPECT_EQ(reader.file_type(), "?");
}

TEST_F(GgufTest, LeavesNothingBesideTheFile) {
  sample().write(folder_ / "a.gguf");
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_)) ++files;
  EXPECT_EQ(files, 1);
}

TEST_F(GgufTest, TokenizerCanBeCopiedAndKeepsItsHash) {
  sample().write(folder_ / "a.gguf");
  GgufWriter other;
  other.set_string("general.architecture", "other");
  other.copy_tokenizer(folder_ / "a.gguf");
  other.write(folder_ / "b.gguf");
  const GgufReader a(folder_ / "a.gguf");
  const GgufReader b(folder_ / "b.gguf");
  EXPECT_EQ(a.tokenizer_hash(), b.tokenizer_hash());
  EXPECT_EQ(b.string("general.architecture"), "other");
  EXPECT_EQ(b.integer("a.i32"), std::nullopt);

  other.set_strings("tokenizer.ggml.tokens", std::vector<std::string>{"<s>", "", "drei"});
  other.write(folder_ / "b.gguf");
  EXPECT_NE(a.tokenizer_hash(), GgufReader(folder_ / "b.gguf").tokenizer_hash());
}

TEST_F(GgufTest, AFileCanBeCopiedWithOtherKeys) {
  sample().write(folder_ / "a.gguf");
  GgufWriter copy;
  copy.copy_file(folder_ / "a.gguf");
  copy.remove_keys("a.");
  copy.set_string("b.more", "new");
  EXPECT_THROW(copy.copy_file(folder_ / "a.gguf"), Error);  // its tensors are there
  copy.write(folder_ / "b.gguf");
  const GgufReader a(folder_ / "a.gguf");
  const GgufReader b(folder_ / "b.gguf");
  EXPECT_EQ(b.string("b.more"), "new");
  EXPECT_EQ(b.integer("a.i32"), std::nullopt);
  EXPECT_EQ(a.tokenizer_hash(), b.tokenizer_hash());
  ASSERT_EQ(b.tensors().size(), a.tensors().size());
  for (const GgufTensor& tensor : a.tensors()) {
    const GgufTensor* same = b.tensor(tensor.name);
    ASSERT_NE(same, nullptr) << tensor.name;
    EXPECT_EQ(same->type, tensor.type);
    EXPECT_EQ(same->shape, tensor.shape);
    EXPECT_EQ(b.tensor_bytes(*same), a.tensor_bytes(tensor)) << tensor.name;
  }
}

TEST_F(GgufTest, WriterRefusesWhatGgmlWouldAbortOn) {
  GgufWriter writer;
  EXPECT_THROW(writer.set_u32("", 1), Error);
  EXPECT_THROW(writer.set_u32("general.alignment", 3), Error);
  EXPECT_THROW(writer.set_string("key", std::string_view("a\0b", 3)), Error);
  const std::vector<float> one = {1};
  const std::vector<int64_t> shape = {1};
  writer.add_tensor("t", shape, one, TensorType::kF32);
  EXPECT_THROW(writer.add_tensor("t", shape, one, TensorType::kF32), Error);
  EXPECT_THROW(writer.add_tensor(std::string(64, 'x'), shape, one, TensorType::kF32), Error);
  EXPECT_THROW(writer.add_tensor("u", std::vector<int64_t>{2}, one, TensorType::kF32), Error);
  EXPECT_THROW(writer.add_tensor("u", std::vector<int64_t>{-1}, one, TensorType::kF32), Error);
  EXPECT_THROW(writer.add_tensor("u", std::vector<int64_t>{}, one, TensorType::kF32), Error);
}

TEST_F(GgufTest, FilesOfOtherKindsAreNamed) {
  std::string message;
  EXPECT_EQ(reading(folder_ / "absent.gguf", &message), ErrorCode::kNotFound);
  EXPECT_THAT(message, HasSubstr("absent.gguf"));
  EXPECT_EQ(reading(folder_, &message), ErrorCode::kBadFile);
  write_file_atomically(folder_ / "text.gguf", "Hello, this is not a model.");
  EXPECT_EQ(reading(folder_ / "text.gguf", &message), ErrorCode::kBadFile);
  EXPECT_THAT(message, HasSubstr("no GGUF file"));
  write_file_atomically(folder_ / "empty.gguf", "");
  EXPECT_EQ(reading(folder_ / "empty.gguf"), ErrorCode::kBadFile);
}

TEST_F(GgufTest, EveryTruncationIsFound) {
  sample().write(folder_ / "a.gguf");
  const std::string bytes = read_file(folder_ / "a.gguf");
  const GgufReader whole(folder_ / "a.gguf");
  // The last tensor's padding may go; any byte before it may not.
  const size_t needed = bytes.size() - 32 + 8;
  for (size_t size = 0; size < needed; ++size) {
    std::ofstream(folder_ / "b.gguf", std::ios::binary).write(bytes.data(), size);
    std::string message;
    ASSERT_EQ(reading(folder_ / "b.gguf", &message), ErrorCode::kBadFile) << size;
    if (size >= 4) {
      ASSERT_THAT(message, HasSubstr("truncated")) << size;
    }
    ASSERT_EQ(message.find('\n'), std::string::npos);
  }
  std::ofstream(folder_ / "b.gguf", std::ios::binary).write(bytes.data(), needed);
  EXPECT_NO_THROW(GgufReader(folder_ / "b.gguf"));
}

TEST_F(GgufTest, DamagedBytesNeverCrash) {
  sample().write(folder_ / "a.gguf");
  const std::string bytes = read_file(folder_ / "a.gguf");
  Random random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes;
    const int flips = static_cast<int>(random.between(1, 4));
    for (int i = 0; i < flips; ++i) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    }
    std::ofstream(folder_ / "b.gguf", std::ios::binary).write(damaged.data(), damaged.size());
    try {
      const GgufReader reader(folder_ / "b.gguf");
      reader.tokenizer_hash();
      EXPECT_GE(reader.bits_per_weight(), 0);
      reader.file_type();
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kBadFile) << error.what();
    }
  }
}

TEST_F(GgufTest, AWriteThatFailsLeavesNothing) {
  // A file size limit stands in for a full disk: the same path through fwrite, fflush and rename.
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {.rlim_cur = 100, .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THROW(sample().write(folder_ / "a.gguf"), Error);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_THROW(sample().write(folder_ / "no" / "folder" / "a.gguf"), Error);
}

}  // namespace
}  // namespace paq
