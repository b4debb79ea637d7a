// SPDX-License-Identifier: MIT
#include "store/comparison_rows.h"

#include <utility>

#include "store/numbers.h"

namespace paq {
namespace {

void bind_optional(SQLite::Statement& statement, int index, std::optional<double> value) {
  if (value) {
    statement.bind(index, *value);
  } else {
    statement.bind(index);
  }
}

std::optional<double> optional_double(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(column.getDouble());
}

}  // namespace

void write_comparison(SQLite::Database& database, const ComparisonKey& key,
                      const std::string& response, const Comparison& comparison) {
  SQLite::Statement write(
      database,
      "REPLACE INTO comparisons (prompt_id, variant_id, reference_id, settings, response, tokens, "
      "logprob, reference_logprob, divergence, agreement, lumped, logprobs, recorded_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))");
  write.bind(1, key.prompt_id);
  write.bind(2, key.variant_id);
  write.bind(3, key.reference_id);
  write.bind(4, key.settings);
  write.bind(5, response);
  write.bind(6, comparison.tokens);
  write.bind(7, comparison.logprob);
  write.bind(8, comparison.reference_logprob);
  bind_optional(write, 9, comparison.divergence);
  bind_optional(write, 10, comparison.agreement);
  bind_optional(write, 11, comparison.lumped);
  const std::string bytes = encode_halves(comparison.logprobs);
  write.bind(12, bytes.data(), static_cast<int>(bytes.size()));
  write.exec();
}

bool stored_comparison(SQLite::Database& database, int64_t prompt_id, BitWidth bits,
                       const ComparisonSource& source, bool with_divergence) {
  SQLite::Statement find(
      database,
      "SELECT divergence IS NOT NULL FROM comparisons "
      "JOIN variants AS rating ON rating.variant_id = comparisons.variant_id "
      "JOIN variants AS reference ON reference.variant_id = comparisons.reference_id "
      "WHERE prompt_id = ? AND rating.hash = ? AND rating.bits = ? AND reference.hash = ? "
      "AND reference.bits = ? AND settings = ? AND response = ?");
  find.bind(1, prompt_id);
  find.bind(2, source.variant_hash);
  find.bind(3, bits.bits);
  find.bind(4, source.reference.variant_hash);
  find.bind(5, source.reference.bits.bits);
  find.bind(6, source.reference.settings);
  find.bind(7, source.response);
  return find.executeStep() && (!with_divergence || find.getColumn(0).getInt() == 1);
}

void read_comparisons(SQLite::Database& database, const std::string& where,
                      const std::function<void(SQLite::Statement&)>& bind,
                      const std::function<void(ComparisonRow)>& take) {
  SQLite::Statement rows(
      database,
      "SELECT comparisons.prompt_id, rating.bits, rating.hash, reference.bits, reference.hash, "
      "comparisons.response, comparisons.tokens, logprob, reference_logprob, divergence, "
      "agreement, lumped, comparisons.logprobs FROM comparisons "
      "JOIN prompts USING (prompt_id) "
      "JOIN variants AS rating ON rating.variant_id = comparisons.variant_id "
      "JOIN variants AS reference ON reference.variant_id = comparisons.reference_id "
      "JOIN outcomes ON outcomes.prompt_id = comparisons.prompt_id "
      "AND outcomes.variant_id = comparisons.reference_id "
      "AND outcomes.settings = comparisons.settings" +
          where + " ORDER BY reference.bits, outcome_id");
  bind(rows);
  while (rows.executeStep()) {
    ComparisonRow row;
    row.prompt_id = rows.getColumn(0).getInt64();
    row.variant_hash = rows.getColumn(2).getString();
    row.reference_hash = rows.getColumn(4).getString();
    row.response = rows.getColumn(5).getString();
    Comparison& comparison = row.comparison;
    comparison.bits = {rows.getColumn(1).getInt()};
    comparison.reference = {rows.getColumn(3).getInt()};
    comparison.tokens = rows.getColumn(6).getInt();
    comparison.logprob = rows.getColumn(7).getDouble();
    comparison.reference_logprob = rows.getColumn(8).getDouble();
    comparison.divergence = optional_double(rows.getColumn(9));
    comparison.agreement = optional_double(rows.getColumn(10));
    comparison.lumped = optional_double(rows.getColumn(11));
    const auto column = rows.getColumn(12);
    const char* bytes = static_cast<const char*>(column.getBlob());
    comparison.logprobs = decode_halves({bytes, static_cast<size_t>(column.getBytes())});
    take(std::move(row));
  }
}

}  // namespace paq
