// SPDX-License-Identifier: MIT
// The names of llama.cpp's quantisations as its users write them ("Q4_K_M"). Internal to ladder/.
#pragma once

#include <llama.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace paq {

struct Quantisation {
  std::string_view name;
  llama_ftype type;
};

/// Every quantisation that a variant can have.
std::span<const Quantisation> quantisations();

/// Any case; nullopt for an unknown name.
std::optional<llama_ftype> quantisation_named(std::string_view name);

/// "Q4_K_M" for a llama_ftype, "?" for any other number.
std::string quantisation_name(int64_t type);

/// "F32, F16, ..." for messages.
std::string quantisation_names();

}  // namespace paq
