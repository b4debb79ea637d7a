// SPDX-License-Identifier: MIT
// Ids against Hugging Face's tokenizers, as testdata/make_tokenizer_reference.py stored them.
#include "train/hf_tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/error.h"
#include "core/files.h"
#include "router/tokenizer.h"
#include "tasks/gzip.h"
#include "train/hf_vocabulary.h"

namespace paq {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

fs::path testdata(const char* name) {
  return fs::path(PAQ_SOURCE_DIR) / "src/train/testdata" / name;
}

fs::path shared(const char* name) { return fs::path(PAQ_SHARED_DATA) / name; }

std::string small_tokenizer() { return read_file(testdata("base/tokenizer.json")); }

// --- The published tokenizer, through llama.cpp.

class PublishedTokenizer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const fs::path path = shared("modernbert/tokenizer.json");
    if (!fs::exists(path)) return;
    tokenizer_ = std::make_unique<Tokenizer>(make_tokenizer(hf_vocabulary(
        parse_hf_tokenizer(read_file(path), path.string()), kVocabulary, path.string())));
  }
  static void TearDownTestSuite() { tokenizer_.reset(); }

  void SetUp() override {
    if (!tokenizer_) GTEST_SKIP() << shared("modernbert") << " is absent";
  }

  static constexpr int kVocabulary = 50368;
  static std::unique_ptr<Tokenizer> tokenizer_;
};

std::unique_ptr<Tokenizer> PublishedTokenizer::tokenizer_;

TEST_F(PublishedTokenizer, PublishedIdsOfTwelveTexts) {
  EXPECT_EQ(tokenizer_->vocab_size(), kVocabulary);
  const Json cases = Json::parse(read_file(shared("modernbert/expected_ids.json")));
  ASSERT_EQ(cases.size(), 12u);
  for (const Json& entry : cases) {
    const std::string text = entry.at("text");
    const std::vector<int32_t> wanted = entry.at("ids");
    if (text.find("[MASK]") == text.npos) {
      EXPECT_EQ(tokenizer_->encode(text), wanted) << text;
    } else {
      // Here it is a word like others: a prompt's text is never parsed for special tokens.
      EXPECT_NE(tokenizer_->encode(text), wanted) << text;
    }
  }
}

TEST_F(PublishedTokenizer, AwkwardTexts) {
  const Json cases = Json::parse(read_file(testdata("tokenizer_awkward.json")));
  EXPECT_GT(cases.size(), 100u);
  for (const Json& entry : cases) {
    const std::string text = entry.at("text");
    const std::vector<int32_t> wanted = entry.at("ids");
    EXPECT_EQ(tokenizer_->encode(text), wanted) << entry.at("text");
  }
}

// --- 2,000 texts of the benchmarks; the rule is that of the script.

struct Source {
  size_t quota;
  std::vector<std::string> texts;
};

std::vector<std::string> fields_of_lines(const char* file, const std::vector<const char*>& fields) {
  std::istringstream lines(read_dataset_file(shared(file)));
  std::vector<std::string> texts;
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line);
    for (const char* field : fields) texts.push_back(json.at(field));
  }
  return texts;
}

std::vector<std::string> squad_texts() {
  std::vector<std::string> texts;
  const Json squad = Json::parse(read_file(shared("squad2/dev-v2.0.json")));
  for (const Json& article : squad.at("data")) {
    for (const Json& paragraph : article.at("paragraphs")) {
      texts.push_back(paragraph.at("context"));
      for (const Json& question : paragraph.at("qas")) texts.push_back(question.at("question"));
    }
  }
  return texts;
}

std::vector<std::string> arc_texts() {
  std::istringstream lines(read_file(shared("arc/ARC-Challenge-Test.jsonl")));
  std::vector<std::string> texts;
  for (std::string line; std::getline(lines, line);) {
    const Json question = Json::parse(line).at("question");
    texts.push_back(question.at("stem"));
    for (const Json& choice : question.at("choices")) texts.push_back(choice.at("text"));
  }
  return texts;
}

std::vector<std::string> mmlu_lines() {
  std::set<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(shared("mmlu/test"))) paths.insert(entry.path());
  std::vector<std::string> texts;
  for (const fs::path& path : paths) {
    std::istringstream lines(read_file(path));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) texts.push_back(line);
    }
  }
  return texts;
}

void add_spread(const std::vector<std::string>& from, size_t count, std::vector<std::string>& to) {
  for (size_t i = 0; i < count; ++i) to.push_back(from.at(i * from.size() / count));
}

bool is_awkward(const std::string& text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  return !std::ranges::all_of(text, is_ascii) || text.find("  ") != text.npos ||
         text.find('\t') != text.npos;
}

