// SPDX-License-Identifier: MIT
// No command overwrites what it reads, replaces what is no file, or leaves anything of a refusal.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "fixtures.h"

namespace paq::testing {
namespace {

namespace fs = std::filesystem;

class OutputFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    write_learnable_outcomes(folder_ / "outcomes.jsonl", 40);
    ASSERT_TRUE(
        succeeded(run_paq({"outcomes", "import", folder_ / "outcomes.jsonl", "--store", store_})));
  }

  // Refused with a word on `part`, and `file` is byte for byte what it was.
  void expect_kept(const fs::path& file, const std::vector<std::string>& arguments,
                   const std::string& part) {
    const std::string before = read_text(file);
    EXPECT_TRUE(refused_with_one_line(run_paq(arguments), part));
    EXPECT_TRUE(read_text(file) == before) << file;
  }

  TemporaryFolder folder_;
  const std::string store_ = folder_ / "paq.db";
};

TEST_F(OutputFiles, AreNoInputsOfTheirCommand) {
  const std::string link = folder_ / "link.db";
  fs::create_symlink(store_, link);
  for (const std::string& name : {store_, link}) {
    expect_kept(store_, {"outcomes", "export", name, "--store", store_}, "--store");
    expect_kept(store_, {"report", "--store", store_, "--csv", name}, "--store");
    expect_kept(store_, {"eval", "--router", "r", "--store", store_, "--html", name}, "--store");
  }
  const std::string router = folder_ / "router.gguf";
  write_foreign_gguf(router);
  expect_kept(router, {"eval", "--router", router, "--store", store_, "--html", router},
              "--router");
  const std::string prompts = folder_ / "mine.jsonl";
  write_prompts(prompts, 2);
  expect_kept(prompts,
              {"eval", "--router", router, "--store", store_, "--task", "prompts=" + prompts,
               "--html", prompts},
              "--task");
}

TEST_F(OutputFiles, ReplaceNothingOfAnotherKind) {
  const std::string model = folder_ / "model.gguf";
  write_foreign_gguf(model);
  expect_kept(model, {"outcomes", "export", model, "--store", store_}, "GGUF");
  const std::string other = folder_ / "other.db";
  fs::copy_file(store_, other);
  expect_kept(other, {"outcomes", "export", other, "--store", store_}, "SQLite");
}

TEST_F(OutputFiles, ATrainedRouterReplacesOnlyARouter) {
  if (!fs::exists(std::string(PAQ_BIN_DIR) + "/paq-train")) {
    GTEST_SKIP() << "this build has no paq-train";
  }
  expect_kept(store_, {"train", "--store", store_, "--out", store_}, "--store");
  const std::string model = folder_ / "model.gguf";
  write_foreign_gguf(model);
  expect_kept(model, {"train", "--store", store_, "--out", model}, "no router");
  EXPECT_TRUE(refused_with_one_line(run_paq({"train", "--store", store_, "--out", "-"}), "output"));
  EXPECT_TRUE(refused_with_one_line(run_paq({"train", "--store", store_, "--out",
                                             folder_ / "r.gguf", "--without-task", "nonsense"}),
                                    "nonsense"));
}

TEST_F(OutputFiles, AFifoGetsTheBytesAndALinkItsTarget) {
  const std::string fifo = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = read_text(fifo); });
  const RunResult exported = run_paq({"outcomes", "export", fifo, "--store", store_});
  EXPECT_TRUE(succeeded(exported));
  if (!fs::is_fifo(fifo)) write_text(fifo, "");  // lets the reader go where that went wrong
  reader.join();
  EXPECT_TRUE(fs::is_fifo(fs::symlink_status(fifo)));

  const std::string link = folder_ / "link.jsonl", file = folder_ / "file.jsonl";
  fs::create_symlink("file.jsonl", link);
  EXPECT_TRUE(succeeded(run_paq({"outcomes", "export", link, "--store", store_})));
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_text(file), read);
  EXPECT_EQ(run_paq({"outcomes", "export", "-", "--store", store_}).out, read);
  EXPECT_EQ(run_paq({"outcomes", "export", "/proc/self/fd/1", "--store", store_}).out,
            read + "40 prompts written to /proc/self/fd/1\n");
}

TEST_F(OutputFiles, ADashIsStandardOutputForOneOfThem) {
  EXPECT_TRUE(refused_with_one_line(
      run_paq({"report", "--store", store_, "--csv", "-", "--latex", "-"}), "standard output"));
  EXPECT_TRUE(refused_with_one_line(run_paq({"report", "--store", store_, "--csv", "-", "--json"}),
                                    "standard output"));
  EXPECT_FALSE(fs::exists("-"));
}

TEST_F(OutputFiles, ARefusalLeavesNothing) {
  write_text(folder_ / "bad.jsonl", "{\"nothing\": 1}\n");
  const std::string store = folder_ / "new.db";
  EXPECT_TRUE(failed_with_one_line(
      run_paq({"outcomes", "import", folder_ / "bad.jsonl", "--store", store}), "bad.jsonl"));
  EXPECT_FALSE(fs::exists(store));
  const std::string ladder = folder_ / "ladder";
  write_tiny_model(folder_ / "base.gguf");
  EXPECT_TRUE(refused_with_one_line(run_paq({"ladder", "build", folder_ / "base.gguf", "--out",
                                             ladder, "--bits", "4,8", "--type", "4=nonsense"}),
                                    "nonsense"));
  EXPECT_FALSE(fs::exists(ladder));
}

TEST_F(OutputFiles, AVariantNeverTakesTheBaseFilesPlace) {
  const std::string ladder = folder_ / "ladder";
  fs::create_directory(ladder);
  const std::string base = ladder + "/base-Q8_0.gguf";
  write_tiny_model(base);
  expect_kept(base, {"ladder", "build", base, "--out", ladder, "--bits", "8,16"}, "BASE");
}

}  // namespace
}  // namespace paq::testing
