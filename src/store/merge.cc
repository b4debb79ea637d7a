// SPDX-License-Identifier: MIT
#include "store/merge.h"

#include <sqlite3.h>

#include <string>
#include <unordered_map>

#include "core/error.h"
#include "store/rows.h"
#include "store/sqlite_error.h"

namespace paq {
namespace {

using Ids = std::unordered_map<int64_t, int64_t>;  // Of the source, to those of the target.

// Any value as it is, without going through C++ types.
void bind_column(SQLite::Statement& statement, int index, const SQLite::Column& column) {
  switch (column.getType()) {
    case SQLITE_INTEGER:
      return statement.bind(index, column.getInt64());
    case SQLITE_FLOAT:
      return statement.bind(index, column.getDouble());
    case SQLITE_TEXT:
      return statement.bind(index, column.getString());  // With the NULs that may be in it.
    case SQLITE_BLOB: {
      const void* bytes = column.getBlob();  // Null for no bytes, which would be bound as NULL.
      return statement.bind(index, bytes != nullptr ? bytes : "", column.getBytes());
    }
    default:
      return statement.bind(index);
  }
}

class Merger {
 public:
  Merger(const MergeSide& target, const MergeSide& source) : target_(target), source_(source) {}

  MergeSummary run() {
    merge_prompts();
    merge_variants();
    merge_ladders();
    merge_outcomes();
    merge_comparisons();
    merge_runs();
    return summary_;
  }

 private:
  // What reading throws names the source.
  bool next(SQLite::Statement& rows) {
    return with_store_errors(source_.path, [&] { return rows.executeStep(); });
  }

  void merge_prompts() {
    SQLite::Statement rows(source_.database,
                           "SELECT prompt_id, task, split, id, hash, messages, reference "
                           "FROM prompts ORDER BY prompt_id");
    SQLite::Statement find(target_.database,
                           "SELECT prompt_id, hash FROM prompts WHERE task = ? AND split = ? AND "
                           "id = ?");
    SQLite::Statement add(target_.database,
                          "INSERT INTO prompts (task, split, id, hash, messages, reference) "
                          "VALUES (?, ?, ?, ?, ?, ?)");
    int64_t clashes = 0;
    std::string first;
    while (next(rows)) {
      find.reset();
      for (int i = 1; i <= 3; ++i) bind_column(find, i, rows.getColumn(i));
      int64_t& id = prompts_[rows.getColumn(0).getInt64()];
      if (find.executeStep()) {
        id = find.getColumn(0).getInt64();
        if (find.getColumn(1).getString() != rows.getColumn(4).getString() && clashes++ == 0) {
          first = rows.getColumn(1).getString() + "/" + rows.getColumn(2).getString() + "/" +
                  rows.getColumn(3).getString();
        }
        continue;
      }
      add.reset();
      for (int i = 1; i <= 6; ++i) bind_column(add, i, rows.getColumn(i));
      add.exec();
      id = target_.database.getLastInsertRowid();
      ++summary_.prompts;
    }
    if (clashes > 0) {
      throw Error(ErrorCode::kMismatch,
                  source_.path.string() + " has " + std::to_string(clashes) +
                      " prompts with another text or reference than " + target_.path.string() +
                      " (" + first +
                      " first); nothing of it was merged, merge it into a store of its own or "
                      "label again with ids that differ");
    }
  }

  void merge_variants() {
    SQLite::Statement rows(source_.database,
                           "SELECT variant_id, hash, bits, type, bits_per_weight, file, "
                           "file_bytes, tokenizer_hash FROM variants ORDER BY variant_id");
    // A variant that was met in outcomes alone has no description until its ladder is.
    SQLite::Statement add(target_.database,
                          "INSERT INTO variants (hash, bits, type, bits_per_weight, file, "
                          "file_bytes, tokenizer_hash) VALUES (?, ?, ?, ?, ?, ?, ?) "
                          "ON CONFLICT (hash, bits) DO UPDATE SET type = excluded.type, "
                          "bits_per_weight = excluded.bits_per_weight, file = excluded.file, "
                          "file_bytes = excluded.file_bytes, "
                          "tokenizer_hash = excluded.tokenizer_hash WHERE type IS NULL");
    SQLite::Statement find(target_.database,
                           "SELECT variant_id FROM variants WHERE hash = ? AND bits = ?");
    while (next(rows)) {
      add.reset();
      find.reset();
      for (int i = 1; i <= 7; ++i) bind_column(add, i, rows.getColumn(i));
      for (int i = 1; i <= 2; ++i) bind_column(find, i, rows.getColumn(i));
      add.exec();
      find.executeStep();
      variants_[rows.getColumn(0).getInt64()] = find.getColumn(0).getInt64();
    }
  }

