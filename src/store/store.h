// SPDX-License-Identifier: MIT
// The SQLite file that holds prompts, variants, outcomes and runs.
//
// Every write is a transaction; a killed process loses at most the outcomes it was working on and
// doubles nothing. Several processes may read while one writes. docs/store.md has the schema and
// says what a power cut can cost.
//
// It knows nothing of models, scorers or labels: it keeps what it is given.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ladder.h"
#include "core/outcome.h"
#include "core/prompt.h"

namespace paq {

/// Stands for a variant's hash, and names the ladder, where outcomes were measured elsewhere.
inline constexpr const char* kImportedVariant = "imported";

/// What an outcome belongs to besides its prompt. A change in any of them makes it another outcome.
struct OutcomeSource {
  BitWidth bits;
  std::string variant_hash;  ///< SHA-256 of the variant's file; kImportedVariant otherwise.
  std::string settings;      ///< engine's settings_fingerprint().
};

/// What a comparison belongs to besides its prompt and the bit width of the variant that rates.
struct ComparisonSource {
  std::string variant_hash;  ///< SHA-256 of that variant's file.
  OutcomeSource reference;   ///< Of the outcome whose response is rated.
  std::string response;      ///< response_hash() of that outcome.
};

/// What of a stored outcome tells whether it has to be measured again.
struct OutcomeState {
  int concurrency = 1;
  std::optional<FinishReason> finish;
  std::optional<int> prompt_tokens, tokens;
  std::optional<double> perplexity;
};

struct PromptQuery {
  std::vector<std::string> tasks;  ///< Empty: all.
  std::string split;               ///< Empty: all.
};

/// A run that has a result.
struct FinishedRun {
  int64_t id = 0;
  std::string command;
  std::string finished_at;  ///< UTC, ISO 8601.
};

/// A ladder that the store has outcomes of. All outcomes whose variants belong to no recorded
/// ladder, imported ones above all, count as one ladder, whose hash is empty.
struct StoredLadder {
  LadderIdentity ladder;  ///< `bit_widths`: those with outcomes.
  int64_t outcomes = 0;   ///< Of a variant in several ladders in each of them.
};

/// What merging a store into another did.
struct MergeSummary {
  int64_t prompts = 0, outcomes = 0, comparisons = 0;  ///< Added.
  int64_t already_there = 0;  ///< Outcomes that both have with the same response.
  int64_t different = 0;      ///< Outcomes that both have with different responses.
  /// Outcomes of this one that gave way: cut short by its context, or without a perplexity.
  int64_t replaced = 0;
};

/// Not thread-safe: one thread owns a store. Every member may throw Error: kNoSpace, kIo, kBusy
/// (after ten seconds of waiting for another writer), kBadFile (the file is damaged).
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

  const std::filesystem::path& path() const;

  /// Adds what is not there, all or nothing. A prompt whose text or reference changed replaces the
  /// old one in its place, and the outcomes of the old one go. Throws Error(kUsage) for
  /// a text that is not UTF-8.
  void add_prompts(std::span<const Prompt> prompts);

  /// Ordered by task, then by the order they were added in.
  std::vector<Prompt> prompts(const PromptQuery& query) const;

  /// Records the variants of a ladder; known hashes are left as they are.
  void add_variants(const Ladder& ladder);

  /// Indexes into `prompts`, ascending, of those that the store has with another text or reference
  /// and with outcomes, which add_prompts() would discard.
  std::vector<size_t> replaced_by(std::span<const Prompt> prompts) const;

  /// Indexes into `prompts`, ascending, that have no outcome of `source` yet, or one that is not
  /// `good_enough` (empty: all are). Throws Error(kNotFound) for a prompt that is not in the store
  /// as it is given.
  std::vector<size_t> pending(
      std::span<const Prompt> prompts, const OutcomeSource& source,
      const std::function<bool(const OutcomeState&)>& good_enough = nullptr) const;

  /// Stores one outcome in a transaction of its own, in place of one of the same prompt and source.
  /// But where that one is `good_enough` (empty: none is) it stays and is returned, also where
  /// another process has stored it a moment ago. The variant need not have been added. Throws
  /// Error(kNotFound) for a prompt that is not in the store as it is given.
  std::optional<OutcomeState> put_outcome(
      const Prompt& prompt, const OutcomeSource& source, const Outcome& outcome,
      const std::function<bool(const OutcomeState&)>& good_enough = nullptr);

