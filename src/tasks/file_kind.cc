// SPDX-License-Identifier: MIT
#include "tasks/file_kind.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tasks/csv.h"

namespace paq {
namespace {

using Json = nlohmann::json;

struct Magic {
  std::string_view begin;
  const char* what;
  const char* hint;
};

constexpr std::array<Magic, 11> kMagic = {{
    {"PK\x03\x04", "a ZIP archive", "unpack it and name the file in it"},
    {"PAR1", "a Parquet file", "take the official file instead (paq tasks names it)"},
    {"GGUF", "a GGUF model", "give a benchmark's file here"},
    {"SQLite format 3", "an SQLite database", "give a benchmark's file here"},
    {"<!DOCTYPE", "an HTML page", "download the raw file"},
    {"<html", "an HTML page", "download the raw file"},
    {"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself (git lfs pull)"},
    {"\x89PNG", "a PNG picture", "give a benchmark's file here"},
    {"\xFF\xD8\xFF", "a JPEG picture", "give a benchmark's file here"},
    {"%PDF-", "a PDF document", "give a benchmark's file here"},
    {"\x1f\x8b", "gzipped twice", "unpack it once"},
}};

bool has(const Json& object, std::initializer_list<const char*> fields) {
  return object.is_object() && std::all_of(fields.begin(), fields.end(), [&](const char* field) {
           return object.contains(field);
         });
}

// A record of a file of one JSON object a line.
std::optional<FileKind> kind_of_record(const Json& record) {
  if (has(record, {"task_id", "prompt", "entry_point"})) {
    return FileKind{"a HumanEval file", "humaneval", ""};
  }
  if (has(record, {"question", "answerKey"})) return FileKind{"an ARC file", "arc-easy", ""};
  if (has(record, {"context", "completion", "ref_text"})) {
    return FileKind{"a flattened DROP file", "drop", ""};
  }
  if (has(record, {"question", "answer"}) && record["answer"].is_string()) {
    return FileKind{"a GSM8K file", "gsm8k", ""};
  }
  if (has(record, {"custom_id", "body"})) return FileKind{"a file of chat requests", "chat", ""};
  if (has(record, {"id", "prompt"})) return FileKind{"a prompts file", "prompts", ""};
  if (has(record, {"messages"})) return FileKind{"a chat file", "chat", ""};
  return std::nullopt;
}

// {id: answer}; ids have digits, names of fields have none.
bool is_predictions(const Json& document) {
  for (const auto& [name, value] : document.items()) {
    if (!value.is_string() || name.find_first_of("0123456789") == name.npos) return false;
  }
  return true;
}

std::optional<FileKind> kind_of_document(const Json& document) {
  if (has(document, {"data"}) && document["data"].is_array()) {
    const bool first = document.contains("version") && document["version"].is_string() &&
                       document["version"].get_ref<const std::string&>().starts_with("1.");
    if (first) {
      return FileKind{"a SQuAD v1.1 file", "",
                      "paq reads version 2, which has unanswerable questions too"};
    }
    return FileKind{"a SQuAD v2 file", "squad2", ""};
  }
  if (!document.is_object() || document.empty()) return std::nullopt;
  if (has(*document.begin(), {"passage", "qa_pairs"})) {
    return FileKind{"a DROP file", "drop", ""};
  }
  if (is_predictions(document)) {
    return FileKind{"a file of predictions", "",
                    "it is no benchmark; paq score takes it with --predictions"};
  }
  return std::nullopt;
}

bool is_mmlu(std::string_view bytes) {
  struct Enough {};
  bool fits = false;
  try {
    for_each_csv_record("", bytes, [&](const CsvRecord& record) {
      const auto& cells = record.cells;
      fits = cells.size() == 6 && cells[5].size() == 1 && cells[5][0] >= 'A' && cells[5][0] <= 'D';
      throw Enough();
    });
  } catch (const Enough&) {
  } catch (const Error&) {
  }
  return fits;
}

Json parse(std::string_view text) {
  return Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
}

}  // namespace

std::optional<FileKind> guess_file_kind(std::string_view bytes) {
  for (const Magic& magic : kMagic) {
    if (bytes.starts_with(magic.begin)) return FileKind{magic.what, "", magic.hint};
  }
  constexpr size_t kTarMark = 257;
  if (bytes.size() > kTarMark && bytes.substr(kTarMark).starts_with("ustar")) {
    return FileKind{"a tar archive", "", "unpack it and name the file or folder in it"};
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const size_t begin = bytes.find_first_not_of(" \t\r\n");
  if (begin == bytes.npos) return std::nullopt;
  if (bytes[begin] != '{') {
    return is_mmlu(bytes) ? std::optional(FileKind{"an MMLU file (CSV)", "mmlu", ""})
                          : std::nullopt;
  }
  const std::string_view rest = bytes.substr(begin);
  const Json first = parse(rest.substr(0, rest.find('\n')));
  if (auto kind = kind_of_record(first)) return kind;
  const bool whole = first.is_discarded() || rest.find('\n') == rest.npos ||
                     rest.find_first_not_of(" \t\r\n", rest.find('\n')) == rest.npos;
  if (!whole) return std::nullopt;
  // No copy of either: copying nests as deep as the document does.
  return first.is_discarded() ? kind_of_document(parse(rest)) : kind_of_document(first);
}

}  // namespace paq
