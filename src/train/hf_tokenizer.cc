// SPDX-License-Identifier: MIT
#include "train/hf_tokenizer.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "train/hf_json.h"

namespace paq {
namespace {

using Json = HfJson::Json;

constexpr const char* kUnsupported =
    "; paq gives a router only a tokenizer that llama.cpp applies alike";
constexpr int64_t kMostTokens = 1 << 20;

// Every byte that UTF-8 has, in GPT-2's printable spelling: printable Latin-1 stands for itself,
// the other bytes take code points from 256 on.
std::vector<std::string> byte_tokens() {
  std::vector<std::string> tokens;
  int next = 256;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
    const int code = printable ? byte : next++;
    const bool in_utf8 = byte < 0xc0 || (byte >= 0xc2 && byte <= 0xf4);
    if (!in_utf8) continue;
    if (code < 0x80) {
      tokens.emplace_back(1, static_cast<char>(code));
    } else {
      tokens.push_back(
          {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 63))});
    }
  }
  return tokens;
}

class Parser {
 public:
  Parser(std::string_view bytes, const std::string& where) : json_(HfJson::parse(bytes, where)) {}

  HfTokenizer parse() {
    const HfJson model = json_.object("model");
    check_model(model);
    read_vocabulary(model.object("vocab"));
    read_added_tokens();
    fill_gaps();
    read_merges(model);
    read_normalizer();
    check_pre_tokenizer();
    read_post_processor();
    result_.unknown = special("[UNK]");
    result_.padding = special("[PAD]");
    result_.mask = special("[MASK]");
    return std::move(result_);
  }

