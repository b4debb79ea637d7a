// SPDX-License-Identifier: MIT
// Probabilities over bit widths for a prompt, and the choice that follows from them.
//
// A router is a ModernBERT classifier in a GGUF file that stock llama.cpp loads too. Training it is
// train/'s business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bit_width.h"
#include "core/ladder.h"
#include "router/calibration.h"
#include "router/policy.h"

namespace paq {

/// The paq.router.* keys of the file.
struct RouterInfo {
  std::vector<BitWidth> bit_widths;  ///< Ascending; class k of the classifier is bit_widths[k].
  double tau = 0;                    ///< Threshold that its labels were made with.
  std::string label_mode;            ///< "response-perplexity".
  std::string ladder_hash;  ///< Of the ladder that its outcomes came from; empty where imported.
  std::string base_model;   ///< Of that ladder; empty where unknown.
  std::string training_data_hash;
  RouterCalibration calibration;  ///< Turns logits into probabilities.
  int context_tokens = 0;         ///< Longest input, special tokens included.
  int64_t parameters = 0;
  std::string training;  ///< JSON: settings and metrics at training time.
  PolicyData policies;   ///< What the file has for policies; may be empty.
};

/// How attention is computed on a CPU.
enum class RouterAttention {
  kFast,   ///< Flash attention; keys and values are rounded to F16. Several times faster from 100
           ///< tokens on.
  kExact,  ///< All in F32.
};

struct RouterOptions {
  int threads = 0;          ///< 0: physical cores.
  int batch_tokens = 2048;  ///< Tokens encoded in one go; at least one prompt always fits.
  RouterAttention attention = RouterAttention::kFast;
};

struct Decision {
  BitWidth bits;                     ///< Arg max of the logits.
  std::vector<float> probabilities;  ///< Calibrated; one per bit width, sum 1.
  std::vector<float> logits;         ///< Before calibration.
  std::vector<float> adequate;       ///< P(label <= width), one per bit width; ascends to 1.
  int prompt_tokens = 0;             ///< Of the whole prompt, special tokens included.
  int dropped_tokens = 0;            ///< Cut off because the router's context is shorter.
};

/// Not thread-safe: one thread owns a router.
class Router {
 public:
  /// Throws Error(kNotFound), or Error(kBadFile) for a GGUF that is truncated or no router.
  static std::unique_ptr<Router> load(const std::filesystem::path& path,
                                      const RouterOptions& options);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  const RouterInfo& info() const;

  /// Decides for every prompt, several in one batch. Any bytes are taken as text; special tokens
  /// are never parsed from them. Blocks.
  std::vector<Decision> route(std::span<const std::string_view> prompts);
  Decision route(std::string_view prompt);

 private:
  Router();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What `policy` makes of a decision: with argmax its own width, else Policy::choose().
BitWidth choose_width(const Policy& policy, const Decision& decision);

/// Throws Error(kMismatch) that names both lists where `widths` differ from the router's.
void check_router_fits(const RouterInfo& info, std::span<const BitWidth> widths);

/// The same, and Error(kMismatch) that names both where the router learnt from outcomes of another
/// ladder, even of the same widths. Routers and outcomes that name no ladder pass.
void check_router_fits(const RouterInfo& info, const LadderIdentity& ladder);

}  // namespace paq
