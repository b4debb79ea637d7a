// SPDX-License-Identifier: MIT
// Safetensors files: what the format allows is read, what contradicts itself is refused by name.
#include "ladder/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/files.h"
#include "core/random.h"
#include "core/testing/error_code.h"

namespace paq {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Eight bytes of length, the header, the data.
std::string file_of(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + header + data;
}

class SafetensorsTest : public ::testing::Test {
 protected:
  SafetensorsTest() {
    path_ = std::filesystem::path(::testing::TempDir()) /
            ("paq_" + std::to_string(::getpid()) + ".safetensors");
  }
  ~SafetensorsTest() override { std::filesystem::remove(path_); }

  void put(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

  SafetensorsReader open(const std::string& header, const std::string& data) {
    put(file_of(header, data));
    return SafetensorsReader(path_);
  }

  // What is said of a file with this header and data.
  std::string refusal(const std::string& header, const std::string& data) {
    put(file_of(header, data));
    std::string message;
    EXPECT_EQ(code_of([&] { const SafetensorsReader reader(path_); }, &message),
              ErrorCode::kBadFile);
    EXPECT_THAT(message, HasSubstr(path_.filename().string()));
    return message;
  }

  std::filesystem::path path_;
};

TEST_F(SafetensorsTest, ReadsNamesShapesAndValues) {
  const float f32[] = {1.5f, -2, 0.25f};
  const uint16_t f16[] = {0x3c00, 0xc000};   // 1, -2
  const uint16_t bf16[] = {0x3f80, 0x4049};  // 1, 3.140625
  std::string data(reinterpret_cast<const char*>(f32), sizeof f32);
  data.append(reinterpret_cast<const char*>(f16), sizeof f16);
  data.append(reinterpret_cast<const char*>(bf16), sizeof bf16);
  const SafetensorsReader reader =
      open(R"({"__metadata__":{"format":"pt"},)"
           R"("c":{"dtype":"BF16","shape":[],"data_offsets":[18,20]},)"
           R"("b":{"dtype":"F16","shape":[2],"data_offsets":[12,16]},)"
           R"("a":{"dtype":"F32","shape":[3,1],"data_offsets":[0,12]},)"
           R"("d":{"dtype":"BF16","shape":[1],"data_offsets":[16,18]},)"
           R"("none":{"dtype":"I64","shape":[0,4],"data_offsets":[20,20]}}  )",
           data);
  ASSERT_EQ(reader.tensors().size(), 5u);
  EXPECT_EQ(reader.tensors()[0].name, "a");
  EXPECT_THAT(reader.tensors()[0].shape, ElementsAre(3, 1));
  EXPECT_THAT(reader.values(*reader.tensor("a")), ElementsAre(1.5f, -2, 0.25f));
  EXPECT_THAT(reader.values(*reader.tensor("b")), ElementsAre(1, -2));
  EXPECT_THAT(reader.values(*reader.tensor("d")), ElementsAre(1));
  EXPECT_THAT(reader.values(*reader.tensor("c")), ElementsAre(3.140625f));
  EXPECT_EQ(reader.tensor("c")->elements(), 1);
  EXPECT_EQ(reader.tensor("none")->elements(), 0);
  EXPECT_EQ(reader.tensor("e"), nullptr);
  std::string message;
  EXPECT_EQ(code_of([&] { reader.values(*reader.tensor("none")); }, &message), ErrorCode::kBadFile);
  EXPECT_THAT(message, HasSubstr("\"none\" is of type I64, expected F32, F16 or BF16"));
}

TEST_F(SafetensorsTest, AnEmptyModelIsAFile) { EXPECT_TRUE(open("{}", "").tensors().empty()); }

TEST_F(SafetensorsTest, SizesThatContradictEachOtherAreNamed) {
  const auto one = [](const std::string& entry) { return "{\"a\":" + entry + "}"; };
  const struct {
    std::string header;
    size_t data;
    const char* reason;
  } cases[] = {
      {one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"), 4, "its shape needs 8"},
      {one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 3, "the file has 3"},
      {one(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})"), 5, "the file has 5"},
      {one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})"), 8, "expected 0"},
      {one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})"), 4, "-4 bytes"},
      {one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"), 4, "whole number"},
      {one(R"({"dtype":"F32","shape":[1.0],"data_offsets":[0,4]})"), 4, "whole number"},
      {one(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]})"), 0,
       "impossible shape"},
      {one(R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,0]})"), 0, "2^56"},
      {one(R"({"dtype":"Q4","shape":[1],"data_offsets":[0,1]})"), 1, "unknown type \"Q4\""},
      {one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1,1]})"), 1, "two data_offsets"},
      {one(R"({"dtype":"U8","shape":[1]})"), 1, "nothing else"},
      {one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1})"), 1, "nothing else"},
      {one(R"({"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,1]})"), 1,
       "\"dtype\" stands twice"},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
       R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
       3, "\"b\" begins at byte 1, expected 2"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
       R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
       3, "\"b\" begins at byte 2, expected 1"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
       R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
       1, "\"a\" stands twice"},
      {R"({"a\nb":{"dtype":"U8"}})", 0, R"("a\nb")"},
      {"[]", 0, "does not start with {"},
      {"{", 0, "no JSON"},
      {R"({"a":[[[[1]]]]})", 0, "nested too deeply"},
  };
  for (const auto& bad : cases) {
    EXPECT_THAT(refusal(bad.header, std::string(bad.data, '\0')), HasSubstr(bad.reason))
        << bad.header;
  }
}

