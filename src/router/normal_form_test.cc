// SPDX-License-Identifier: MIT
#include "router/normal_form.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "core/testing/error_code.h"
#include "ladder/gguf_reader.h"
#include "ladder/gguf_writer.h"

namespace paq {
namespace {

TEST(ToNfc, ComposesWhatCanBeComposed) {
  const struct {
    const char* text;
    const char* wanted;
  } cases[] = {
      {"", ""},
      {"plain ASCII", "plain ASCII"},
      {"caf\u00e9", "caf\u00e9"},
      {"cafe\u0301", "caf\u00e9"},
      {"e\u0301\u0327", "\u0229\u0301"},  // marks are put in order first
      {"a\u0308\u0304", "\u01df"},        // two steps
      {"\u1112\u1161\u11ab", "\ud55c"},   // Hangul
      {"\uac00\u11a8", "\uac01"},
      {"\u212b \u2126", "\u00c5 \u03a9"},                // one character for another
      {"\u0958", "\u0915\u093c"},                        // never composed
      {"\ufb01 \u00bd \u3000", "\ufb01 \u00bd \u3000"},  // compatibility forms stay
      {"\u0301", "\u0301"},
      {"x\u200d\u0301", "x\u200d\u0301"},
      {"\U0001d15e", "\U0001d157\U0001d165"},
  };
  for (const auto& [text, wanted] : cases) EXPECT_EQ(to_nfc(text), wanted) << text;
  EXPECT_EQ(to_nfc(std::string_view("a\0e\u0301", 5)), std::string("a\0\u00e9", 4));
}

TEST(ToNfc, BrokenBytesBecomeReplacements) {
  EXPECT_EQ(to_nfc("e\u0301 \xff\xc3"), "\u00e9 \ufffd\ufffd");
}

// In time that grows with their number: its square would be hours.
TEST(ToNfc, ManyMarksOnOneLetterAreTaken) {
  std::string text = "a";
  for (int i = 0; i < 200000; ++i) text += "\u0327\u0301";
  const std::string composed = to_nfc(text);
  EXPECT_EQ(to_nfc(composed), composed);
  EXPECT_EQ(composed.size(), text.size() - 1);  // a and its first acute: two bytes for three
}

TEST(NormalFormKey, UnknownNamesAreRefused) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) /
                                     ("paq_form_" + std::to_string(::getpid()) + ".gguf");
  const auto read = [&](const char* name) {
    GgufWriter writer;
    writer.set_string("general.architecture", "modern-bert");
    if (name != nullptr) writer.set_string(kNormalFormKey, name);
    writer.write(path);
    return read_normal_form(GgufReader(path));
  };
  EXPECT_EQ(read(nullptr), NormalForm::kNone);
  EXPECT_EQ(read("nfc"), NormalForm::kNfc);
  std::string message;
  EXPECT_EQ(code_of([&] { read("nfkc"); }, &message), ErrorCode::kMismatch);
  EXPECT_NE(message.find("paq.router.normal_form"), std::string::npos) << message;
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace paq
