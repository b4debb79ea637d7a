// SPDX-License-Identifier: MIT
// Predictions of memory against what loading takes. A process has memory of its own from before, so
// each measurement is taken in a child.
#include "engine/memory.h"

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "engine/engine_test_support.h"

namespace paq {
namespace {

using testing::kBits;
using testing::ladder_of;
using testing::model_path;
using testing::request_for;
using testing::tiny_model;

// What the process has in memory of its own and of the file, without the pages of the program and
// its libraries.
int64_t held_bytes(const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/smaps");
  int64_t kib = 0;
  bool of_file = false;
  for (std::string line; std::getline(maps, line);) {
    const auto number = [&] { return std::stoll(line.substr(line.find(':') + 1)); };
    if (line.find('-') < line.find(' ')) of_file = line.ends_with(file.string());
    if (of_file ? line.starts_with("Rss:") : line.starts_with("Anonymous:")) kib += number();
  }
  return kib * 1024;
}

// What a process grows by that fills the cache of the variant in `file`.
int64_t used_bytes(const std::filesystem::path& file, EmbeddedEngineOptions options) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    ::malloc_trim(0);  // what earlier tests left would be taken again
    const int64_t before = held_bytes(file);
    const auto engine = open_embedded_engine(ladder_of({{kBits, file}}), options);
    std::vector<Request> requests;
    for (int i = 0; i < options.max_sequences; ++i) {
      requests.push_back(request_for(std::string(980, static_cast<char>('a' + i)), 20));
    }
    run_all(*engine, requests);
    const int64_t used = held_bytes(file) - before;
    const ssize_t written = ::write(pipe_ends[1], &used, sizeof used);
    ::_exit(written == sizeof used ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  int64_t used = -1;
  const bool read = ::read(pipe_ends[0], &used, sizeof used) == sizeof used;
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return read ? used : -1;
}

TEST(Memory, PredictionsAgreeWithWhatIsUsed) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer has memory of its own";
#endif
  // Large enough for the program's own odds and ends to count for little.
  tiny_model(
      {.width = 512, .blocks = 4, .heads = 8, .kv_heads = 8, .feed_forward = 2048, .context = 1024})
      .write(model_path("large"));
  const Ladder ladder = ladder_of({{kBits, model_path("large")}});
  // One pool of cells, cells of their own.
  for (const auto& [sequences, share] : {std::pair{2, true}, {4, true}, {4, false}}) {
    const EmbeddedEngineOptions options{.context_tokens = 1024,
                                        .max_sequences = sequences,
                                        .cache_tokens = 1024 * sequences,
                                        .share_prefixes = share,
                                        .threads = 1};
    const MemoryPrediction prediction = predict_memory(ladder, kBits, options);
    // 4 blocks, K and V, 512 values of 2 bytes. With cells of their own there is a place more.
    EXPECT_EQ(prediction.cache, int64_t{1024} * (sequences + (share ? 0 : 1)) * 4 * 2 * 512 * 2);
    EXPECT_NEAR(static_cast<double>(prediction.weights),
                static_cast<double>(std::filesystem::file_size(model_path("large"))), 1 << 20);
    EXPECT_GT(prediction.compute, 1 << 20);
    const auto used = static_cast<double>(used_bytes(model_path("large"), options));
    EXPECT_NEAR(static_cast<double>(prediction.total()) / used, 1, 0.1) << used;
  }
}

TEST(Memory, TellsOfWhatCannotBeLoaded) {
  const Ladder ladder = ladder_of({{kBits, model_path("tiny")}});
  EXPECT_EQ(code_of([&] { predict_memory(ladder, BitWidth{3}, {}); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] {
              predict_memory(ladder_of({{kBits, model_path("absent")}}), kBits, {});
            }),
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace paq
