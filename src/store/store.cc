// SPDX-License-Identifier: MIT
#include "store/store.h"

#include <set>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "store/comparison_rows.h"
#include "store/merge.h"
#include "store/rows.h"
#include "store/schema.h"
#include "store/sqlite_error.h"
#include "store/store_file.h"

namespace paq {
namespace {

constexpr const char* kNow = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')";

std::string name_of(const Prompt& prompt) {
  return prompt.task + "/" + prompt.split + "/" + prompt.id;
}

// "WHERE ..." for a query; bind_query fills in its parameters.
std::string where_clause(const PromptQuery& query) {
  std::string clause;
  if (!query.tasks.empty()) {
    clause = "prompts.task IN (?";
    for (size_t i = 1; i < query.tasks.size(); ++i) clause += ", ?";
    clause += ")";
  }
  if (!query.split.empty())
    clause += (clause.empty() ? "" : " AND ") + std::string("prompts.split = ?");
  return clause.empty() ? "" : " WHERE " + clause;
}

void bind_query(SQLite::Statement& statement, const PromptQuery& query) {
  int index = 0;
  for (const std::string& task : query.tasks) statement.bind(++index, task);
  if (!query.split.empty()) statement.bind(++index, query.split);
}

// Bit width and hash of a variant.
using VariantKeys = std::set<std::pair<int, std::string>>;

}  // namespace

struct Store::Impl {
  std::filesystem::path path;
  SQLite::Database database;

  struct PromptRow {
    int64_t id;
    std::string hash;
  };

  std::optional<PromptRow> find_prompt(const std::string& task, const std::string& split,
                                       const std::string& id) {
    SQLite::Statement find(database,
                           "SELECT prompt_id, hash FROM prompts WHERE task = ? AND split = ? AND "
                           "id = ?");
    find.bind(1, task);
    find.bind(2, split);
    find.bind(3, id);
    if (!find.executeStep()) return std::nullopt;
    return PromptRow{find.getColumn(0).getInt64(), find.getColumn(1).getString()};
  }

  int64_t require_prompt(const Prompt& prompt) {
    const auto row = find_prompt(prompt.task, prompt.split, prompt.id);
    if (!row || row->hash != prompt_hash(prompt)) {
      throw Error(ErrorCode::kNotFound, "the prompt " + name_of(prompt) + " is not in " +
                                            path.string() + (row ? " with this text" : "") +
                                            "; it was changed meanwhile, run the command again");
    }
    return row->id;
  }

