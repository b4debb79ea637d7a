// SPDX-License-Identifier: MIT
#include "fetch/fetch.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "core/files.h"
#include "core/hash.h"
#include "core/testing/error_code.h"
#include "fetch/content.h"
#include "fetch/test_server.h"

namespace paq {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Reply = TestServer::Reply;

const std::string kBody = std::string(300000, 'a') + "the end\n";

std::string archive_of(const std::map<std::string, std::string>& files, bool zip) {
  std::string bytes(1 << 20, '\0');
  size_t used = 0;
  archive* writer = archive_write_new();
  zip ? archive_write_set_format_zip(writer) : archive_write_set_format_ustar(writer);
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (const auto& [name, body] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<int64_t>(body.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(writer, entry);
    archive_write_data(writer, body.data(), body.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

class Fetch : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY",
                             "ALL_PROXY", "NO_PROXY"}) {
      unsetenv(name);
    }
    folder_ = fs::path(::testing::TempDir()) /
              ("fetch_test_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    options_.retry_wait_seconds = 0;
    options_.stall_seconds = 1;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::vector<FetchedFile> fetch(const DatasetFile& file) {
    return fetch_datasets({&file, 1}, folder_, options_);
  }

  // Nothing, not even a temporary, lies below the folder.
  bool is_empty() const {
    if (!fs::exists(folder_)) return true;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (!entry.is_directory()) return false;
    }
    return true;
  }

  fs::path folder_;
  FetchOptions options_;
};

TEST_F(Fetch, DownloadsChecksAndDoesNotRepeat) {
  const TestServer server([](const std::string&, int) { return reply_with(kBody); });
  const std::string url = server.url("data.jsonl"), sha256 = sha256_hex(kBody);
  int64_t last = 0;
  options_.progress = [&](const Progress& progress) {
    EXPECT_THAT(progress.stage, HasSubstr("data.jsonl"));
    EXPECT_EQ(progress.unit, "bytes");
    EXPECT_EQ(progress.total, static_cast<int64_t>(kBody.size()));
    EXPECT_GE(progress.done, last);
    last = progress.done;
  };
  const DatasetFile file{.task = "t", .url = url, .path = "a/data.jsonl", .sha256 = sha256};
  const auto first = fetch(file);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_FALSE(first[0].was_there);
  EXPECT_TRUE(first[0].verified);
  EXPECT_EQ(read_file(folder_ / "a/data.jsonl"), kBody);
  EXPECT_EQ(last, static_cast<int64_t>(kBody.size()));
  EXPECT_TRUE(fetch(file)[0].was_there);
  EXPECT_EQ(server.requests().size(), 1u);
  write_file_atomically(folder_ / "a/data.jsonl", "damaged");
  EXPECT_FALSE(fetch(file)[0].was_there);
  EXPECT_EQ(read_file(folder_ / "a/data.jsonl"), kBody);
}

TEST_F(Fetch, WithoutAChecksumSaysSo) {
  const TestServer server([](const std::string&, int) { return reply_with(kBody); });
  const std::string url = server.url("x");
  EXPECT_FALSE(fetch({.task = "t", .url = url, .path = "x"})[0].verified);
}

// What lies there is believed only as far as it can be compared.
TEST_F(Fetch, WithoutAChecksumRecordsAreCounted) {
  const TestServer server([](const std::string&, int) { return reply_with("1\n2\n3\n"); });
  const std::string url = server.url("x");
  options_.count_records = [](std::string_view task, std::string_view bytes,
                              std::string_view name) -> int64_t {
    EXPECT_EQ(task, "t");
    EXPECT_EQ(name, "a/x");
    if (bytes == "garbage") throw Error(ErrorCode::kBadFile, "a/x: no records");
    return std::count(bytes.begin(), bytes.end(), '\n');
  };
  const DatasetFile file{.task = "t", .url = url, .path = "a/x", .records = 3};
  fs::create_directories(folder_ / "a");
  for (const char* present : {"garbage", "1\n2\n", ""}) {
    write_file_atomically(folder_ / "a/x", present);
    const FetchedFile fetched = fetch(file).at(0);
    EXPECT_FALSE(fetched.was_there) << present;
    EXPECT_FALSE(fetched.verified);
    EXPECT_EQ(fetched.records, 3);
    EXPECT_EQ(read_file(folder_ / "a/x"), "1\n2\n3\n");
  }
  EXPECT_TRUE(fetch(file).at(0).was_there);
  EXPECT_EQ(fetch(file).at(0).records, 3);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(Fetch, WhatComesWithOtherRecordsIsNotKept) {
  options_.count_records = [](std::string_view, std::string_view bytes,
                              std::string_view) -> int64_t {
    if (bytes.starts_with("<html>")) throw Error(ErrorCode::kBadFile, "a web page");
    return static_cast<int64_t>(bytes.size());
  };
  const std::pair<const char*, ErrorCode> cases[] = {{"<html></html>", ErrorCode::kBadFile},
                                                     {"four", ErrorCode::kMismatch}};
  const ArchiveMember members[] = {{"x", "x", 1, "", 3}};
  for (const auto& [body, code] : cases) {
    const TestServer server([&](const std::string& request, int) {
      return reply_with(request.starts_with("GET /zip") ? archive_of({{"x", body}}, true) : body);
    });
    const std::string url = server.url("x"), archive = server.url("zip");
    const DatasetFile files[] = {{.task = "t", .url = url, .path = "x", .records = 3},
                                 {.task = "t", .url = archive, .path = "zip", .members = members}};
    for (const DatasetFile& file : files) {
      std::string message;
      EXPECT_EQ(code_of([&] { fetch(file); }, &message), code) << file.url;
      EXPECT_THAT(message, HasSubstr(std::string(file.url)));
      EXPECT_TRUE(is_empty()) << file.url;
    }
  }
}

TEST_F(Fetch, ForceFetchesWhatIsRightAgain) {
  const TestServer server([](const std::string&, int) { return reply_with(kBody); });
  const std::string url = server.url("x"), sha256 = sha256_hex(kBody);
  const DatasetFile file{.task = "t", .url = url, .path = "x", .sha256 = sha256};
  fetch(file);
  options_.force = true;
  EXPECT_FALSE(fetch(file).at(0).was_there);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(Fetch, AWrongChecksumLeavesNothing) {
  const TestServer server([](const std::string&, int) { return reply_with(kBody); });
  const std::string url = server.url("x"), other = sha256_hex("other");
  std::string message;
  EXPECT_EQ(
      code_of([&] { fetch({.task = "t", .url = url, .path = "x", .bytes = 5, .sha256 = other}); },
              &message),
      ErrorCode::kMismatch);
  EXPECT_THAT(message, HasSubstr(url));
  EXPECT_THAT(message, HasSubstr(other));
  EXPECT_THAT(message, HasSubstr(sha256_hex(kBody)));
  EXPECT_TRUE(is_empty());
}

TEST_F(Fetch, AMissingFileIsSaidAtOnce) {
  const TestServer server([](const std::string&, int) { return reply_status("404 Not Found"); });
  const std::string url = server.url("gone");
  std::string message;
  EXPECT_EQ(code_of([&] { fetch({.task = "t", .url = url, .path = "x"}); }, &message),
            ErrorCode::kNotFound);
  EXPECT_THAT(message, HasSubstr("404"));
  EXPECT_THAT(message, HasSubstr(url));
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(is_empty());
}

TEST_F(Fetch, ABusyServerIsAskedAgain) {
  const TestServer server([](const std::string&, int before) {
    return before == 0 ? reply_status("503 Service Unavailable") : reply_with(kBody);
  });
  const std::string url = server.url("x");
  fetch({.task = "t", .url = url, .path = "x"});
  EXPECT_EQ(read_file(folder_ / "x"), kBody);
  EXPECT_EQ(server.requests().size(), 2u);
}

// The first reply breaks off; the second one has the rest.
TEST_F(Fetch, ABrokenConnectionIsResumed) {
  constexpr size_t kFirst = 100000;
  const TestServer server([](const std::string& request, int before) {
    if (before == 0) {
      Reply reply = reply_with(kBody, "ETag: \"one\"\r\n");
      reply.bytes.resize(reply.bytes.size() - kBody.size() + kFirst);
      return reply;
    }
    EXPECT_THAT(request, HasSubstr("Range: bytes=" + std::to_string(kFirst) + "-"));
    EXPECT_THAT(request, HasSubstr("If-Range: \"one\""));
    const std::string rest = kBody.substr(kFirst);
    return Reply{"HTTP/1.1 206 Partial Content\r\nContent-Length: " + std::to_string(rest.size()) +
                 "\r\nContent-Range: bytes " + std::to_string(kFirst) + "-" +
                 std::to_string(kBody.size() - 1) + "/" + std::to_string(kBody.size()) +
                 "\r\nETag: \"one\"\r\nConnection: close\r\n\r\n" + rest};
  });
  const std::string url = server.url("x"), sha256 = sha256_hex(kBody);
  fetch({.task = "t", .url = url, .path = "x", .sha256 = sha256});
  EXPECT_EQ(server.requests().size(), 2u);
}

// The file has changed in between, or the server knows no ranges: the whole of it comes anew.
TEST_F(Fetch, AChangedFileIsStartedAnew) {
  for (const std::string headers : {"ETag: \"one\"\r\n", "ETag: W/\"one\"\r\n", ""}) {
    const TestServer server([&](const std::string&, int before) {
      if (before > 0) return reply_with(kBody, "ETag: \"two\"\r\n");
      Reply reply = reply_with(std::string(kBody.size(), 'b'), headers);
      reply.bytes.resize(reply.bytes.size() - 1000);
      return reply;
    });
    const std::string url = server.url("x");
    fs::remove(folder_ / "x");
    fetch({.task = "t", .url = url, .path = "x"});
    EXPECT_EQ(read_file(folder_ / "x"), kBody) << headers;
  }
}

TEST_F(Fetch, GivesUpOnAServerThatKeepsQuiet) {
  const TestServer server([](const std::string&, int) {
    Reply reply = reply_with(kBody);
    reply.bytes.resize(500);
    reply.keeps_quiet = true;
    return reply;
  });
  const std::string url = server.url("x");
  options_.attempts = 2;
  std::string message;
  EXPECT_EQ(code_of([&] { fetch({.task = "t", .url = url, .path = "x"}); }, &message),
            ErrorCode::kIo);
  EXPECT_THAT(message, HasSubstr("check the network"));
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_TRUE(is_empty());
}

TEST_F(Fetch, FollowsRedirectsButNotForEver) {
  const TestServer server([](const std::string& request, int) {
    if (request.starts_with("GET /there")) return reply_with(kBody);
    const bool loop = request.starts_with("GET /loop");
    return reply_status("302 Found", loop ? "Location: /loop\r\n" : "Location: /there\r\n");
  });
  const std::string url = server.url("here"), loop = server.url("loop");
  fetch({.task = "t", .url = url, .path = "x"});
  EXPECT_EQ(read_file(folder_ / "x"), kBody);
  EXPECT_EQ(code_of([&] { fetch({.task = "t", .url = loop, .path = "y"}); }), ErrorCode::kIo);
}

TEST_F(Fetch, TakesTheProxyOfTheEnvironment) {
  const TestServer proxy([](const std::string&, int) { return reply_with(kBody); });
  setenv("http_proxy", proxy.url("").c_str(), 1);
  fetch({.task = "t", .url = "http://benchmark.invalid/x", .path = "x"});
  EXPECT_THAT(proxy.requests().at(0), HasSubstr("GET http://benchmark.invalid/x"));
}

TEST_F(Fetch, NoNetworkIsAClearError) {
  std::string closed;
  {
    const TestServer server([](const std::string&, int) { return reply_with(""); });
    closed = server.url("x");
  }
  for (const std::string& url : {closed, std::string("http://nowhere.invalid/x")}) {
    std::string message;
    EXPECT_EQ(code_of([&] { fetch({.task = "t", .url = url, .path = "x"}); }, &message),
              ErrorCode::kIo);
    EXPECT_THAT(message, HasSubstr(url));
    EXPECT_THAT(message, HasSubstr("check the network"));
  }
  EXPECT_TRUE(is_empty());
}

TEST_F(Fetch, AFullDiskIsAClearError) {
  const TestServer server([](const std::string&, int) { return reply_with(kBody); });
  const std::string url = server.url("x");
  fs::create_directories(folder_);
  fs::create_symlink("/dev/full", temporary_beside(folder_ / "x"));
  EXPECT_EQ(code_of([&] { fetch({.task = "t", .url = url, .path = "x"}); }), ErrorCode::kNoSpace);
  EXPECT_TRUE(is_empty());
}

TEST_F(Fetch, StopsWhenAsked) {
  const TestServer server([](const std::string&, int) { return reply_with(kBody); });
  const std::string url = server.url("x");
  const CancelFlag cancel{true};
  options_.cancel = &cancel;
  EXPECT_EQ(code_of([&] { fetch({.task = "t", .url = url, .path = "x"}); }), ErrorCode::kCancelled);
  EXPECT_TRUE(is_empty());
}

const std::map<std::string, std::string> kFiles = {{"data/test/a.csv", "A"},
                                                   {"data/test/b.csv", "B"},
                                                   {"data/test/._b.csv", "metadata"},
                                                   {"data/test/deep/c.csv", "C"},
                                                   {"data/test/../../../escaped", "E"},
                                                   {"data/big.txt", std::string(200000, 'x')},
                                                   {"other", "O"}};

TEST_F(Fetch, TakesNamedFilesOutOfArchives) {
  const std::string sha256 = sha256_hex(kFiles.at("data/big.txt"));
  const ArchiveMember members[] = {{"data/test/", "out/test/", 2},
                                   {"data/big.txt", "out/big.txt", 1, sha256}};
  for (const bool zip : {false, true}) {
    const TestServer server(
        [&](const std::string&, int) { return reply_with(archive_of(kFiles, zip)); });
    const std::string url = server.url("archive");
    fs::remove_all(folder_);
    const DatasetFile file{.task = "t", .url = url, .path = "out/archive", .members = members};
    const auto fetched = fetch(file);
    ASSERT_EQ(fetched.size(), 2u);
    EXPECT_FALSE(fetched[0].verified);
    EXPECT_TRUE(fetched[1].verified);
    EXPECT_EQ(read_file(folder_ / "out/test/a.csv"), "A");
    EXPECT_EQ(read_file(folder_ / "out/big.txt"), kFiles.at("data/big.txt"));
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (!entry.is_directory()) names.insert(fs::relative(entry.path(), folder_).string());
    }
    EXPECT_EQ(names, (std::set<std::string>{"out/big.txt", "out/test/a.csv", "out/test/b.csv"}));
    EXPECT_TRUE(fetch(file)[0].was_there);
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST_F(Fetch, AFolderIsComparedAsAWhole) {
  const TestServer server(
      [&](const std::string&, int) { return reply_with(archive_of(kFiles, false)); });
  const std::string url = server.url("archive");
  // What sha256sum prints.
  const std::string sha256 =
      sha256_hex(sha256_hex("A") + "  a.csv\n" + sha256_hex("B") + "  b.csv\n");
  const ArchiveMember members[] = {{"data/test/", "test/", 2, sha256}};
  const DatasetFile file{.task = "t", .url = url, .path = "archive", .members = members};
  fs::create_directories(folder_ / "test");
  write_file_atomically(folder_ / "test/a.csv", "");
  write_file_atomically(folder_ / "test/b.csv", "");
  EXPECT_FALSE(fetch(file).at(0).was_there);
  EXPECT_EQ(read_file(folder_ / "test/a.csv"), "A");
  EXPECT_TRUE(fetch(file).at(0).was_there);
  EXPECT_TRUE(fetch(file).at(0).verified);
  EXPECT_EQ(server.requests().size(), 1u);
  write_file_atomically(folder_ / "test/.hidden", "");
  EXPECT_TRUE(fetch(file).at(0).was_there);
  write_file_atomically(folder_ / "test/mine.csv", "mine");
  std::string message;
  EXPECT_EQ(code_of([&] { fetch(file); }, &message), ErrorCode::kMismatch);
  EXPECT_THAT(message, HasSubstr("holds 3 files, expected 2"));
  EXPECT_TRUE(fs::exists(folder_ / "test/mine.csv"));
}

TEST_F(Fetch, AFolderOfAnotherContentIsNotKept) {
  const TestServer server(
      [&](const std::string&, int) { return reply_with(archive_of(kFiles, false)); });
  const std::string url = server.url("archive"), other = sha256_hex("other");
  const ArchiveMember members[] = {{"data/test/", "test/", 2, other}};
  EXPECT_EQ(
      code_of([&] { fetch({.task = "t", .url = url, .path = "archive", .members = members}); }),
      ErrorCode::kMismatch);
  EXPECT_TRUE(is_empty());
}

TEST_F(Fetch, RowsOfOneArchiveShareItsDownload) {
  const TestServer server(
      [&](const std::string&, int) { return reply_with(archive_of(kFiles, false)); });
  const std::string url = server.url("archive");
  const ArchiveMember one[] = {{"other", "one"}}, two[] = {{"data/big.txt", "two"}};
  const DatasetFile files[] = {{.task = "1", .url = url, .path = "archive", .members = one},
                               {.task = "2", .url = url, .path = "archive", .members = two}};
  EXPECT_EQ(fetch_datasets(files, folder_, options_).size(), 2u);
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(read_file(folder_ / "one"), "O");
}

TEST_F(Fetch, BadArchivesLeaveNothing) {
  const std::string other = sha256_hex("other");
  const ArchiveMember missing[] = {{"other", "one"}, {"not/there", "two"}};
  const ArchiveMember wrong[] = {{"other", "one"}, {"data/big.txt", "two", 1, other}};
  const ArchiveMember last[] = {{"other", "one"}};
  std::string cut = archive_of(kFiles, true);
  cut.resize(cut.size() / 2);
  const struct {
    std::string bytes;
    std::span<const ArchiveMember> members;
    ErrorCode code;
  } cases[] = {{archive_of(kFiles, false), missing, ErrorCode::kBadFile},
               {archive_of(kFiles, true), wrong, ErrorCode::kMismatch},
               {cut, last, ErrorCode::kBadFile},
               {"<html>not an archive</html>", missing, ErrorCode::kBadFile}};
  for (const auto& c : cases) {
    const TestServer server([&](const std::string&, int) { return reply_with(c.bytes); });
    const std::string url = server.url("archive");
    std::string message;
    EXPECT_EQ(code_of([&] { fetch({.task = "t", .url = url, .path = "x", .members = c.members}); },
                      &message),
              c.code);
    EXPECT_THAT(message, HasSubstr(url));
    EXPECT_TRUE(is_empty()) << message;
  }
}

TEST(DatasetTable, IsWellFormed) {
  std::set<std::string_view> tasks, places;
  std::string_view task_before;
  for (const DatasetFile& file : dataset_table()) {
    EXPECT_TRUE(file.url.starts_with("https://")) << file.url;
    EXPECT_FALSE(file.licence.empty()) << file.url;
    EXPECT_TRUE(file.task == task_before || tasks.insert(file.task).second) << file.task;
    task_before = file.task;
    const auto is_hash = [](std::string_view hash) {
      return hash.empty() || (hash.size() == 64 &&
                              hash.find_first_not_of("0123456789abcdef") == std::string_view::npos);
    };
    EXPECT_TRUE(is_hash(file.sha256));
    EXPECT_EQ(file.bytes > 0, !file.sha256.empty());
    if (file.members.empty()) {
      EXPECT_TRUE(places.insert(file.path).second) << file.path;
      EXPECT_EQ(file.sha256.empty(), file.records > 0) << file.path;
    }
    for (const ArchiveMember& member : file.members) {
      EXPECT_TRUE(is_hash(member.sha256));
      EXPECT_EQ(member.sha256.empty(), member.records > 0) << member.to;
      EXPECT_TRUE(places.insert(member.to).second) << member.to;
      EXPECT_EQ(member.from.ends_with('/'), member.to.ends_with('/'));
    }
  }
  EXPECT_EQ(tasks.size(), 7u);
}

// The table's checksums against files that came from their homes another way.
TEST(DatasetTable, ChecksumsAreThoseOfRealFiles) {
  if (!fs::exists(PAQ_SHARED_DATA)) GTEST_SKIP() << "the shared data folder is not there";
  int compared = 0;
  const auto compare = [&](std::string_view path, std::string_view sha256) {
    if (sha256.empty()) return;
    const fs::path real = fs::path(PAQ_SHARED_DATA) / path;
    EXPECT_EQ(path.ends_with('/') ? folder_sha256(file_hashes(real)) : sha256_file(real), sha256)
        << path;
    ++compared;
  };
  for (const DatasetFile& file : dataset_table()) {
    compare(file.path, file.sha256);
    if (file.bytes > 0) {
      EXPECT_EQ(static_cast<int64_t>(fs::file_size(fs::path(PAQ_SHARED_DATA) / file.path)),
                file.bytes);
    }
    for (const ArchiveMember& member : file.members) compare(member.to, member.sha256);
  }
  EXPECT_EQ(compared, 12);
}

}  // namespace
}  // namespace paq
