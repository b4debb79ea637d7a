// SPDX-License-Identifier: MIT
// The page beside a router that says what it is, for people: Markdown.
#pragma once

#include <string>
#include <string_view>

#include "train/export.h"
#include "train/trainer.h"

namespace paq {

/// What the card says beside the report's figures; all must outlive the call.
struct ModelCard {
  std::string file;  ///< The router's name, without its folder.
  const RouterMetadata& metadata;
  const TrainOptions& options;
  const TrainReport& report;
  int64_t unlabelled = 0;  ///< Training prompts without the outcomes that a label takes.
  int64_t left_out = 0;    ///< That share a text or passage with the test set.
};

std::string model_card(const ModelCard& card);

/// Whether `text` is a card that model_card() made, and may be replaced by another.
bool is_model_card(std::string_view text);

}  // namespace paq