TEST_F(SafetensorsTest, LengthsBeyondTheFileAreRefused) {
  std::string message;
  const auto open_it = [&] { const SafetensorsReader reader(path_); };
  put("");
  EXPECT_EQ(code_of(open_it, &message), ErrorCode::kBadFile);
  EXPECT_THAT(message, HasSubstr("it has 0 bytes"));
  for (const char filler : {'\x03', '\x7f', '\xff'}) {
    put(std::string(8, filler) + "{}");
    EXPECT_EQ(code_of(open_it, &message), ErrorCode::kBadFile);
    EXPECT_THAT(message, HasSubstr("the file has 2 after the length"));
  }
}

TEST_F(SafetensorsTest, EveryTruncationIsFound) {
  const std::string whole =
      file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", std::string(8, 'x'));
  for (size_t n = 0; n < whole.size(); ++n) {
    put(whole.substr(0, n));
    EXPECT_EQ(code_of([&] { const SafetensorsReader reader(path_); }), ErrorCode::kBadFile) << n;
  }
}

TEST_F(SafetensorsTest, AFileThatShrinksMeanwhileIsAnError) {
  const SafetensorsReader reader =
      open(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", std::string(8, 'x'));
  std::filesystem::resize_file(path_, 60);
  EXPECT_EQ(code_of([&] { reader.values(reader.tensors()[0]); }), ErrorCode::kIo);
}

TEST_F(SafetensorsTest, OtherThingsThanFilesAreRefused) {
  EXPECT_EQ(code_of([&] { const SafetensorsReader reader(path_); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { const SafetensorsReader reader(path_.parent_path()); }),
            ErrorCode::kBadFile);
}

TEST(FloatValues, OddNumbersSurvive) {
  const uint16_t bf16[] = {0x7f80, 0xff80, 0x0001, 0x8000};
  const std::vector<float> values =
      float_values({reinterpret_cast<const char*>(bf16), sizeof bf16}, "bf16");
  EXPECT_EQ(values[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(values[1], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(values[2], std::bit_cast<float>(uint32_t{0x00010000}));
  EXPECT_TRUE(std::signbit(values[3]));
  EXPECT_TRUE(is_float_type("f16"));
  EXPECT_FALSE(is_float_type("q4_K"));
}

}  // namespace
}  // namespace paq