  /// Adds prompts as add_prompts() does and stores their outcomes, all in one transaction; the
  /// bit widths are the outcomes' own, `variant_hash` and `settings` are the same for all.
  void put_outcomes(std::span<const PromptOutcomes> prompts, const std::string& variant_hash,
                    const std::string& settings);

  /// The outcome of a prompt and source; nullopt where there is none. Throws Error(kNotFound) for a
  /// prompt that is not in the store as it is given.
  std::optional<Outcome> find_outcome(const Prompt& prompt, const OutcomeSource& source) const;

  /// Whether the prompt has a comparison of `bits` and `source`, one that has a divergence where
  /// `with_divergence`. Throws likewise.
  bool has_comparison(const Prompt& prompt, BitWidth bits, const ComparisonSource& source,
                      bool with_divergence) const;

  /// Stores one comparison in a transaction of its own, in place of one of the same prompt, variant
  /// and reference. But where that one is of the same response, and has a divergence or this one
  /// has none, it stays, and false is returned. Throws likewise.
  bool put_comparison(const Prompt& prompt, const ComparisonSource& source,
                      const Comparison& comparison);

  /// Copies what another store has and this one has not: prompts, variants, outcomes, comparisons
  /// and runs, all in one transaction. Of an outcome that both have (same prompt, variant and
  /// settings), this store's stays, unless it was cut and the other one goes on, or the same
  /// response has a perplexity there and none here; of a comparison likewise, unless it has no
  /// divergence and the other one has. Doing it again changes nothing. Throws Error(kMismatch),
  /// with nothing merged, where both have a prompt's id with another text or reference; what open()
  /// throws for the other one; Error(kUsage) where that is this one.
  MergeSummary merge(const std::filesystem::path& other);

  /// Every prompt of the query in the order of prompts(), with its outcomes (none for some,
  /// perhaps) and the comparisons that rate the response which the outcome of its width has. With a
  /// ladder, only outcomes of its variants count. Where a width still has several (of other
  /// variants or settings), the newest is taken; of comparisons with several references, that with
  /// the largest.
  std::vector<PromptOutcomes> outcomes(const PromptQuery& query,
                                       const Ladder* ladder = nullptr) const;
  /// The same for a ladder that ladders() has given.
  std::vector<PromptOutcomes> outcomes(const PromptQuery& query, const StoredLadder& ladder) const;

  /// The ladders with outcomes of the query's prompts, the one used last first, imported outcomes
  /// at the end. store/ladder_choice.h chooses among them.
  std::vector<StoredLadder> ladders(const PromptQuery& query) const;

  /// Scores stored responses anew after a scorer has changed: sets the score of every outcome of
  /// `task` that has a response, was measured here and carries another scorer's name, and that
  /// scorer's name with it. Where `score` gives nullopt, both stay. Returns how many changed; all
  /// of them or, on an error, none.
  int64_t rescore(
      const std::string& task, const std::string& scorer,
      const std::function<std::optional<double>(const Prompt&, std::string_view)>& score);

  /// Outcomes there are of the query's prompts, of all variants and settings.
  int64_t outcome_count(const PromptQuery& query = {}) const;

  /// Widths for which there are outcomes, ascending.
  std::vector<BitWidth> bit_widths() const;

  /// Base model of the ladder that the newest outcome comes from; empty where there is none or it
  /// was imported.
  std::string base_model() const;

  /// Opens a record of a run (command, configuration as JSON) and returns its id.
  int64_t begin_run(const std::string& command, const std::string& config_json);
  /// Closes it with its result as JSON.
  void end_run(int64_t run, const std::string& result_json);

  /// Configurations of a command's runs, finished or not, the oldest first.
  std::vector<std::string> run_configs(const std::string& command) const;
  /// Every finished run, the oldest first.
  std::vector<FinishedRun> finished_runs() const;
  /// Result of a run; nullopt where there is no such run or it is not finished.
  std::optional<std::string> run_result(int64_t run) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace paq
