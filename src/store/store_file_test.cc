// SPDX-License-Identifier: MIT
// What a store does with files that are missing, foreign, damaged, newer, locked or out of space.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "core/error.h"
#include "core/files.h"
#include "store/sqlite_error.h"
#include "store/store.h"

namespace paq {
namespace {

class StoreFileTest : public testing::Test {
 protected:
  StoreFileTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("paq_store_file_test_" + std::to_string(::getpid()))),
        path_(folder_ / "s.sqlite") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~StoreFileTest() override { std::filesystem::remove_all(folder_); }

  // Expects an Error of `code` whose one line contains `words`.
  void expect_error(ErrorCode code, const std::string& words, const std::function<void()>& work) {
    try {
      work();
      ADD_FAILURE() << "no error with \"" << words << "\"";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error_code_name(error.code()), error_code_name(code)) << message;
      EXPECT_NE(message.find(words), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }

  void expect_open_error(Store::Mode mode, ErrorCode code, const std::string& words) {
    expect_error(code, words, [&] { Store::open(path_, mode); });
  }

  Prompt fill(Store& store, int count) {
    std::vector<Prompt> prompts;
    for (int i = 0; i < count; ++i) {
      Prompt prompt;
      prompt.task = "a";
      prompt.split = "train";
      prompt.id = std::to_string(i);
      prompt.messages = {{"user", std::string(500, 'x')}};
      prompts.push_back(prompt);
    }
    store.add_prompts(prompts);
    return prompts.front();
  }

  std::filesystem::path folder_, path_;
};

TEST_F(StoreFileTest, MissingFilesAndFolders) {
  expect_open_error(Store::Mode::kRead, ErrorCode::kNotFound, "there is no store");
  EXPECT_FALSE(std::filesystem::exists(path_));
  path_ = folder_ / "none" / "s.sqlite";
  expect_open_error(Store::Mode::kWrite, ErrorCode::kNotFound, "there is no folder");
  path_ = folder_;
  expect_open_error(Store::Mode::kWrite, ErrorCode::kBadFile, "is a folder");
  expect_open_error(Store::Mode::kRead, ErrorCode::kBadFile, "is a folder");
}

TEST_F(StoreFileTest, ForeignFilesAreLeftAsTheyAre) {
  const std::string text =
      "not a database, but long enough to hold a header of one hundred bytes "
      "and then some more of the same";
  for (const std::string& content : {text, std::string("short")}) {
    write_file_atomically(path_, content);
    for (const Store::Mode mode : {Store::Mode::kRead, Store::Mode::kWrite}) {
      expect_open_error(mode, ErrorCode::kBadFile, "no SQLite file");
    }
    EXPECT_EQ(read_file(path_), content);
  }
  std::filesystem::remove(path_);
  {
    SQLite::Database other(path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE t (x)");
  }
  const std::string before = read_file(path_);
  for (const Store::Mode mode : {Store::Mode::kRead, Store::Mode::kWrite}) {
    expect_open_error(mode, ErrorCode::kBadFile, "none of paq's");
  }
  EXPECT_EQ(read_file(path_), before);
}

TEST_F(StoreFileTest, EmptyFilesBecomeStoresOnlyWhereWritten) {
  write_file_atomically(path_, "");
  expect_open_error(Store::Mode::kRead, ErrorCode::kBadFile, "is empty");
  EXPECT_TRUE(Store::open(path_, Store::Mode::kWrite).prompts({}).empty());
  EXPECT_TRUE(Store::open(path_, Store::Mode::kRead).prompts({}).empty());
}

TEST_F(StoreFileTest, OtherVersionsAreNamed) {
  { Store::open(path_, Store::Mode::kWrite); }
  {
    SQLite::Database raw(path_.string(), SQLite::OPEN_READWRITE);
    raw.exec("PRAGMA user_version = 99");
  }
  for (const Store::Mode mode : {Store::Mode::kRead, Store::Mode::kWrite}) {
    expect_open_error(mode, ErrorCode::kMismatch, "schema version 99");
    expect_open_error(mode, ErrorCode::kMismatch, std::to_string(Store::schema_version()));
  }
}

TEST_F(StoreFileTest, TheFirstVersionIsBroughtUpToDate) {
  {
    Store store = Store::open(path_, Store::Mode::kWrite);
    const Prompt prompt = fill(store, 1);
    Outcome outcome;
    outcome.perplexity = 1.5;
    for (const int bits : {2, 4}) store.put_outcome(prompt, {{bits}, "hash", "s"}, outcome);
  }
  {
    SQLite::Database raw(path_.string(), SQLite::OPEN_READWRITE);
    raw.exec(
        "DROP TABLE comparisons;"
        "ALTER TABLE outcomes DROP COLUMN token_ids;"
        "UPDATE outcomes SET logprobs = X'0000803FCDCCCCBD' WHERE outcome_id = 1;"  // 1, -0.1
        "PRAGMA user_version = 1");
  }
  expect_open_error(Store::Mode::kRead, ErrorCode::kMismatch, "any command that writes");
  const auto found = Store::open(path_, Store::Mode::kWrite).outcomes({});
  ASSERT_EQ(found.size(), 1u);
  const Outcome& first = found[0].outcomes.at({2});
  ASSERT_EQ(first.logprobs.size(), 2u);
  EXPECT_EQ(first.logprobs[0], 1);
  EXPECT_NEAR(first.logprobs[1], -0.1, 0.1 / 2048);
  EXPECT_EQ(first.perplexity, 1.5);
  EXPECT_TRUE(first.token_ids.empty());
  EXPECT_TRUE(found[0].outcomes.at({4}).logprobs.empty());
}

TEST_F(StoreFileTest, DamageIsFound) {
  {
    Store store = Store::open(path_, Store::Mode::kWrite);
    fill(store, 200);
  }
  const std::string whole = read_file(path_);
  write_file_atomically(path_, whole.substr(0, whole.size() / 2));
  expect_error(ErrorCode::kBadFile, "is damaged",
               [&] { Store::open(path_, Store::Mode::kRead).prompts({}); });
  write_file_atomically(path_, whole);
  {
    SQLite::Database raw(path_.string(), SQLite::OPEN_READWRITE);
    raw.exec("UPDATE prompts SET messages = 'no JSON'");
  }
  expect_error(ErrorCode::kBadFile, "JSON column",
               [&] { Store::open(path_, Store::Mode::kRead).prompts({}); });
}

TEST_F(StoreFileTest, FilesStandAloneOnceClosed) {
  {
    Store store = Store::open(path_, Store::Mode::kWrite);
    fill(store, 3);
  }
  EXPECT_FALSE(std::filesystem::exists(path_.string() + "-wal"));
  std::filesystem::rename(path_, folder_ / "odd ?#%20name.sqlite");
  path_ = folder_ / "odd ?#%20name.sqlite";
  EXPECT_EQ(Store::open(path_, Store::Mode::kRead).prompts({}).size(), 3u);
}

TEST(StoreError, EveryFaultSaysWhatToDo) {
  struct Case {
    int code;
    ErrorCode expected;
    const char* words;
  };
  for (const auto& [code, expected, words] : std::initializer_list<Case>{
           {SQLITE_FULL, ErrorCode::kNoSpace, "free some space"},
           {SQLITE_IOERR_SHMSIZE, ErrorCode::kNoSpace, "free some space"},
           {SQLITE_CORRUPT, ErrorCode::kBadFile, "is damaged"},
           {SQLITE_NOTADB, ErrorCode::kBadFile, "no SQLite file"},
           {SQLITE_READONLY, ErrorCode::kIo, "permissions"},
           {SQLITE_READONLY_DIRECTORY, ErrorCode::kIo, "permissions"},
           {SQLITE_CANTOPEN, ErrorCode::kIo, "check that the folder"},
           {SQLITE_BUSY, ErrorCode::kBusy, "another process"},
           {SQLITE_BUSY_SNAPSHOT, ErrorCode::kBusy, "another process"},
           {SQLITE_LOCKED, ErrorCode::kBusy, "another process"},
           {SQLITE_NOMEM, ErrorCode::kOutOfMemory, "memory"},
           {SQLITE_IOERR_READ, ErrorCode::kIo, "check the disk"},
       }) {
    const Error error = store_error("/x/s.sqlite", code, "detail");
    const std::string message = error.what();
    EXPECT_EQ(error.code(), expected) << message;
    EXPECT_NE(message.find("/x/s.sqlite"), std::string::npos) << message;
    EXPECT_NE(message.find(words), std::string::npos) << message;
  }
}

// Fills a file system of one megabyte. Runs in a child with a mount namespace of its own, so that
// the mount goes with it.
TEST_F(StoreFileTest, AFullDiskLosesNothingThatWasStored) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr int kSkipped = 77;
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=1m") != 0) {
      ::_exit(kSkipped);
    }
    int64_t stored = 0;
    ErrorCode code = ErrorCode::kUsage;
    try {
      Store store = Store::open(path_, Store::Mode::kWrite);
      const Prompt prompt = fill(store, 50);
      for (;; ++stored) {
        Outcome outcome;
        outcome.bits = {4};
        outcome.response = std::string(2000, 'y');
        store.put_outcome(prompt, {{4}, "hash", std::to_string(stored)}, outcome);
      }
    } catch (const Error& error) {
      code = error.code();
    }
    bool good = code == ErrorCode::kNoSpace && stored > 10;
    try {
      good = good && Store::open(path_, Store::Mode::kRead).outcome_count() == stored;
    } catch (const Error& error) {
      good = false;
    }
    // With no space from the start, no store is left behind.
    std::ofstream(folder_ / "filler") << std::string(4 << 20, 'z');
    const auto other = folder_ / "other.sqlite";
    try {
      Store::open(other, Store::Mode::kWrite);
      good = false;
    } catch (const Error& error) {
      good = good && error.code() == ErrorCode::kNoSpace && !std::filesystem::exists(other);
    }
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "mounting a small file system needs privileges";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Permissions do not bind root, so the child becomes nobody where it can.
TEST_F(StoreFileTest, UnwritableStoresAreReadButNotWritten) {
  {
    Store store = Store::open(path_, Store::Mode::kWrite);
    fill(store, 3);
  }
  std::filesystem::permissions(path_, std::filesystem::perms(0444));
  std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr int kNobody = 65534;
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(77);
    bool good = false;
    try {
      good = Store::open(path_, Store::Mode::kRead).prompts({}).size() == 3;
    } catch (const Error& error) {
      ::_exit(1);
    }
    for (const auto& path : {path_, folder_ / "new.sqlite"}) {
      try {
        Store::open(path, Store::Mode::kWrite);
        ::_exit(2);
      } catch (const Error& error) {
        good = good && error.code() == ErrorCode::kIo;
      }
    }
    ::_exit(good ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "this user can't become another one";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace paq
