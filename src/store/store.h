// SPDX-License-Identifier: MIT
// The SQLite file that holds prompts, variants, outcomes, labels and runs.
//
// WAL; every write is a transaction; a killed process loses at most the outcome it was working on
// and doubles nothing. Several processes may read while one writes. docs/store.md has the schema.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ladder.h"
#include "core/outcome.h"
#include "core/prompt.h"

namespace paq {

/// What an outcome belongs to besides its prompt. A change in any of them makes it another outcome.
struct OutcomeSource {
  BitWidth bits;
  std::string variant_hash;  ///< SHA-256 of the variant's file; "imported" for foreign outcomes.
  std::string settings;      ///< engine's settings_fingerprint().
};

struct PromptQuery {
  std::vector<std::string> tasks;  ///< Empty: all.
  std::string split;               ///< Empty: all.
};

struct LabelRow {
  std::string task, split, id;
  BitWidth bits;
};

/// Not thread-safe: one thread owns a store.
class Store {
 public:
  enum class Mode {
    kRead,   ///< The file must exist.
    kWrite,  ///< Created where absent; migrated where older.
  };

  /// Throws Error: kNotFound, kBadFile (no SQLite, or not paq's), kMismatch (newer schema, names
  /// both versions), kIo (not writable), kBusy, kNoSpace.
  static Store open(const std::filesystem::path& path, Mode mode);
  ~Store();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  static int schema_version();

  /// Adds what is not there. A prompt whose text or reference changed replaces the old one, and the
  /// outcomes of the old one go.
  void add_prompts(std::span<const Prompt> prompts);

  /// Ordered by task, then by the order they were added in.
  std::vector<Prompt> prompts(const PromptQuery& query) const;

  /// Records the variants of a ladder; known hashes are left as they are.
  void add_variants(const Ladder& ladder);

  /// Indexes into `prompts` that have no outcome of `source` yet. `prompts` must be in the store.
  /// With `concurrency`, an outcome timed at another concurrency counts as missing.
  std::vector<size_t> pending(std::span<const Prompt> prompts, const OutcomeSource& source,
                              std::optional<int> concurrency) const;

  /// Stores one outcome in a transaction of its own, replacing one of the same prompt and source.
  void put_outcome(const Prompt& prompt, const OutcomeSource& source, const Outcome& outcome);

  /// Prompts with their outcomes, in the order of prompts(). Where a width has outcomes of several
  /// variants or settings, those of `ladder` are taken; without a ladder the newest.
  std::vector<PromptOutcomes> outcomes(const PromptQuery& query,
                                       const Ladder* ladder = nullptr) const;

  /// Widths for which there are outcomes, ascending.
  std::vector<BitWidth> bit_widths() const;

  /// Base model and hash of the ladder whose outcomes are newest; empty where imported.
  std::string base_model() const;
  std::string ladder_hash() const;

  /// Replaces the labels of (tau, mode).
  void put_labels(double tau, const std::string& mode, std::span<const LabelRow> labels);

  /// Opens a record of a run (command, configuration as JSON) and returns its id.
  int64_t begin_run(const std::string& command, const std::string& config_json);
  /// Closes it with its result as JSON.
  void end_run(int64_t run, const std::string& result_json);

  /// Result of the newest finished run of a command; nullopt where there is none.
  std::optional<std::string> last_result(const std::string& command) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace paq
