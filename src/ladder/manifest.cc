// SPDX-License-Identifier: MIT
#include "ladder/manifest.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/error.h"
#include "core/files.h"

namespace paq {
namespace {

constexpr int kSchema = 1;

// Reads fields of ladder.yaml and says where one is wrong.
class FieldReader {
 public:
  explicit FieldReader(std::filesystem::path path) : path_(std::move(path)) {}

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    const std::string line = mark.is_null() ? "" : " line " + std::to_string(mark.line + 1);
    throw Error(ErrorCode::kBadFile, path_.string() + line + ": " + what +
                                         "; build the ladder again or restore the file");
  }

  template <typename T>
  T required(const YAML::Node& parent, const std::string& field) const {
    const YAML::Node node = parent[field];
    if (!node) fail(parent.Mark(), "field " + field + " is missing");
    return convert<T>(node, field);
  }

  template <typename T>
  T optional(const YAML::Node& parent, const std::string& field, T otherwise) const {
    const YAML::Node node = parent[field];
    return node ? convert<T>(node, field) : otherwise;
  }

 private:
  template <typename T>
  T convert(const YAML::Node& node, const std::string& field) const {
    try {
      return node.as<T>();
    } catch (const YAML::Exception&) {
      fail(node.Mark(), "field " + field + " has a value of the wrong kind");
    }
  }

  std::filesystem::path path_;
};

Variant read_variant(const YAML::Node& node, const FieldReader& fields) {
  Variant variant;
  variant.bits.bits = fields.required<int>(node, "bits");
  if (variant.bits.bits < 1 || variant.bits.bits > 32) {
    fields.fail(node["bits"].Mark(), "field bits must be 1 to 32");
  }
  variant.file = fields.required<std::string>(node, "file");
  variant.type = fields.required<std::string>(node, "type");
  variant.bits_per_weight = fields.required<double>(node, "bits_per_weight");
  variant.file_bytes = fields.required<int64_t>(node, "file_bytes");
  variant.sha256 = fields.required<std::string>(node, "sha256");
  variant.tokenizer_hash = fields.required<std::string>(node, "tokenizer_hash");
  return variant;
}

Manifest parse(const YAML::Node& root, const std::filesystem::path& directory) {
  const FieldReader fields(manifest_path(directory));
  if (!root.IsMap()) fields.fail(root.Mark(), "expected fields, found something else");
  const int schema = fields.required<int>(root, "paq_ladder");
  if (schema > kSchema) {
    throw Error(ErrorCode::kMismatch, manifest_path(directory).string() + " has schema " +
                                          std::to_string(schema) + ", this paq reads up to " +
                                          std::to_string(kSchema) + "; use a newer paq");
  }
  if (schema < 1) fields.fail(root["paq_ladder"].Mark(), "field paq_ladder must be 1");

  Manifest manifest;
  manifest.complete = fields.optional(root, "complete", true);
  manifest.ladder.directory = directory;
  const YAML::Node base = root["base"];
  if (!base || !base.IsMap()) fields.fail(root.Mark(), "field base is missing");
  manifest.ladder.base_model = fields.required<std::string>(base, "name");
  manifest.ladder.architecture = fields.required<std::string>(base, "architecture");
  manifest.ladder.parameters = fields.required<int64_t>(base, "parameters");
  manifest.base_sha256 = fields.optional<std::string>(base, "sha256", "");

  const YAML::Node variants = root["variants"];
  if (!variants || !variants.IsSequence()) fields.fail(root.Mark(), "field variants is missing");
  for (const YAML::Node& node : variants) {
    if (!node.IsMap()) fields.fail(node.Mark(), "a variant must have fields");
    Variant variant = read_variant(node, fields);
    if (!manifest.ladder.variants.empty() && manifest.ladder.variants.back().bits >= variant.bits) {
      fields.fail(node.Mark(), "variants must stand in ascending order of bits");
    }
    const auto imatrix = fields.optional<std::string>(node, "imatrix_sha256", "");
    if (!imatrix.empty()) manifest.imatrix_sha256[variant.bits] = imatrix;
    manifest.ladder.variants.push_back(std::move(variant));
  }
  return manifest;
}

}  // namespace

std::filesystem::path manifest_path(const std::filesystem::path& directory) {
  return directory / "ladder.yaml";
}

std::optional<Manifest> read_manifest(const std::filesystem::path& directory) {
  const std::filesystem::path path = manifest_path(directory);
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
  try {
    return parse(YAML::Load(text), directory);
  } catch (const YAML::Exception& error) {
    FieldReader(path).fail(error.mark, "it is no YAML (" + error.msg + ")");
  }
}

void write_manifest(const std::filesystem::path& directory, const Manifest& manifest) {
  YAML::Emitter out;
  out.SetDoublePrecision(6);
  out << YAML::BeginMap;
  out << YAML::Key << "paq_ladder" << YAML::Value << kSchema;
  if (!manifest.complete) out << YAML::Key << "complete" << YAML::Value << false;
  out << YAML::Key << "base" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "name" << YAML::Value << manifest.ladder.base_model;
  out << YAML::Key << "architecture" << YAML::Value << manifest.ladder.architecture;
  out << YAML::Key << "parameters" << YAML::Value << manifest.ladder.parameters;
  if (!manifest.base_sha256.empty()) {
    out << YAML::Key << "sha256" << YAML::Value << manifest.base_sha256;
  }
  out << YAML::EndMap;
  out << YAML::Key << "variants" << YAML::Value << YAML::BeginSeq;
  for (const Variant& variant : manifest.ladder.variants) {
    out << YAML::BeginMap;
    out << YAML::Key << "bits" << YAML::Value << variant.bits.bits;
    out << YAML::Key << "file" << YAML::Value << variant.file.string();
    out << YAML::Key << "type" << YAML::Value << variant.type;
    out << YAML::Key << "bits_per_weight" << YAML::Value << variant.bits_per_weight;
    out << YAML::Key << "file_bytes" << YAML::Value << variant.file_bytes;
    out << YAML::Key << "sha256" << YAML::Value << variant.sha256;
    out << YAML::Key << "tokenizer_hash" << YAML::Value << variant.tokenizer_hash;
    const auto imatrix = manifest.imatrix_sha256.find(variant.bits);
    if (imatrix != manifest.imatrix_sha256.end()) {
      out << YAML::Key << "imatrix_sha256" << YAML::Value << imatrix->second;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  write_file_atomically(manifest_path(directory), std::string(out.c_str()) + "\n");
}

FolderLock::FolderLock(const std::filesystem::path& directory)
    : descriptor_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw error_from_errno("cannot open the folder " + directory.string());
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  // Some network file systems have no locks; two builds at once are then the user's own risk.
  if (errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw Error(ErrorCode::kBusy, "another paq is writing to " + directory.string() +
                                    "; wait until it is done, or choose another folder");
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace paq
