// SPDX-License-Identifier: MIT
#include "train/model_card.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "train/training_json.h"

namespace paq {
namespace {

constexpr std::string_view kMark = "<!-- paq model card 1 -->";

std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));
std::string format(const char* pattern, ...) {
  char text[512];
  va_list values;
  va_start(values, pattern);
  std::vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + cell + " |";
  return text + "\n";
}

std::string rule(size_t columns) {
  std::string text = "|";
  for (size_t i = 0; i < columns; ++i) text += "---|";
  return text + "\n";
}

// A table's heading: `first`, then one column per width.
std::vector<std::string> by_width(const std::string& first, std::span<const BitWidth> widths) {
  std::vector<std::string> cells = {first};
  for (const BitWidth width : widths) cells.push_back(to_string(width) + "-bit");
  return cells;
}

std::vector<std::string> counts_row(const std::string& name, std::span<const int64_t> counts) {
  std::vector<std::string> cells = {name};
  for (const int64_t count : counts) cells.push_back(std::to_string(count));
  return cells;
}

// Names from stores and folders may hold anything; a cell must stay one, and text must stay text.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      result += ' ';
      continue;
    }
    if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string what_it_is(const ModelCard& card) {
  const RouterMetadata& metadata = card.metadata;
  std::string text = "# " + escaped(card.file) + "\n\n";
  text += "A router of paq's: for a prompt it says how likely each of the bit widths " +
          to_string(std::span<const BitWidth>(metadata.bit_widths)) +
          " is the smallest that is good enough. It answers nothing itself.\n\n";
  text += "| | |\n|---|---|\n";
  text += row({"made for", metadata.base_model.empty() ? "outcomes that were imported"
                                                       : escaped(metadata.base_model)});
  if (!metadata.ladder_hash.empty()) text += row({"ladder", "`" + metadata.ladder_hash + "`"});
  text += row({"labels", escaped(metadata.label_mode) + format(", threshold %g", metadata.tau)});
  text +=
      row({"weights", card.options.base ? "started from " + escaped(card.options.base->name) +
                                              " (`" + card.options.base->hash + "`)"
                                        : std::string("trained from nothing, size ") +
                                              std::string(router_size_name(card.options.size))});
  text += row({"parameters", std::to_string(card.report.parameters)});
  text += row({"context", std::to_string(card.options.context_tokens) + " tokens"});
  text += row({"training data", "`" + metadata.training_data_hash + "`"});
  return text;
}

std::string trained_on(const ModelCard& card) {
  const TrainReport& report = card.report;
  const std::span<const BitWidth> widths = card.metadata.bit_widths;
  std::string text = "\n## What it was trained on\n\n| task | labelled prompts |\n|---|---|\n";
  for (const auto& [task, count] : report.tasks) {
    text += row({escaped(task), std::to_string(count)});
  }
  text += "\n" + row(by_width("prompts whose label is", widths)) + rule(widths.size() + 1);
  text += row(counts_row("labelled", report.labelled));
  text += row(counts_row("trained on, after balancing", report.training));
  text += row(counts_row("validation", report.validation));
  text += format("\n%lld more fitted the calibration, %zu chose nothing.",
                 static_cast<long long>(report.calibration_prompts), report.held_out.labels.size());
  text += format(
      " Left out: %lld for want of an outcome, %lld that share a text or a passage with the test "
      "set.\n",
      static_cast<long long>(card.unlabelled), static_cast<long long>(card.left_out));
  text += format(
      "\n%lld prompts were longer than the context; %lld tokens were dropped from their middles "
      "(%lld were trained on per epoch).\n",
      static_cast<long long>(report.cut_prompts), static_cast<long long>(report.dropped_tokens),
      static_cast<long long>(report.training_tokens));
  return text;
}