std::vector<std::string> benchmark_texts() {
  const Source sources[] = {
      {500, squad_texts()},
      {400, fields_of_lines("drop/dev.jsonl.gz", {"context"})},
      {300, fields_of_lines("gsm8k/test.jsonl", {"question", "answer"})},
      {200, arc_texts()},
      {400, mmlu_lines()},
      {200, fields_of_lines("humaneval/HumanEval.jsonl.gz", {"prompt", "canonical_solution"})},
  };
  std::vector<std::string> chosen;
  for (const Source& source : sources) {
    std::vector<std::string> awkward;
    std::ranges::copy_if(source.texts, std::back_inserter(awkward), is_awkward);
    const size_t count = std::min(source.quota / 2, awkward.size());
    add_spread(awkward, count, chosen);
    add_spread(source.texts, source.quota - count, chosen);
  }
  return chosen;
}

uint32_t hash_of(const std::vector<int32_t>& ids) {
  uint64_t value = 0xCBF29CE484222325ull;
  for (const int32_t id : ids) {
    for (int shift = 0; shift < 32; shift += 8) {
      value = (value ^ (static_cast<uint32_t>(id) >> shift & 0xff)) * 0x100000001B3ull;
    }
  }
  return static_cast<uint32_t>(value >> 32);
}

TEST_F(PublishedTokenizer, TwoThousandTextsOfTheBenchmarks) {
  for (const char* part : {"squad2", "drop", "gsm8k", "arc", "mmlu", "humaneval"}) {
    if (!fs::exists(shared(part))) GTEST_SKIP() << shared(part) << " is absent";
  }
  const std::vector<std::string> texts = benchmark_texts();
  ASSERT_EQ(texts.size(), 2000u);
  std::istringstream reference(read_file(testdata("tokenizer_reference.txt")));
  int different = 0;
  for (const std::string& text : texts) {
    size_t count = 0;
    uint32_t hash = 0;
    ASSERT_TRUE(reference >> std::dec >> count >> std::hex >> hash);
    const std::vector<int32_t> ids = tokenizer_->encode(text);
    if (ids.size() == count && hash_of(ids) == hash) continue;
    if (++different <= 5) ADD_FAILURE() << ids.size() << " ids, expected " << count << ": " << text;
  }
  EXPECT_EQ(different, 0);
}

// --- Files.

TEST(HfTokenizer, ReadsEveryPart) {
  const HfTokenizer tokenizer = parse_hf_tokenizer(small_tokenizer(), "tokenizer.json");
  const auto id = [&](const char* text) {
    return std::ranges::find(tokenizer.tokens, text) - tokenizer.tokens.begin();
  };
  EXPECT_EQ(tokenizer.tokens.size(), 303u);
  EXPECT_TRUE(tokenizer.nfc);
  EXPECT_EQ(tokenizer.cls, id("[CLS]"));
  EXPECT_EQ(tokenizer.sep, id("[SEP]"));
  EXPECT_EQ(tokenizer.padding, id("[PAD]"));
  EXPECT_EQ(tokenizer.mask, id("[MASK]"));
  EXPECT_EQ(tokenizer.unknown, id("[UNK]"));
  EXPECT_EQ(tokenizer.kinds.at(static_cast<size_t>(id("[CLS]"))), HfTokenizer::kControl);
  EXPECT_EQ(tokenizer.kinds.at(static_cast<size_t>(id("    "))), HfTokenizer::kUserDefined);
  EXPECT_EQ(tokenizer.kinds.at(static_cast<size_t>(id("a"))), HfTokenizer::kNormal);
  EXPECT_FALSE(tokenizer.merges.empty());
  // Newer files write a merge as a list, older ones as one text.
  Json json = Json::parse(small_tokenizer());
  for (Json& merge : json["model"]["merges"]) {
    if (merge.is_array()) merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  }
  EXPECT_EQ(parse_hf_tokenizer(json.dump(), "tokenizer.json").merges, tokenizer.merges);
}

TEST(HfTokenizer, RowsWithoutATokenGetANameOfTheirOwn) {
  Json json = Json::parse(small_tokenizer());
  json["added_tokens"].back()["id"] = 310;  // a gap before it
  json["model"]["vocab"].erase("[unused0]");
  const HfTokenizer tokenizer = parse_hf_tokenizer(json.dump(), "tokenizer.json");
  ASSERT_EQ(tokenizer.tokens.size(), 311u);
  EXPECT_EQ(tokenizer.tokens[305], "[PAD305]");
  EXPECT_EQ(tokenizer.kinds[305], HfTokenizer::kUnused);
  const Tokenizer made = make_tokenizer(hf_vocabulary(tokenizer, 320, "tokenizer.json"));
  EXPECT_EQ(made.vocab_size(), 320);
  EXPECT_EQ(made.encode("x[unused0]y").at(2), 310);
  EXPECT_THROW(hf_vocabulary(tokenizer, 310, "tokenizer.json"), Error);
}

