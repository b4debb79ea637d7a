// SPDX-License-Identifier: MIT
// Where outputs go that are no plain files. Device nodes are made in a temporary folder: the
// system's own are never touched.
#include "core/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "core/error.h"
#include "core/outputs.h"

namespace paq {
namespace {

namespace fs = std::filesystem;

class Outputs : public ::testing::Test {
 protected:
  Outputs() {
    folder_ = fs::temp_directory_path() / ("paq_files_test_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  ~Outputs() override { fs::remove_all(folder_); }

  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator(folder_), {}); }

  fs::path folder_;
};

template <typename Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage) << error.what();
    return error.what();
  }
  return "";
}

TEST_F(Outputs, AFifoIsWrittenIntoAndStays) {
  const fs::path fifo = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = read_file(fifo); });
  write_file_atomically(fifo, "through");
  reader.join();
  EXPECT_EQ(read, "through");
  EXPECT_TRUE(fs::is_fifo(fs::symlink_status(fifo)));

  std::thread second([&] { read = read_file(fifo); });
  {
    TemporaryFile file(fifo);
    EXPECT_EQ(file.path(), fifo);
    std::ofstream(file.path()) << "again";
    file.commit();
  }
  second.join();
  EXPECT_EQ(read, "again");
  EXPECT_TRUE(fs::is_fifo(fs::symlink_status(fifo)));
  EXPECT_EQ(entries(), 1);
  EXPECT_NE(refusal([&] { TemporaryFile(fifo, Links::kReplace); }).find("FIFO"), std::string::npos);
  EXPECT_TRUE(fs::is_fifo(fifo));
}

TEST_F(Outputs, ADeviceIsWrittenIntoAndStays) {
  const fs::path null = folder_ / "null", full = folder_ / "full";
  if (::mknod(null.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0 ||
      ::mknod(full.c_str(), S_IFCHR | 0600, makedev(1, 7)) != 0) {
    GTEST_SKIP() << "device nodes may not be made here";
  }
  if (const int fd = ::open(null.c_str(), O_WRONLY); fd < 0) {
    GTEST_SKIP() << "device nodes may not be used here";
  } else {
    ::close(fd);
  }
  write_file_atomically(null, "gone");
  EXPECT_TRUE(fs::is_character_file(fs::symlink_status(null)));
  try {
    write_file_atomically(full, "no room");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNoSpace);
  }
  EXPECT_TRUE(fs::is_character_file(fs::symlink_status(full)));
  EXPECT_EQ(entries(), 2);
}

TEST_F(Outputs, ASymbolicLinkStaysAndItsTargetIsReplaced) {
  fs::create_directory(folder_ / "real");
  fs::create_symlink("real/a.txt", folder_ / "one");  // leads nowhere yet
  fs::create_symlink(folder_ / "one", folder_ / "two");
  write_file_atomically(folder_ / "two", "first");
  EXPECT_EQ(read_file(folder_ / "real" / "a.txt"), "first");
  {
    TemporaryFile file(folder_ / "two");
    std::ofstream(file.path()) << "second";
    file.commit();
  }
  EXPECT_EQ(read_file(folder_ / "real" / "a.txt"), "second");
  EXPECT_TRUE(fs::is_symlink(folder_ / "one"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "two"));

  // Where the link itself is what a folder keeps, its target is somebody else's.
  {
    TemporaryFile file(folder_ / "one", Links::kReplace);
    std::ofstream(file.path()) << "third";
    file.commit();
  }
  EXPECT_FALSE(fs::is_symlink(folder_ / "one"));
  EXPECT_EQ(read_file(folder_ / "one"), "third");
  EXPECT_EQ(read_file(folder_ / "real" / "a.txt"), "second");
}

TEST_F(Outputs, FoldersAndLinksInACircleAreRefused) {
  fs::create_directory(folder_ / "folder");
  EXPECT_NE(refusal([&] { write_file_atomically(folder_ / "folder", "x"); }).find("a folder"),
            std::string::npos);
  fs::create_symlink("b", folder_ / "a");
  fs::create_symlink("a", folder_ / "b");
  EXPECT_THROW(write_file_atomically(folder_ / "a", "x"), Error);
  EXPECT_TRUE(fs::is_symlink(folder_ / "a"));
  EXPECT_EQ(entries(), 3);
}

TEST_F(Outputs, WhatIsTheStandardOutputIsGoneOnWith) {
  const fs::path file = folder_ / "out.txt";
  std::fflush(stdout);
  const int kept = ::dup(STDOUT_FILENO);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_GE(::dup2(fd, STDOUT_FILENO), 0);
  ASSERT_EQ(::write(STDOUT_FILENO, "one ", 4), 4);
  write_file_atomically("/proc/self/fd/1", "two ");
  ASSERT_EQ(::write(STDOUT_FILENO, "three", 5), 5);
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  ::close(fd);
  EXPECT_EQ(read_file(file), "one two three");
  EXPECT_EQ(entries(), 1);
}

TEST_F(Outputs, MayNotBeInputsOrEachOther) {
  const fs::path store = folder_ / "paq.db";
  std::ofstream(store) << std::string("SQLite format 3\0...", 19);
  fs::create_symlink("paq.db", folder_ / "link.db");
  fs::create_hard_link(store, folder_ / "hard.db");
  const std::vector<NamedFile> inputs = {{"--store", store}, {"--router", ""}};
  const auto check = [&](const fs::path& path) {
    return refusal([&] { check_apart(std::vector<NamedFile>{{"--out", path}}, inputs); });
  };
  for (const char* name : {"paq.db", "link.db", "hard.db", "./paq.db", "paq.db-wal"}) {
    EXPECT_NE(check(folder_ / name).find("--store"), std::string::npos) << name;
  }
  EXPECT_EQ(check(folder_ / "page.html"), "");
  EXPECT_EQ(check(""), "");
  EXPECT_EQ(check("-"), "");
  const fs::path page = folder_ / "page.html";
  EXPECT_NE(refusal([&] {
              check_apart(
                  std::vector<NamedFile>{{"--out", page}, {"--csv", folder_ / "./page.html"}}, {});
            }).find("--out"),
            std::string::npos);
}

TEST_F(Outputs, ATextReplacesNoDatabaseAndNoModel) {
  const auto check = [&](const char* name, const std::string& begin) {
    std::ofstream(folder_ / name) << begin;
    return refusal([&] {
      check_text_outputs(std::vector<NamedFile>{{"--csv", folder_ / name}}, {});
    });
  };
  EXPECT_NE(check("a", "SQLite format 3 and so on").find("SQLite"), std::string::npos);
  EXPECT_NE(check("b", "GGUF").find("GGUF"), std::string::npos);
  EXPECT_EQ(check("c", "<!doctype html>"), "");
  EXPECT_EQ(check("d", ""), "");
}

}  // namespace
}  // namespace paq