std::string how_good(const ModelCard& card) {
  const TrainReport& report = card.report;
  const std::span<const BitWidth> widths = card.metadata.bit_widths;
  const EpochReport& best = report.epochs.at(static_cast<size_t>(report.best_epoch));
  const int64_t validation =
      std::accumulate(report.validation.begin(), report.validation.end(), int64_t{0});
  std::string text = "\n## How good it is\n\n";
  text += format(
      "It agrees with the labels of %.1f %% of the %lld validation prompts; always the commonest "
      "label would with %.1f %%. Its epoch was chosen on these prompts, so take it as slightly "
      "optimistic.\n\n",
      100 * best.validation_accuracy, static_cast<long long>(validation),
      100 * report.majority_baseline);
  text += "| epoch | training loss | validation loss | validation accuracy |\n|---|---|---|---|\n";
  for (size_t e = 0; e < report.epochs.size(); ++e) {
    const EpochReport& epoch = report.epochs[e];
    const bool kept = static_cast<int>(e) == report.best_epoch;
    text +=
        row({std::to_string(e + 1) + (kept ? " (kept)" : ""), format("%.4f", epoch.training_loss),
             format("%.4f", epoch.validation_loss), format("%.4f", epoch.validation_accuracy)});
  }
  text += "\nValidation prompts by label and decision:\n\n" +
          row(by_width("label, routed to", widths)) + rule(widths.size() + 1);
  for (size_t k = 0; k < widths.size(); ++k) {
    text += row(counts_row(to_string(widths[k]) + "-bit", report.confusion.at(k)));
  }
  return text;
}

std::string calibration_of(const ModelCard& card) {
  const TrainReport& report = card.report;
  std::string text = "\n## Calibration\n\n";
  text += std::string(calibration_method_name(report.calibration.method)) +
          format(", temperature %.3f", report.calibration.temperature);
  for (size_t k = 0; k < report.calibration.maps.size(); ++k) {
    text +=
        format("%s %zu", k == 0 ? "; points per map:" : ",", report.calibration.maps[k].x.size());
  }
  text += ".";
  if (report.held_out.labels.empty()) {
    return text + " No prompts were kept to see how good it is.\n";
  }
  text += format(
      " On %zu prompts that neither training nor calibration saw:\n\n"
      "| | loss | error of P(a width is adequate) |\n|---|---|---|\n",
      report.held_out.labels.size());
  text +=
      row({"as it comes", format("%.4f", report.plain.loss), format("%.4f", report.plain.error)});
  text += row({"calibrated", format("%.4f", report.calibrated.loss),
               format("%.4f", report.calibrated.error)});
  return text;
}

std::string settings_of(const ModelCard& card) {
  std::string text = "\n## Settings\n\n| | |\n|---|---|\n";
  const auto settings = nlohmann::ordered_json::parse(settings_json(card.options));
  for (const auto& [name, value] : settings.items()) {
    text +=
        row({escaped(name), escaped(value.is_string() ? value.get<std::string>() : value.dump())});
  }
  text += format("\nTrained on %s in %.0f s.\n",
                 std::string(device_name(card.report.device)).c_str(), card.report.seconds);
  return text;
}

std::string limits(const ModelCard& card) {
  std::string text = "\n## Limits\n\n";
  text +=
      "- It knows the ladder that its outcomes came from: other weights, other quantisation, "
      "another chat template need a router of their own.\n"
      "- It has learnt from the tasks above. Of prompts unlike them it may say anything, and its "
      "probabilities are calibrated for none but these.\n"
      "- It judges the prompt, not the answer: what it calls adequate is so by its labels, on "
      "average.\n";
  if (card.report.calibration.method == CalibrationMethod::kNone) {
    text += "- Its probabilities are not calibrated: read their order, not their size.\n";
  }
  const auto missing = std::count(card.report.training.begin(), card.report.training.end(), 0);
  if (missing > 0) {
    text += format("- %lld of the widths had no training prompt: it never learnt to choose them.\n",
                   static_cast<long long>(missing));
  }
  return text;
}

}  // namespace

std::string model_card(const ModelCard& card) {
  return std::string(kMark) + "\n" + what_it_is(card) + trained_on(card) + how_good(card) +
         calibration_of(card) + settings_of(card) + limits(card);
}

bool is_model_card(std::string_view text) { return text.starts_with("<!-- paq model card "); }

}  // namespace paq