 private:
  void check_model(const HfJson& model) const {
    if (const std::string type = model.text("type", ""); type != "BPE") {
      json_.fail("model.type is " + in_quotes(type) + ", expected BPE" + kUnsupported);
    }
    for (const char* key : {"byte_fallback", "ignore_merges"}) {
      if (model.boolean(key, false)) {
        json_.fail("model." + std::string(key) + " is true, expected false" + kUnsupported);
      }
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!model.text(key, "").empty()) {
        json_.fail("model." + std::string(key) + " is set, expected none" + kUnsupported);
      }
    }
    if (model.number("dropout", 0) != 0) {
      json_.fail("model.dropout is set, expected none" + std::string(kUnsupported));
    }
  }

  // A text that can be a token: llama.cpp's files end a text at a zero byte.
  void check_token(const std::string& text, const std::string& what) const {
    if (text.empty()) json_.fail(what + " has an empty token");
    if (text.find('\0') != text.npos) json_.fail(what + " has a token with a zero byte");
  }

  void put(int64_t id, const std::string& text, HfTokenizer::Kind kind, const std::string& what) {
    check_token(text, what);
    if (id >= kMostTokens) {
      json_.fail(what + ": id " + std::to_string(id) + " of " + in_quotes(text) + " is not below " +
                 std::to_string(kMostTokens));
    }
    const auto at = static_cast<size_t>(id);
    if (at >= result_.tokens.size()) {
      result_.tokens.resize(at + 1);
      result_.kinds.resize(at + 1, HfTokenizer::kUnused);
    }
    const auto [place, is_new] = ids_.try_emplace(text, static_cast<int32_t>(id));
    const std::string& there = result_.tokens[at];
    if (place->second != id || (!there.empty() && there != text)) {
      json_.fail(what + ": " + in_quotes(text) + " has id " + std::to_string(id) + ", but " +
                 (place->second != id ? "it has id " + std::to_string(place->second) + " as well"
                                      : "so has " + in_quotes(there)));
    }
    result_.tokens[at] = text;
    result_.kinds[at] = kind;
  }

  void read_vocabulary(const HfJson& vocabulary) {
    for (const auto& [text, id] : vocabulary.json().items()) {
      if (!id.is_number_unsigned() || id.get<uint64_t>() >= uint64_t{kMostTokens}) {
        json_.fail("model.vocab: the id of " + in_quotes(text) + " must be a whole number below " +
                   std::to_string(kMostTokens));
      }
      put(id.get<int64_t>(), text, HfTokenizer::kNormal, "model.vocab");
    }
    for (const std::string& byte : byte_tokens()) {
      if (ids_.contains(byte)) continue;
      json_.fail("model.vocab has no token for the byte that is written " + in_quotes(byte) +
                 "; expected all of GPT-2's byte-level alphabet" + kUnsupported);
    }
  }

  void read_added_tokens() {
    if (!json_.has("added_tokens")) return;
    for (const Json& entry : json_.array("added_tokens")) {
      const HfJson token = json_.part(entry, "added_tokens");
      const std::string text = token.text("content", "");
      const bool is_special = token.boolean("special", false);
      if (!token.has("id")) json_.fail("added_tokens: " + in_quotes(text) + " has no id");
      // What is special is never looked for in a text, however it would be.
      for (const char* key : {"single_word", "lstrip", "rstrip"}) {
        if (!is_special && token.boolean(key, false)) {
          json_.fail("added_tokens: " + in_quotes(text) + " has " + key + kUnsupported);
        }
      }
      put(token.integer("id", 0), text,
          is_special ? HfTokenizer::kControl : HfTokenizer::kUserDefined, "added_tokens");
    }
  }

  // llama.cpp wants a text for every id, each another.
  void fill_gaps() {
    for (size_t id = 0; id < result_.tokens.size(); ++id) {
      if (!result_.tokens[id].empty()) continue;
      put(static_cast<int64_t>(id), "[PAD" + std::to_string(id) + "]", HfTokenizer::kUnused,
          "an id without a token");
    }
  }

  // Both spellings: "left right", and newer, ["left", "right"].
  std::pair<std::string, std::string> split_merge(const Json& merge) const {
    if (merge.is_string()) {
      const std::string& text = merge.get_ref<const std::string&>();
      const size_t blank = text.find(' ');
      if (blank != text.npos) return {text.substr(0, blank), text.substr(blank + 1)};
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      return {merge[0].get<std::string>(), merge[1].get<std::string>()};
    }
    json_.fail("model.merges must have two tokens in each entry");
  }

  void read_merges(const HfJson& model) {
    std::unordered_set<std::string> seen;
    for (const Json& merge : model.array("merges")) {
      const auto [left, right] = split_merge(merge);
      const std::string text = left + " " + right;
      const std::string where = "model.merges: " + in_quotes(text);
      // A blank is what llama.cpp's files part the two by.
      if (text.find(' ', left.size() + 1) != text.npos || left.find(' ') != left.npos) {
        json_.fail(where + " has a blank in a token" + kUnsupported);
      }
      for (const std::string& token : {left, right, left + right}) {
        if (!ids_.contains(token)) json_.fail(where + " needs " + in_quotes(token) + ", no token");
      }
      if (!seen.insert(text).second) json_.fail(where + " stands twice");
      result_.merges.push_back(text);
    }
  }

  void read_normalizer() {
    if (!json_.has("normalizer")) return;
    HfJson normalizer = json_.object("normalizer");
    if (normalizer.text("type", "") == "Sequence") {
      const Json& parts = normalizer.array("normalizers");
      if (parts.empty()) return;
      if (parts.size() == 1) {
        const Json only = parts[0];
        normalizer = json_.part(only, "normalizer");
      }
    }
    if (const std::string type = normalizer.text("type", ""); type != "NFC") {
      json_.fail("normalizer is " + in_quotes(type) + ", expected NFC or none" + kUnsupported);
    }
    result_.nfc = true;
  }

  void check_pre_tokenizer() const {
    const HfJson pre = json_.object("pre_tokenizer");
    if (const std::string type = pre.text("type", ""); type != "ByteLevel") {
      json_.fail("pre_tokenizer is " + in_quotes(type) + ", expected ByteLevel" + kUnsupported);
    }
    if (pre.boolean("add_prefix_space", true) || !pre.boolean("use_regex", true)) {
      json_.fail("pre_tokenizer must have add_prefix_space false and use_regex true" +
                 std::string(kUnsupported));
    }
  }

  void read_post_processor() {
    const HfJson post = json_.object("post_processor");
    if (const std::string type = post.text("type", ""); type != "TemplateProcessing") {
      json_.fail("post_processor is " + in_quotes(type) + ", expected TemplateProcessing" +
                 kUnsupported);
    }
    const Json& single = post.array("single");
    const auto kind_at = [&](size_t i, const char* kind) {
      return i < single.size() && single[i].is_object() && single[i].size() == 1 &&
             single[i].contains(kind);
    };
    if (single.size() != 3 || !kind_at(0, "SpecialToken") || !kind_at(1, "Sequence") ||
        !kind_at(2, "SpecialToken")) {
      json_.fail("post_processor.single must be a special token, the text and a special token" +
                 std::string(kUnsupported));
    }
    const HfJson specials = post.object("special_tokens");
    result_.cls = template_id(single[0]["SpecialToken"], specials);
    result_.sep = template_id(single[2]["SpecialToken"], specials);
  }

  int32_t template_id(const Json& place, const HfJson& specials) const {
    const std::string name = json_.part(place, "post_processor.single").text("id", "");
    const HfJson entry = specials.object(name.c_str());
    const Json& ids = entry.array("ids");
    const bool is_one = ids.size() == 1 && ids[0].is_number_unsigned();
    if (!is_one || ids[0].get<uint64_t>() >= result_.tokens.size() ||
        result_.kinds[ids[0].get<size_t>()] != HfTokenizer::kControl) {
      json_.fail("post_processor.special_tokens: " + in_quotes(name) +
                 " must have the id of one special added token");
    }
    return static_cast<int32_t>(ids[0].get<uint64_t>());
  }

  std::optional<int32_t> special(const char* text) const {
    const auto found = ids_.find(text);
    if (found == ids_.end()) return std::nullopt;
    const auto at = static_cast<size_t>(found->second);
    return result_.kinds[at] == HfTokenizer::kControl ? std::optional(found->second) : std::nullopt;
  }

  HfJson json_;
  HfTokenizer result_;
  std::unordered_map<std::string, int32_t> ids_;
};

}  // namespace

HfTokenizer parse_hf_tokenizer(std::string_view bytes, const std::string& where) {
  return Parser(bytes, where).parse();
}

}  // namespace paq
