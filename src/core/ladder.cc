// SPDX-License-Identifier: MIT
#include "core/ladder.h"

#include "core/error.h"
#include "core/hash.h"

namespace paq {

std::vector<BitWidth> Ladder::bit_widths() const {
  std::vector<BitWidth> widths;
  for (const Variant& variant : variants) widths.push_back(variant.bits);
  return widths;
}

const Variant& Ladder::variant(BitWidth bits) const {
  for (const Variant& variant : variants) {
    if (variant.bits == bits) return variant;
  }
  throw Error(ErrorCode::kNotFound, "there is no " + to_string(bits) + "-bit variant in " +
                                        directory.string() + "; it has " + to_string(bit_widths()) +
                                        " bits");
}

std::string Ladder::hash() const {
  Sha256 hash;
  for (const Variant& variant : variants) {
    hash.update_field(to_string(variant.bits));
    hash.update_field(variant.sha256);
  }
  return hash.finish();
}

}  // namespace paq