  void merge_ladders() {
    SQLite::Statement rows(source_.database,
                           "SELECT ladder_id, hash, base_model, architecture, parameters "
                           "FROM ladders ORDER BY used");
    SQLite::Statement add(target_.database,
                          "INSERT INTO ladders (hash, base_model, architecture, parameters, used) "
                          "VALUES (?, ?, ?, ?, (SELECT ifnull(max(used), 0) + 1 FROM ladders)) "
                          "ON CONFLICT (hash) DO NOTHING");
    SQLite::Statement find(target_.database, "SELECT ladder_id FROM ladders WHERE hash = ?");
    Ids ladders;
    while (next(rows)) {
      add.reset();
      find.reset();
      for (int i = 1; i <= 4; ++i) bind_column(add, i, rows.getColumn(i));
      add.exec();
      bind_column(find, 1, rows.getColumn(1));
      find.executeStep();
      ladders[rows.getColumn(0).getInt64()] = find.getColumn(0).getInt64();
    }
    SQLite::Statement links(source_.database, "SELECT ladder_id, variant_id FROM ladder_variants");
    SQLite::Statement link(target_.database,
                           "INSERT INTO ladder_variants VALUES (?, ?) ON CONFLICT DO NOTHING");
    while (next(links)) {
      link.reset();
      link.bind(1, ladders.at(links.getColumn(0).getInt64()));
      link.bind(2, variants_.at(links.getColumn(1).getInt64()));
      link.exec();
    }
  }

  void merge_outcomes() {
    SQLite::Statement rows(source_.database, "SELECT prompt_id, variant_id, settings, " +
                                                 kOutcomeColumns +
                                                 ", recorded_at FROM outcomes ORDER BY outcome_id");
    // Under the same settings an answer is cut shorter than another only by a shorter context. A
    // server without log-probabilities gives the text alone.
    SQLite::Statement find(
        target_.database,
        "SELECT response IS ?4 AND (token_ids IS ?5 OR token_ids IS NULL OR ?5 IS NULL), "
        "finish = 'length' AND tokens < ?6, perplexity IS NULL AND ?7 IS NOT NULL "
        "FROM outcomes WHERE prompt_id = ?1 AND variant_id = ?2 AND settings = ?3");
    SQLite::Statement add(
        target_.database,
        "REPLACE INTO outcomes (prompt_id, variant_id, settings, " + kOutcomeColumns +
            ", recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    while (next(rows)) {
      const int64_t prompt = prompts_.at(rows.getColumn(0).getInt64());
      const int64_t variant = variants_.at(rows.getColumn(1).getInt64());
      find.reset();
      find.bind(1, prompt);
      find.bind(2, variant);
      bind_column(find, 3, rows.getColumn(2));
      bind_column(find, 4, rows.getColumn(10));
      bind_column(find, 5, rows.getColumn(12));
      bind_column(find, 6, rows.getColumn(8));
      bind_column(find, 7, rows.getColumn(4));
      const bool there = find.executeStep();
      if (there) {
        const auto holds = [&](int column) { return find.getColumn(column).getInt() == 1; };
        const bool same = holds(0), cut = holds(1), bare = holds(2);  // NULL is none of them.
        if (same ? !bare : !cut) {
          ++(same ? summary_.already_there : summary_.different);
          continue;
        }
      }
      find.reset();
      add.reset();
      add.bind(1, prompt);
      add.bind(2, variant);
      for (int i = 2; i <= 15; ++i) bind_column(add, i + 1, rows.getColumn(i));
      add.exec();
      ++(there ? summary_.replaced : summary_.outcomes);
    }
  }

