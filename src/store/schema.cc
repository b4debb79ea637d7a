// SPDX-License-Identifier: MIT
#include "store/schema.h"

#include <sqlite3.h>

#include <array>

#include "core/error.h"
#include "store/numbers.h"

namespace paq {
namespace {

// "paq" and a byte for the kind of file: what `file` and sqlite3 show as the application.
constexpr int kApplicationId = 0x70617101;

// Migration i leads from version i to i + 1. Never changed once released: add another.
constexpr std::array kMigrations = std::to_array<const char*>({
    R"sql(
CREATE TABLE prompts (
  prompt_id INTEGER PRIMARY KEY,
  task      TEXT NOT NULL,
  split     TEXT NOT NULL,
  id        TEXT NOT NULL,
  hash      TEXT NOT NULL,
  messages  TEXT NOT NULL,
  reference TEXT NOT NULL,
  UNIQUE (task, split, id)
) STRICT;
CREATE INDEX prompts_by_task ON prompts (task);

CREATE TABLE ladders (
  ladder_id    INTEGER PRIMARY KEY,
  hash         TEXT NOT NULL UNIQUE,
  base_model   TEXT NOT NULL,
  architecture TEXT NOT NULL,
  parameters   INTEGER NOT NULL,
  used         INTEGER NOT NULL
) STRICT;

CREATE TABLE variants (
  variant_id      INTEGER PRIMARY KEY,
  bits            INTEGER NOT NULL CHECK (bits BETWEEN 1 AND 32),
  hash            TEXT NOT NULL,
  type            TEXT,
  bits_per_weight REAL,
  file            TEXT,
  file_bytes      INTEGER,
  tokenizer_hash  TEXT,
  UNIQUE (hash, bits)
) STRICT;

CREATE TABLE ladder_variants (
  ladder_id  INTEGER NOT NULL REFERENCES ladders ON DELETE CASCADE,
  variant_id INTEGER NOT NULL REFERENCES variants ON DELETE CASCADE,
  PRIMARY KEY (ladder_id, variant_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcomes (
  outcome_id             INTEGER PRIMARY KEY AUTOINCREMENT,
  prompt_id              INTEGER NOT NULL REFERENCES prompts ON DELETE CASCADE,
  variant_id             INTEGER NOT NULL REFERENCES variants,
  settings               TEXT NOT NULL,
  score                  REAL,
  perplexity             REAL,
  seconds                REAL,
  seconds_to_first_token REAL,
  prompt_tokens          INTEGER,
  tokens                 INTEGER,
  finish                 TEXT,
  response               TEXT,
  logprobs               BLOB,
  concurrency            INTEGER NOT NULL,
  scorer                 TEXT NOT NULL,
  recorded_at            TEXT NOT NULL,
  UNIQUE (prompt_id, variant_id, settings)
) STRICT;
CREATE INDEX outcomes_by_variant ON outcomes (variant_id);

CREATE TABLE labels (
  tau       REAL NOT NULL,
  mode      TEXT NOT NULL,
  prompt_id INTEGER NOT NULL REFERENCES prompts ON DELETE CASCADE,
  bits      INTEGER NOT NULL CHECK (bits BETWEEN 1 AND 32),
  PRIMARY KEY (tau, mode, prompt_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  run_id      INTEGER PRIMARY KEY AUTOINCREMENT,
  command     TEXT NOT NULL,
  config      TEXT NOT NULL,
  result      TEXT,
  started_at  TEXT NOT NULL,
  finished_at TEXT
) STRICT;
CREATE INDEX runs_by_command ON runs (command);
)sql",
    R"sql(
ALTER TABLE outcomes ADD COLUMN token_ids BLOB;
UPDATE outcomes SET logprobs = paq_halves_of_floats(logprobs) WHERE logprobs IS NOT NULL;
)sql",
    R"sql(
CREATE TABLE comparisons (
  comparison_id     INTEGER PRIMARY KEY,
  prompt_id         INTEGER NOT NULL REFERENCES prompts ON DELETE CASCADE,
  variant_id        INTEGER NOT NULL REFERENCES variants,
  reference_id      INTEGER NOT NULL REFERENCES variants,
  settings          TEXT NOT NULL,
  response          TEXT NOT NULL,
  tokens            INTEGER NOT NULL,
  logprob           REAL NOT NULL,
  reference_logprob REAL NOT NULL,
  divergence        REAL,
  agreement         REAL,
  lumped            REAL,
  logprobs          BLOB NOT NULL,
  recorded_at       TEXT NOT NULL,
  UNIQUE (prompt_id, variant_id, reference_id, settings)
) STRICT;
CREATE INDEX comparisons_by_reference ON comparisons (reference_id);
)sql",
});

void halves_of_floats(sqlite3_context* context, int, sqlite3_value** values) {
  const char* bytes = static_cast<const char*>(sqlite3_value_blob(values[0]));
  const auto size = static_cast<size_t>(sqlite3_value_bytes(values[0]));
  const std::string halves = encode_halves(decode_floats({bytes, size}));
  sqlite3_result_blob(context, halves.data(), static_cast<int>(halves.size()), SQLITE_TRANSIENT);
}

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

}  // namespace

int current_schema_version() { return static_cast<int>(kMigrations.size()); }

StoreIdentity identify(SQLite::Database& database) {
  const int application = pragma(database, "application_id");
  if (application == kApplicationId) return StoreIdentity::kPaq;
  const int objects = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  const bool empty = application == 0 && objects == 0 && schema_version_of(database) == 0;
  return empty ? StoreIdentity::kEmpty : StoreIdentity::kForeign;
}

int schema_version_of(SQLite::Database& database) { return pragma(database, "user_version"); }

void migrate(SQLite::Database& database, const std::string& file) {
  // The version is read under the lock: two processes may create a store at the same moment.
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = schema_version_of(database);
  const int current = current_schema_version();
  if (version > current) {
    throw Error(ErrorCode::kMismatch, file + " has schema version " + std::to_string(version) +
                                          ", this paq knows versions up to " +
                                          std::to_string(current) +
                                          "; use the newer paq that wrote it, or another --store");
  }
  if (version == current) return;
  // What version 1 kept as binary32 is binary16 from version 2 on.
  database.createFunction("paq_halves_of_floats", 1, true, nullptr, &halves_of_floats);
  for (int next = version; next < current; ++next) {
    database.exec(kMigrations[static_cast<size_t>(next)]);
  }
  database.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.exec("PRAGMA user_version = " + std::to_string(current));
  transaction.commit();
}

}  // namespace paq