  int64_t add_prompt(const Prompt& prompt) {
    const std::string hash = prompt_hash(prompt);
    const auto known = find_prompt(prompt.task, prompt.split, prompt.id);
    if (known && known->hash == hash) return known->id;
    if (known) {
      for (const char* table : {"comparisons", "outcomes", "labels"}) {
        SQLite::Statement clear(database,
                                std::string("DELETE FROM ") + table + " WHERE prompt_id = ?");
        clear.bind(1, known->id);
        clear.exec();
      }
    }
    SQLite::Statement write(
        database,
        known ? "UPDATE prompts SET hash = ?1, messages = ?2, reference = ?3 WHERE prompt_id = ?4"
              : "INSERT INTO prompts (hash, messages, reference, task, split, id) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    write.bind(1, hash);
    write.bind(2, messages_column(prompt));
    write.bind(3, reference_column(prompt));
    if (known) {
      write.bind(4, known->id);
      write.exec();
      return known->id;
    }
    write.bind(4, prompt.task);
    write.bind(5, prompt.split);
    write.bind(6, prompt.id);
    write.exec();
    return database.getLastInsertRowid();
  }

  int64_t variant_id(const std::string& hash, BitWidth bits) {
    SQLite::Statement add(database,
                          "INSERT INTO variants (hash, bits) VALUES (?, ?) ON CONFLICT DO NOTHING");
    add.bind(1, hash);
    add.bind(2, bits.bits);
    add.exec();
    SQLite::Statement find(database, "SELECT variant_id FROM variants WHERE hash = ? AND bits = ?");
    find.bind(1, hash);
    find.bind(2, bits.bits);
    find.executeStep();
    return find.getColumn(0).getInt64();
  }

  void write_outcome(int64_t prompt_id, const OutcomeSource& source, const Outcome& outcome) {
    SQLite::Statement write(
        database, "REPLACE INTO outcomes (prompt_id, variant_id, settings, " + kOutcomeColumns +
                      ", recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " +
                      kNow + ")");
    write.bind(1, prompt_id);
    write.bind(2, variant_id(source.variant_hash, source.bits));
    write.bind(3, source.settings);
    bind_outcome(write, 4, outcome);
    write.exec();
  }

  // Base model of the ladder that the newest outcome's variant was last used in.
  std::string newest_base_model() {
    SQLite::Statement find(
        database,
        "SELECT base_model FROM ladders JOIN ladder_variants USING (ladder_id) WHERE variant_id = "
        "(SELECT variant_id FROM outcomes ORDER BY outcome_id DESC LIMIT 1) "
        "ORDER BY used DESC LIMIT 1");
    return find.executeStep() ? find.getColumn(0).getString() : "";
  }

  // Runs `work` inside one write transaction.
  template <typename Work>
  void write(Work&& work) {
    with_store_errors(path, [&] {
      // IMMEDIATE waits for other writers here; a read that turned into a write could not.
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      work();
      transaction.commit();
    });
  }

  // Runs `work` on one snapshot.
  template <typename Work>
  auto read(Work&& work) {
    return with_store_errors(path, [&] {
      const SQLite::Transaction snapshot(database);
      return work();
    });
  }

  // In the order of prompts(); with `keys`, only outcomes of these variants.
  std::vector<PromptOutcomes> outcomes(const PromptQuery& query, const VariantKeys* keys) {
    return read([&] {
      std::vector<PromptOutcomes> found;
      std::unordered_map<int64_t, size_t> places;
      SQLite::Statement prompts(
          database, "SELECT prompt_id, task, split, id, messages, reference FROM prompts" +
                        where_clause(query) + " ORDER BY task, prompt_id");
      bind_query(prompts, query);
      while (prompts.executeStep()) {
        places[prompts.getColumn(0).getInt64()] = found.size();
        found.push_back({read_prompt(prompts, 1), {}});
      }
      // Oldest first: a newer outcome of the same width takes the place of an older one.
      SQLite::Statement rows(
          database,
          "SELECT prompt_id, bits, variants.hash, " + kOutcomeColumns +
              " FROM outcomes JOIN variants USING (variant_id) JOIN prompts USING (prompt_id)" +
              where_clause(query) + " ORDER BY outcome_id");
      bind_query(rows, query);
      while (rows.executeStep()) {
        const BitWidth bits{rows.getColumn(1).getInt()};
        if (keys != nullptr && !keys->contains({bits.bits, rows.getColumn(2).getString()})) {
          continue;
        }
        const size_t place = places.at(rows.getColumn(0).getInt64());
        found[place].outcomes[bits] = read_outcome(rows, 3, bits);
      }
      read_comparisons(
          database, where_clause(query), [&](auto& statement) { bind_query(statement, query); },
          [&](ComparisonRow row) {
            const BitWidth bits = row.comparison.bits, reference = row.comparison.reference;
            if (keys != nullptr && (!keys->contains({bits.bits, row.variant_hash}) ||
                                    !keys->contains({reference.bits, row.reference_hash}))) {
              return;
            }
            PromptOutcomes& prompt = found[places.at(row.prompt_id)];
            // An outcome that took the place of the one that was compared may say something else.
            const auto outcome = prompt.outcomes.find(reference);
            if (outcome == prompt.outcomes.end()) return;
            if (response_hash(outcome->second) != row.response) return;
            prompt.comparisons[bits] = std::move(row.comparison);
          });
      return found;
    });
  }
};

Store Store::open(const std::filesystem::path& path, Mode mode) {
  return Store(std::make_unique<Impl>(Impl{path, open_store_file(path, mode)}));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

int Store::schema_version() { return current_schema_version(); }

const std::filesystem::path& Store::path() const { return impl_->path; }

void Store::add_prompts(std::span<const Prompt> prompts) {
  impl_->write([&] {
    for (const Prompt& prompt : prompts) impl_->add_prompt(prompt);
  });
}

std::vector<Prompt> Store::prompts(const PromptQuery& query) const {
  return impl_->read([&] {
    SQLite::Statement rows(impl_->database,
                           "SELECT task, split, id, messages, reference FROM prompts" +
                               where_clause(query) + " ORDER BY task, prompt_id");
    bind_query(rows, query);
    std::vector<Prompt> prompts;
    while (rows.executeStep()) prompts.push_back(read_prompt(rows, 0));
    return prompts;
  });
}

void Store::add_variants(const Ladder& ladder) {
  impl_->write([&] {
    SQLite::Statement add(impl_->database,
                          "INSERT INTO ladders (hash, base_model, architecture, parameters, used) "
                          "VALUES (?, ?, ?, ?, (SELECT ifnull(max(used), 0) + 1 FROM ladders)) "
                          "ON CONFLICT (hash) DO UPDATE SET used = excluded.used "
                          "RETURNING ladder_id");
    add.bind(1, ladder.hash());
    add.bind(2, ladder.base_model);
    add.bind(3, ladder.architecture);
    add.bind(4, ladder.parameters);
    add.executeStep();
    const int64_t ladder_id = add.getColumn(0).getInt64();
    add.reset();
    for (const Variant& variant : ladder.variants) {
      const int64_t variant_id = impl_->variant_id(variant.sha256, variant.bits);
      SQLite::Statement describe(
          impl_->database,
          "UPDATE variants SET type = ?, bits_per_weight = ?, file = ?, file_bytes = ?, "
          "tokenizer_hash = ? WHERE variant_id = ? AND type IS NULL");
      describe.bind(1, variant.type);
      describe.bind(2, variant.bits_per_weight);
      describe.bind(3, variant.file.string());
      describe.bind(4, variant.file_bytes);
      describe.bind(5, variant.tokenizer_hash);
      describe.bind(6, variant_id);
      describe.exec();
      SQLite::Statement link(impl_->database,
                             "INSERT INTO ladder_variants VALUES (?, ?) ON CONFLICT DO NOTHING");
      link.bind(1, ladder_id);
      link.bind(2, variant_id);
      link.exec();
    }
  });
}

std::vector<size_t> Store::replaced_by(std::span<const Prompt> prompts) const {
  return impl_->read([&] {
    SQLite::Statement has_outcome(impl_->database, "SELECT 1 FROM outcomes WHERE prompt_id = ?");
    std::vector<size_t> replaced;
    for (size_t i = 0; i < prompts.size(); ++i) {
      const Prompt& prompt = prompts[i];
      const auto row = impl_->find_prompt(prompt.task, prompt.split, prompt.id);
      if (!row || row->hash == prompt_hash(prompt)) continue;
      has_outcome.reset();
      has_outcome.bind(1, row->id);
      if (has_outcome.executeStep()) replaced.push_back(i);
    }
    return replaced;
  });
}

std::vector<size_t> Store::pending(
    std::span<const Prompt> prompts, const OutcomeSource& source,
    const std::function<bool(const OutcomeState&)>& good_enough) const {
  return impl_->read([&] {
    SQLite::Statement find(impl_->database, kFindOutcomeState);
    std::vector<size_t> missing;
    for (size_t i = 0; i < prompts.size(); ++i) {
      const auto there = find_outcome_state(find, impl_->require_prompt(prompts[i]), source);
      if (!there || (good_enough && !good_enough(*there))) missing.push_back(i);
    }
    return missing;
  });
}

std::optional<OutcomeState> Store::put_outcome(
    const Prompt& prompt, const OutcomeSource& source, const Outcome& outcome,
    const std::function<bool(const OutcomeState&)>& good_enough) {
  std::optional<OutcomeState> stays;
  impl_->write([&] {
    const int64_t prompt_id = impl_->require_prompt(prompt);
    if (good_enough) {
      SQLite::Statement find(impl_->database, kFindOutcomeState);
      stays = find_outcome_state(find, prompt_id, source);
      if (stays && good_enough(*stays)) return;
      stays.reset();
    }
    impl_->write_outcome(prompt_id, source, outcome);
  });
  return stays;
}

void Store::put_outcomes(std::span<const PromptOutcomes> prompts, const std::string& variant_hash,
                         const std::string& settings) {
  impl_->write([&] {
    for (const PromptOutcomes& item : prompts) {
      const int64_t prompt_id = impl_->add_prompt(item.prompt);
      for (const auto& [bits, outcome] : item.outcomes) {
        impl_->write_outcome(prompt_id, {bits, variant_hash, settings}, outcome);
      }
    }
  });
}

std::optional<Outcome> Store::find_outcome(const Prompt& prompt,
                                           const OutcomeSource& source) const {
  return impl_->read([&]() -> std::optional<Outcome> {
    SQLite::Statement find(
        impl_->database,
        "SELECT " + kOutcomeColumns +
            " FROM outcomes JOIN variants USING (variant_id) "
            "WHERE prompt_id = ? AND variants.hash = ? AND bits = ? AND settings = ?");
    find.bind(1, impl_->require_prompt(prompt));
    find.bind(2, source.variant_hash);
    find.bind(3, source.bits.bits);
    find.bind(4, source.settings);
    if (!find.executeStep()) return std::nullopt;
    return read_outcome(find, 0, source.bits);
  });
}

bool Store::has_comparison(const Prompt& prompt, BitWidth bits, const ComparisonSource& source,
                           bool with_divergence) const {
  return impl_->read([&] {
    return stored_comparison(impl_->database, impl_->require_prompt(prompt), bits, source,
                             with_divergence);
  });
}

bool Store::put_comparison(const Prompt& prompt, const ComparisonSource& source,
                           const Comparison& comparison) {
  bool stored = false;
  impl_->write([&] {
    const int64_t prompt_id = impl_->require_prompt(prompt);
    if (stored_comparison(impl_->database, prompt_id, comparison.bits, source,
                          comparison.divergence.has_value())) {
      return;
    }
    const OutcomeSource& reference = source.reference;
    write_comparison(impl_->database,
                     {.prompt_id = prompt_id,
                      .variant_id = impl_->variant_id(source.variant_hash, comparison.bits),
                      .reference_id = impl_->variant_id(reference.variant_hash, reference.bits),
                      .settings = reference.settings},
                     source.response, comparison);
    stored = true;
  });
  return stored;
}

MergeSummary Store::merge(const std::filesystem::path& other) {
  std::error_code ignored;
  if (std::filesystem::equivalent(impl_->path, other, ignored)) {
    throw Error(ErrorCode::kUsage,
                other.string() + " can't be merged into itself; name another store");
  }
  SQLite::Database source = open_store_file(other, Mode::kRead);
  MergeSummary summary;
  impl_->write([&] {
    const SQLite::Transaction snapshot(source);
    summary = merge_stores({impl_->database, impl_->path}, {source, other});
  });
  return summary;
}

std::vector<PromptOutcomes> Store::outcomes(const PromptQuery& query, const Ladder* ladder) const {
  if (ladder == nullptr) return impl_->outcomes(query, nullptr);
  VariantKeys keys;
  for (const Variant& variant : ladder->variants) {
    keys.emplace(variant.bits.bits, variant.sha256);
  }
  return impl_->outcomes(query, &keys);
}

std::vector<PromptOutcomes> Store::outcomes(const PromptQuery& query,
                                            const StoredLadder& ladder) const {
  const VariantKeys keys = impl_->read([&] {
    const bool imported = ladder.ladder.hash.empty();
    SQLite::Statement rows(
        impl_->database,
        std::string("SELECT bits, hash FROM variants WHERE variant_id ") +
            (imported ? "NOT IN (SELECT variant_id FROM ladder_variants)"
                      : "IN (SELECT variant_id FROM ladder_variants JOIN ladders USING (ladder_id) "
                        "WHERE ladders.hash = ?)"));
    if (!imported) rows.bind(1, ladder.ladder.hash);
    VariantKeys found;
    while (rows.executeStep()) {
      found.emplace(rows.getColumn(0).getInt(), rows.getColumn(1).getString());
    }
    return found;
  });
  return impl_->outcomes(query, &keys);
}

std::vector<StoredLadder> Store::ladders(const PromptQuery& query) const {
  return impl_->read([&] {
    // One row per ladder and width; what belongs to no ladder has NULLs there and comes last.
    SQLite::Statement rows(
        impl_->database,
        "SELECT ladders.hash, base_model, bits, count(*) FROM outcomes "
        "JOIN prompts USING (prompt_id) JOIN variants USING (variant_id) "
        "LEFT JOIN ladder_variants USING (variant_id) LEFT JOIN ladders USING (ladder_id)" +
            where_clause(query) + " GROUP BY ladder_id, bits ORDER BY used DESC NULLS LAST, bits");
    bind_query(rows, query);
    std::vector<StoredLadder> ladders;
    while (rows.executeStep()) {
      const std::string hash = rows.getColumn(0).getString();
      if (ladders.empty() || ladders.back().ladder.hash != hash) {
        ladders.push_back({.ladder = {hash, rows.getColumn(1).getString(), {}}});
      }
      ladders.back().ladder.bit_widths.push_back({rows.getColumn(2).getInt()});
      ladders.back().outcomes += rows.getColumn(3).getInt64();
    }
    return ladders;
  });
}

int64_t Store::rescore(
    const std::string& task, const std::string& scorer,
    const std::function<std::optional<double>(const Prompt&, std::string_view)>& score) {
  int64_t changed = 0;
  impl_->write([&] {
    // Collected first: what a running SELECT sees of rows that are changed under it is undefined.
    std::vector<std::pair<int64_t, double>> scores;
    SQLite::Statement rows(
        impl_->database,
        "SELECT task, split, id, messages, reference, outcome_id, response FROM outcomes JOIN "
        "prompts USING (prompt_id) JOIN variants USING (variant_id) WHERE task = ? AND scorer <> ? "
        "AND response IS NOT NULL AND variants.hash <> ?");
    rows.bind(1, task);
    rows.bind(2, scorer);
    rows.bind(3, kImportedVariant);
    while (rows.executeStep()) {
      const auto value = score(read_prompt(rows, 0), rows.getColumn(6).getString());
      if (value) scores.emplace_back(rows.getColumn(5).getInt64(), *value);
    }
    SQLite::Statement update(impl_->database,
                             "UPDATE outcomes SET score = ?, scorer = ? WHERE outcome_id = ?");
    for (const auto& [outcome, value] : scores) {
      update.reset();
      update.bind(1, value);
      update.bind(2, scorer);
      update.bind(3, outcome);
      update.exec();
      ++changed;
    }
  });
  return changed;
}

int64_t Store::outcome_count(const PromptQuery& query) const {
  return impl_->read([&] {
    SQLite::Statement count(
        impl_->database,
        "SELECT count(*) FROM outcomes JOIN prompts USING (prompt_id)" + where_clause(query));
    bind_query(count, query);
    count.executeStep();
    return count.getColumn(0).getInt64();
  });
}

std::vector<BitWidth> Store::bit_widths() const {
  return impl_->read([&] {
    SQLite::Statement rows(
        impl_->database,
        "SELECT DISTINCT bits FROM variants WHERE EXISTS (SELECT 1 FROM outcomes "
        "WHERE outcomes.variant_id = variants.variant_id) ORDER BY bits");
    std::vector<BitWidth> widths;
    while (rows.executeStep()) widths.push_back({rows.getColumn(0).getInt()});
    return widths;
  });
}

std::string Store::base_model() const {
  return impl_->read([&] { return impl_->newest_base_model(); });
}

int64_t Store::begin_run(const std::string& command, const std::string& config_json) {
  int64_t run = 0;
  impl_->write([&] {
    SQLite::Statement add(impl_->database,
                          std::string("INSERT INTO runs (command, config, started_at) "
                                      "VALUES (?, ?, ") +
                              kNow + ")");
    add.bind(1, command);
    add.bind(2, config_json);
    add.exec();
    run = impl_->database.getLastInsertRowid();
  });
  return run;
}

void Store::end_run(int64_t run, const std::string& result_json) {
  impl_->write([&] {
    SQLite::Statement end(
        impl_->database,
        std::string("UPDATE runs SET result = ?, finished_at = ") + kNow + " WHERE run_id = ?");
    end.bind(1, result_json);
    end.bind(2, run);
    end.exec();
  });
}

std::vector<std::string> Store::run_configs(const std::string& command) const {
  return impl_->read([&] {
    SQLite::Statement find(impl_->database,
                           "SELECT config FROM runs WHERE command = ? ORDER BY run_id");
    find.bind(1, command);
    std::vector<std::string> configs;
    while (find.executeStep()) configs.push_back(find.getColumn(0).getString());
    return configs;
  });
}

std::vector<FinishedRun> Store::finished_runs() const {
  return impl_->read([&] {
    SQLite::Statement find(impl_->database,
                           "SELECT run_id, command, ifnull(finished_at, '') FROM runs "
                           "WHERE result IS NOT NULL ORDER BY run_id");
    std::vector<FinishedRun> runs;
    while (find.executeStep()) {
      runs.push_back({find.getColumn(0).getInt64(), find.getColumn(1).getString(),
                      find.getColumn(2).getString()});
    }
    return runs;
  });
}

std::optional<std::string> Store::run_result(int64_t run) const {
  return impl_->read([&] {
    SQLite::Statement find(impl_->database,
                           "SELECT result FROM runs WHERE run_id = ? AND result IS NOT NULL");
    find.bind(1, run);
    std::optional<std::string> result;
    if (find.executeStep()) result = find.getColumn(0).getString();
    return result;
  });
}

}  // namespace paq
