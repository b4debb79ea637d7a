// SPDX-License-Identifier: MIT
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "core/files.h"
#include "tasks/json_line.h"
#include "tasks/prompt_format.h"

namespace paq {
namespace {

struct Key {
  const char* name;
  std::string PromptFormat::*text;
};

constexpr std::array<Key, 7> kKeys = {{{"system", &PromptFormat::system},
                                       {"chat", &PromptFormat::chat},
                                       {"answer", &PromptFormat::answer},
                                       {"raw_opening", &PromptFormat::raw_opening},
                                       {"raw", &PromptFormat::raw},
                                       {"cloze", &PromptFormat::cloze},
                                       {"cloze_answer", &PromptFormat::cloze_answer}}};

class FormatFile {
 public:
  FormatFile(const std::filesystem::path& path, std::vector<PromptFormat>& formats)
      : path_(path), formats_(formats) {}

  void read() {
    const YAML::Node root = parse();
    if (!root.IsMap()) {
      fail(root.Mark(), "expected tasks with their texts, such as \"gsm8k:\" and \"  chat: ...\"");
    }
    for (const auto& entry : root) {
      const std::string name = scalar(entry.first, "a task's name");
      const auto format = std::find_if(formats_.begin(), formats_.end(),
                                       [&](const auto& known) { return known.task == name; });
      if (format == formats_.end()) {
        fail(entry.first.Mark(),
             "there is no prompt format for " + in_quotes(name) + "; there are " + task_names());
      }
      read(entry.second, *format);
    }
  }

 private:
  YAML::Node parse() const {
    const std::string text = read_file(path_);
    try {
      return YAML::Load(text);
    } catch (const YAML::Exception& error) {
      fail(error.mark, "is not valid YAML: " + in_quotes(error.msg));  // It may quote a line end.
    }
  }

  void read(const YAML::Node& node, PromptFormat& format) const {
    if (!node.IsMap()) fail(node.Mark(), format.task + " must have texts such as \"chat: ...\"");
    format.source = "Overridden by " + path_.string() + ". " + format.source;
    for (const auto& entry : node) {
      const std::string name = scalar(entry.first, "a key");
      if (name == "stop") {
        read_stop(entry.second, format);
        continue;
      }
      const auto key = std::find_if(kKeys.begin(), kKeys.end(),
                                    [&](const Key& known) { return known.name == name; });
      if (key == kKeys.end()) {
        fail(entry.first.Mark(), "unknown key " + in_quotes(name) +
                                     "; the keys are system, chat, answer, raw_opening, raw, "
                                     "cloze, cloze_answer, stop");
      }
      format.*key->text = scalar(entry.second, name);
      check(format.*key->text, format, entry.second.Mark());
    }
  }

  void read_stop(const YAML::Node& node, PromptFormat& format) const {
    if (!node.IsSequence()) fail(node.Mark(), "stop must be a list of texts");
    format.stop.clear();
    for (const auto& item : node) format.stop.push_back(scalar(item, "stop"));
  }

  // Every placeholder must be one that the task's records can fill.
  void check(const std::string& text, const PromptFormat& format, const YAML::Mark& mark) const {
    PromptFields fields;
    for (const std::string& field : format.fields) fields[field] = "x";
    try {
      fill_template(text, fields);
    } catch (const Error& error) {
      fail(mark, error.what());
    }
  }

  std::string scalar(const YAML::Node& node, const std::string& what) const {
    if (!node.IsScalar()) fail(node.Mark(), what + " must be a text");
    return node.Scalar();
  }

  std::string task_names() const {
    std::string names;
    for (const PromptFormat& format : formats_) names += (names.empty() ? "" : ", ") + format.task;
    return names;
  }

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    const std::string line = mark.is_null() ? "" : ":" + std::to_string(mark.line + 1);
    throw Error(ErrorCode::kBadFile, path_.string() + line + ": " + what);
  }

  const std::filesystem::path& path_;
  std::vector<PromptFormat>& formats_;
};

}  // namespace

std::vector<PromptFormat> read_prompt_formats(const std::filesystem::path& file) {
  const auto built_in = prompt_formats();
  std::vector<PromptFormat> formats(built_in.begin(), built_in.end());
  FormatFile(file, formats).read();
  return formats;
}

}  // namespace paq