std::string refusal(const std::string& bytes) {
  try {
    parse_hf_tokenizer(bytes, "tokenizer.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadFile);
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    return error.what();
  }
  return "(accepted)";
}

TEST(HfTokenizer, WhatWouldGiveOtherIdsIsRefusedByName) {
  struct Case {
    std::function<void(Json&)> change;
    const char* wanted;
  };
  const Case cases[] = {
      {[](Json& j) { j.erase("model"); }, "model must be an object, found nothing"},
      {[](Json& j) { j["model"]["type"] = "WordPiece"; }, "model.type is \"WordPiece\""},
      {[](Json& j) { j["model"]["byte_fallback"] = true; }, "model.byte_fallback is true"},
      {[](Json& j) { j["model"]["ignore_merges"] = true; }, "model.ignore_merges is true"},
      {[](Json& j) { j["model"]["dropout"] = 0.1; }, "model.dropout is set"},
      {[](Json& j) { j["model"]["end_of_word_suffix"] = "</w>"; }, "model.end_of_word_suffix"},
      {[](Json& j) { j["model"]["vocab"]["x"] = -1; }, "the id of \"x\" must be a whole number"},
      {[](Json& j) { j["model"]["vocab"]["x"] = 1 << 20; }, "the id of \"x\" must be"},
      {[](Json& j) { j["model"]["vocab"]["xyz"] = 5; }, "has id 5, but so has"},
      {[](Json& j) { j["model"]["vocab"][""] = 400; }, "model.vocab has an empty token"},
      {[](Json& j) { j["model"]["vocab"][std::string("a\0b", 3)] = 400; }, "a zero byte"},
      {[](Json& j) { j["model"]["vocab"].erase("!"); }, "no token for the byte"},
      {[](Json& j) { j["model"]["merges"].push_back("q"); }, "must have two tokens in each entry"},
      {[](Json& j) { j["model"]["merges"].push_back("q zzz"); }, "needs \"zzz\", no token"},
      {[](Json& j) {
         j["model"]["merges"].push_back({"a b", "c"});
       },
       "has a blank in a token"},
      {[](Json& j) { j["model"]["merges"].push_back(j["model"]["merges"][0]); }, "stands twice"},
      {[](Json& j) { j["model"]["merges"] = 1; }, "model.merges must be a list, found 1"},
      {[](Json& j) { j["added_tokens"][0]["id"] = 3; }, "has id 3, but so has"},
      {[](Json& j) { j["added_tokens"][0]["content"] = "a"; }, "as well"},
      {[](Json& j) { j["added_tokens"][0]["lstrip"] = true; }, "has lstrip"},
      {[](Json& j) { j["added_tokens"][0]["single_word"] = true; }, "has single_word"},
      {[](Json& j) { j["added_tokens"][0].erase("id"); }, "has no id"},
      {[](Json& j) { j["added_tokens"][0] = 1; }, "added_tokens must be a JSON object"},
      {[](Json& j) { j["normalizer"]["type"] = "NFKC"; }, "normalizer is \"NFKC\""},
      {[](Json& j) { j["pre_tokenizer"]["type"] = "Metaspace"; }, "pre_tokenizer is \"Metaspace\""},
      {[](Json& j) { j["pre_tokenizer"]["add_prefix_space"] = true; }, "add_prefix_space false"},
      {[](Json& j) { j["post_processor"] = nullptr; }, "post_processor must be an object"},
      {[](Json& j) { j["post_processor"]["single"].erase(0); }, "post_processor.single must be"},
      {[](Json& j) { j["post_processor"]["special_tokens"]["[CLS]"]["ids"] = {3}; },
       "must have the id of one special added token"},
      {[](Json& j) { j["post_processor"]["special_tokens"].erase("[SEP]"); },
       "post_processor.special_tokens.[SEP] must be an object"},
  };
  for (const Case& one : cases) {
    Json json = Json::parse(small_tokenizer());
    one.change(json);
    const std::string message = refusal(json.dump());
    EXPECT_NE(message.find(one.wanted), std::string::npos) << message << "\n  " << one.wanted;
  }
  EXPECT_NE(refusal(small_tokenizer().substr(0, 2000)).find("no JSON"), std::string::npos);
}

TEST(HfTokenizer, NormalizersThatMeanNothingOrNfc) {
  Json json = Json::parse(small_tokenizer());
  json["normalizer"] = nullptr;
  EXPECT_FALSE(parse_hf_tokenizer(json.dump(), "t").nfc);
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", Json::array()}};
  EXPECT_FALSE(parse_hf_tokenizer(json.dump(), "t").nfc);
  json["normalizer"]["normalizers"].push_back({{"type", "NFC"}});
  EXPECT_TRUE(parse_hf_tokenizer(json.dump(), "t").nfc);
  json["normalizer"]["normalizers"].push_back({{"type", "Lowercase"}});
  EXPECT_NE(refusal(json.dump()).find("normalizer is \"Sequence\""), std::string::npos);
}

TEST(HfTokenizer, AddedTokensThatBecomeOneAreRefused) {
  Json json = Json::parse(small_tokenizer());
  Json token = json["added_tokens"].back();
  for (const auto& [id, text] :
       {std::pair(303, "\u00e9t\u00e9"), std::pair(304, "e\u0301te\u0301")}) {
    token["id"] = id;
    token["content"] = text;
    json["added_tokens"].push_back(token);
  }
  const HfTokenizer tokenizer = parse_hf_tokenizer(json.dump(), "tokenizer.json");
  EXPECT_THROW(hf_vocabulary(tokenizer, 310, "tokenizer.json"), Error);
}

}  // namespace
}  // namespace paq
