// SPDX-License-Identifier: MIT
// A published ModernBERT's tokenizer.json, taken apart into what llama.cpp needs to give the same
// ids.
//
// Only what llama.cpp's pre-tokenizer "modern-bert" computes is accepted: byte-level BPE that is
// split as GPT-2 does, with one special token before and one after a text. Encoding is llama.cpp's
// business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paq {

struct HfTokenizer {
  /// llama.cpp's enumerators, which stand in files and never change.
  enum Kind : int32_t {
    kNormal = 1,
    kControl = 3,      ///< Special: stands around a text, never in it.
    kUserDefined = 4,  ///< Added: found in a text before it is split.
    kUnused = 5,       ///< An id that no text has.
  };

  std::vector<std::string> tokens;  ///< By id; distinct, not empty.
  std::vector<int32_t> kinds;       ///< By id.
  std::vector<std::string> merges;  ///< "left right", best first.
  int32_t cls = 0;                  ///< Put before a text.
  int32_t sep = 0;                  ///< Put after it.
  std::optional<int32_t> unknown, padding, mask;
  bool nfc = false;  ///< Text is brought to Unicode's composed form first.
};

/// `where` stands for the file in messages. Throws Error(kBadFile) for what is malformed, and for
/// every setting that would give other ids in llama.cpp.
HfTokenizer parse_hf_tokenizer(std::string_view bytes, const std::string& where);

}  // namespace paq