  void merge_comparisons() {
    SQLite::Statement rows(
        source_.database,
        "SELECT prompt_id, variant_id, reference_id, settings, response, tokens, logprob, "
        "reference_logprob, divergence, agreement, lumped, logprobs, recorded_at "
        "FROM comparisons ORDER BY comparison_id");
    SQLite::Statement find_outcome(target_.database,
                                   "SELECT " + kOutcomeColumns +
                                       " FROM outcomes WHERE prompt_id = ? AND variant_id = ? AND "
                                       "settings = ?");
    SQLite::Statement find(target_.database,
                           "SELECT response, divergence IS NULL FROM comparisons WHERE prompt_id = "
                           "?1 AND variant_id = ?2 AND reference_id = ?3 AND settings = ?4");
    SQLite::Statement add(
        target_.database,
        "REPLACE INTO comparisons (prompt_id, variant_id, reference_id, settings, response, "
        "tokens, "
        "logprob, reference_logprob, divergence, agreement, lumped, logprobs, recorded_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    while (next(rows)) {
      const int64_t prompt = prompts_.at(rows.getColumn(0).getInt64());
      const int64_t variant = variants_.at(rows.getColumn(1).getInt64());
      const int64_t reference = variants_.at(rows.getColumn(2).getInt64());
      const std::string settings = rows.getColumn(3).getString();
      const std::string response = rows.getColumn(4).getString();
      if (response != response_of(find_outcome, prompt, reference, settings)) continue;
      find.reset();
      find.bind(1, prompt);
      find.bind(2, variant);
      find.bind(3, reference);
      find.bind(4, settings);
      const bool there = find.executeStep() && find.getColumn(0).getString() == response;
      const bool lacks_more = there && find.getColumn(1).getInt() == 1;
      find.reset();
      if (there && (!lacks_more || rows.getColumn(8).isNull())) continue;
      add.reset();
      add.bind(1, prompt);
      add.bind(2, variant);
      add.bind(3, reference);
      for (int i = 3; i <= 12; ++i) bind_column(add, i + 1, rows.getColumn(i));
      summary_.comparisons += add.exec();
    }
  }

  // response_hash() of the outcome that `find` finds in the target; empty where there is none.
  static std::string response_of(SQLite::Statement& find, int64_t prompt, int64_t variant,
                                 const std::string& settings) {
    find.reset();
    find.bind(1, prompt);
    find.bind(2, variant);
    find.bind(3, settings);
    return find.executeStep() ? response_hash(read_outcome(find, 0, {})) : "";
  }

  // A run that was still going, or was killed, has no result; it may have got one since.
  void merge_runs() {
    SQLite::Statement rows(source_.database,
                           "SELECT command, config, result, started_at, finished_at FROM runs "
                           "ORDER BY run_id");
    SQLite::Statement finish(target_.database,
                             "UPDATE runs SET result = ?3, finished_at = ?5 WHERE run_id = "
                             "(SELECT run_id FROM runs WHERE command = ?1 AND config = ?2 AND "
                             "started_at = ?4 AND result IS NULL AND ?3 IS NOT NULL LIMIT 1)");
    SQLite::Statement add(
        target_.database,
        "INSERT INTO runs (command, config, result, started_at, finished_at) "
        "SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM runs WHERE command = ?1 AND "
        "config = ?2 AND started_at = ?4 AND (result IS ?3 AND finished_at IS ?5 OR ?3 IS NULL))");
    while (next(rows)) {
      for (SQLite::Statement* statement : {&finish, &add}) {
        statement->reset();
        for (int i = 0; i < 5; ++i) bind_column(*statement, i + 1, rows.getColumn(i));
      }
      if (finish.exec() == 0) add.exec();
    }
  }

  const MergeSide& target_;
  const MergeSide& source_;
  Ids prompts_, variants_;
  MergeSummary summary_;
};

}  // namespace

MergeSummary merge_stores(const MergeSide& target, const MergeSide& source) {
  return Merger(target, source).run();
}

}  // namespace paq
