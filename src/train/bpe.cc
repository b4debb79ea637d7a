// SPDX-License-Identifier: MIT
// The splitter follows Qwen2's published regular expression, restricted to ASCII:
//   '(s|t|re|ve|m|ll|d) | [^\r\n L N]? L+ | N | ' '?[^\s L N]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) |
//   \s+
#include "train/bpe.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/error.h"

namespace paq {
namespace {

constexpr int32_t kTypeNormal = 1;
constexpr int32_t kTypeControl = 3;
constexpr int32_t kByteCount = 256;

using Pair = std::pair<int32_t, int32_t>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_newline(char c) { return c == '\n' || c == '\r'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_symbol(char c) { return !is_space(c) && !is_letter(c) && !is_digit(c); }

uint64_t pair_key(int32_t left, int32_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
}

// Length of an English contraction's tail at the start of `text` ('s, 're, ...); 0 where none is.
size_t contraction_length(std::string_view text) {
  if (text.size() < 2 || text[0] != '\'') return 0;
  const auto lower = [&](size_t i) {
    const char c = i < text.size() ? text[i] : '\0';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const char first = lower(1);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  const char second = lower(2);
  if (second == 'e' && (first == 'r' || first == 'v')) return 3;
  if (first == 'l' && second == 'l') return 3;
  return 0;
}

template <typename Predicate>
size_t skip(std::string_view text, size_t from, Predicate predicate) {
  while (from < text.size() && predicate(text[from])) ++from;
  return from;
}

// Length of the first piece of a non-empty text.
size_t piece_length(std::string_view text) {
  if (const size_t length = contraction_length(text)) return length;
  const char first = text[0];
  const bool has_next = text.size() > 1;
  if (is_letter(first)) return skip(text, 1, is_letter);
  if (!is_newline(first) && !is_digit(first) && has_next && is_letter(text[1])) {
    return skip(text, 2, is_letter);
  }
  if (is_digit(first)) return 1;
  const size_t symbols = first == ' ' ? 1 : 0;
  if (symbols < text.size() && is_symbol(text[symbols])) {
    return skip(text, skip(text, symbols, is_symbol), is_newline);
  }
  const size_t end = skip(text, 0, is_space);
  for (size_t i = end; i > 0; --i) {
    if (is_newline(text[i - 1])) return i;
  }
  // The last blank of a run belongs to the word that follows it.
  return end < text.size() && end > 1 ? end - 1 : end;
}

// GPT-2's printable stand-in for a byte, in UTF-8: printable Latin-1 stands for itself, the other
// 68 bytes take code points from 256 on in ascending order.
std::string printable_byte(int byte) {
  const auto printable = [](int b) {
    return (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
  };
  int code = byte;
  if (!printable(byte)) {
    code = 256;
    for (int b = 0; b < byte; ++b) code += printable(b) ? 0 : 1;
  }
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
}

// One distinct piece of the training text.
struct Word {
  std::vector<int32_t> ids;
  size_t count;
};

// Pair frequencies, kept up to date while words are merged.
class PairCounts {
 public:
  explicit PairCounts(std::vector<Word> words) : words_(std::move(words)) {
    for (size_t w = 0; w < words_.size(); ++w) add_word(w);
  }

  // The most frequent pair and its count; a count of 0 where no pair is left.
  std::pair<Pair, size_t> best() const {
    if (ranked_.empty()) return {{0, 0}, 0};
    const auto& [negative_count, pair] = *ranked_.begin();
    return {pair, static_cast<size_t>(-negative_count)};
  }

  void merge(Pair pair, int32_t result) {
    const std::set<size_t> affected = places_[pair];
    for (const size_t w : affected) {
      remove_word(w);
      std::vector<int32_t>& ids = words_[w].ids;
      size_t out = 0;
      for (size_t i = 0; i < ids.size(); ++i) {
        const bool hit = i + 1 < ids.size() && ids[i] == pair.first && ids[i + 1] == pair.second;
        ids[out++] = hit ? result : ids[i];
        if (hit) ++i;
      }
      ids.resize(out);
      add_word(w);
    }
  }

 private:
  void change(Pair pair, int64_t difference) {
    int64_t& count = counts_[pair];
    if (count > 0) ranked_.erase({-count, pair});
    count += difference;
    if (count > 0) ranked_.insert({-count, pair});
  }

  void add_word(size_t w) {
    const std::vector<int32_t>& ids = words_[w].ids;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      change({ids[i], ids[i + 1]}, static_cast<int64_t>(words_[w].count));
      places_[{ids[i], ids[i + 1]}].insert(w);
    }
  }

  void remove_word(size_t w) {
    const std::vector<int32_t>& ids = words_[w].ids;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      change({ids[i], ids[i + 1]}, -static_cast<int64_t>(words_[w].count));
      places_[{ids[i], ids[i + 1]}].erase(w);
    }
  }

  std::vector<Word> words_;
  std::map<Pair, int64_t> counts_;
  std::map<Pair, std::set<size_t>> places_;
  std::set<std::pair<int64_t, Pair>> ranked_;  // (-count, pair): begin() is the best
};

std::vector<Word> count_words(std::span<const std::string> texts) {
  std::map<std::string, size_t, std::less<>> counts;
  for (const std::string& text : texts) {
    for (const std::string_view piece : bpe_split(text)) {
      const auto found = counts.find(piece);
      if (found != counts.end()) {
        ++found->second;
      } else {
        counts.emplace(piece, 1);
      }
    }
  }
  std::vector<Word> words;
  words.reserve(counts.size());
  for (const auto& [text, count] : counts) {
    Word word{{}, count};
    for (const char c : text) word.ids.push_back(static_cast<unsigned char>(c));
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

std::vector<std::string_view> bpe_split(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const size_t length = piece_length(text);
    pieces.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return pieces;
}

BpeVocab::BpeVocab(std::vector<std::pair<int32_t, int32_t>> merges,
                   std::vector<std::string> specials) {
  for (int byte = 0; byte < kByteCount; ++byte) {
    bytes_.emplace_back(1, static_cast<char>(byte));
    tokens_.push_back(printable_byte(byte));
  }
  for (const auto& [left, right] : merges) {
    const int32_t result = static_cast<int32_t>(tokens_.size());
    if (left < 0 || right < 0 || left >= result || right >= result) {
      throw Error(ErrorCode::kUsage, "BPE merge " + std::to_string(result - kByteCount) +
                                         " joins ids " + std::to_string(left) + " and " +
                                         std::to_string(right) + ", expected ids below " +
                                         std::to_string(result) +
                                         "; list merges in the order they were learned");
    }
    merges_.emplace(pair_key(left, right), Merge{result - kByteCount, result});
    merge_texts_.push_back(tokens_[left] + " " + tokens_[right]);
    bytes_.push_back(bytes_[left] + bytes_[right]);
    tokens_.push_back(tokens_[left] + tokens_[right]);
  }
  types_.assign(tokens_.size(), kTypeNormal);
  for (const std::string& special : specials) {
    specials_.emplace_back(special, static_cast<int32_t>(tokens_.size()));
    bytes_.push_back(special);
    tokens_.push_back(special);
    types_.push_back(kTypeControl);
  }
  std::stable_sort(specials_.begin(), specials_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

void BpeVocab::encode_word(std::string_view word, std::vector<int32_t>& ids) const {
  const size_t start = ids.size();
  for (const char c : word) ids.push_back(static_cast<unsigned char>(c));
  while (ids.size() - start > 1) {
    Merge best{INT32_MAX, 0};
    size_t place = 0;
    for (size_t i = start; i + 1 < ids.size(); ++i) {
      const auto found = merges_.find(pair_key(ids[i], ids[i + 1]));
      if (found == merges_.end() || found->second.rank >= best.rank) continue;
      best = found->second;
      place = i;
    }
    if (best.rank == INT32_MAX) return;
    ids[place] = best.result;
    ids.erase(ids.begin() + static_cast<ptrdiff_t>(place) + 1);
  }
}

std::vector<int32_t> BpeVocab::encode(std::string_view text) const {
  std::vector<int32_t> ids;
  for (const std::string_view piece : bpe_split(text)) encode_word(piece, ids);
  return ids;
}

std::vector<int32_t> BpeVocab::encode_with_special(std::string_view text) const {
  std::vector<int32_t> ids;
  size_t plain_start = 0;
  const auto flush = [&](size_t end) {
    for (const std::string_view piece : bpe_split(text.substr(plain_start, end - plain_start))) {
      encode_word(piece, ids);
    }
  };
  for (size_t i = 0; i < text.size();) {
    const auto hit = std::find_if(specials_.begin(), specials_.end(), [&](const auto& special) {
      return text.substr(i, special.first.size()) == special.first;
    });
    if (hit == specials_.end()) {
      ++i;
      continue;
    }
    flush(i);
    ids.push_back(hit->second);
    i += hit->first.size();
    plain_start = i;
  }
  flush(text.size());
  return ids;
}

std::string BpeVocab::decode(std::span<const int32_t> ids) const {
  std::string text;
  for (const int32_t id : ids) {
    if (id < 0 || static_cast<size_t>(id) >= bytes_.size()) {
      throw Error(ErrorCode::kUsage, "token id " + std::to_string(id) + " is outside [0, " +
                                         std::to_string(bytes_.size()) +
                                         "); decode ids with the vocabulary that made them");
    }
    text += bytes_[id];
  }
  return text;
}

int32_t BpeVocab::special_id(std::string_view name) const {
  for (const auto& [special, id] : specials_) {
    if (special == name) return id;
  }
  throw Error(ErrorCode::kNotFound, "the vocabulary has no special token \"" + std::string(name) +
                                        "\"; name it in BpeOptions::special_tokens");
}

BpeVocab train_bpe(std::span<const std::string> texts, const BpeOptions& options) {
  const size_t fixed = kByteCount + options.special_tokens.size();
  if (options.vocab_size < fixed) {
    throw Error(ErrorCode::kUsage, "a BPE vocabulary of " + std::to_string(options.vocab_size) +
                                       " tokens is too small: 256 bytes and " +
                                       std::to_string(options.special_tokens.size()) +
                                       " special tokens need " + std::to_string(fixed) +
                                       "; raise vocab_size");
  }
  PairCounts counts(count_words(texts));
  std::vector<Pair> merges;
  while (fixed + merges.size() < options.vocab_size) {
    const auto [pair, count] = counts.best();
    if (count == 0 || count < options.min_count) break;
    counts.merge(pair, kByteCount + static_cast<int32_t>(merges.size()));
    merges.push_back(pair);
  }
  return BpeVocab(std::move(merges), options.special_tokens);
}

}  // namespace paq
