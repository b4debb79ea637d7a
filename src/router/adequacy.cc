// SPDX-License-Identifier: MIT
#include "router/adequacy.h"

#include <algorithm>

namespace paq {

std::vector<float> adequacy_of(Router& router, std::span<const std::string_view> texts,
                               const std::function<void(size_t done)>& after_batch) {
  constexpr size_t kAtATime = 64;
  std::vector<float> table;
  for (size_t from = 0; from < texts.size(); from += kAtATime) {
    const size_t count = std::min(kAtATime, texts.size() - from);
    for (const Decision& decision : router.route(texts.subspan(from, count))) {
      table.insert(table.end(), decision.adequate.begin(), decision.adequate.end());
    }
    if (after_batch) after_batch(from + count);
  }
  return table;
}

}  // namespace paq
