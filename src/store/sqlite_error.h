// SPDX-License-Identifier: MIT
// SQLite's faults as paq's. Internal to store/.
//
// No public header: it includes SQLiteCpp and nlohmann/json.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/error.h"

namespace paq {

/// One line for a person: what failed, on which file, what to do next. `code` is SQLite's result
/// code, primary or extended; `detail` its message.
Error store_error(const std::filesystem::path& file, int code, const std::string& detail);

/// Runs `work` and turns what SQLiteCpp and the JSON library throw into Error.
template <typename Work>
auto with_store_errors(const std::filesystem::path& file, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const SQLite::Exception& fault) {
    const int extended = fault.getExtendedErrorCode();
    throw store_error(file, extended > 0 ? extended : fault.getErrorCode(), fault.what());
  } catch (const nlohmann::json::exception& fault) {
    throw Error(ErrorCode::kBadFile,
                file.string() + " is damaged: a JSON column can't be read; restore a copy");
  }
}

}  // namespace paq
