// SPDX-License-Identifier: MIT
// The prompts that wait, in an order that tells how long a beginning any of them shares with
// another prompt. Internal to engine/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>

namespace paq {

using TokenSpan = std::span<const int32_t>;

/// Tokens that two prompts have in common before they first differ.
inline size_t shared_beginning(TokenSpan a, TokenSpan b) {
  const size_t most = std::min(a.size(), b.size());
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(most), b.begin()).first -
      a.begin());
}

/// Prompts in lexicographic order: of all prompts, those beside another one share most with it.
class PromptIndex {
 private:
  struct Less {
    bool operator()(TokenSpan a, TokenSpan b) const {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
    }
  };
  using Prompts = std::multiset<TokenSpan, Less>;

 public:
  using Entry = Prompts::const_iterator;

  /// The tokens must stay where they are until they are erased.
  Entry insert(TokenSpan prompt) { return prompts_.insert(prompt); }
  void erase(Entry entry) { prompts_.erase(entry); }

  /// The longest beginning of `prompt` that a prompt here has too. O(log n) comparisons.
  size_t longest_shared(TokenSpan prompt) const {
    const auto next = prompts_.lower_bound(prompt);
    size_t longest = 0;
    if (next != prompts_.end()) longest = shared_beginning(prompt, *next);
    if (next != prompts_.begin()) {
      longest = std::max(longest, shared_beginning(prompt, *std::prev(next)));
    }
    return longest;
  }

 private:
  Prompts prompts_;
};

}  // namespace paq
