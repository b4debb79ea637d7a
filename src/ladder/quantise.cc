// SPDX-License-Identifier: MIT
#include "ladder/quantise.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "core/error.h"
#include "core/files.h"
#include "ladder/gguf_reader.h"
#include "ladder/llama_log.h"

namespace paq {
namespace {

// Thrown out of the log callback, between tensors, when no worker thread runs; the quantiser turns
// it into a failure. It has no other way to be stopped.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

// llama.cpp keeps pointers into this for the time of the call.
class Parameters {
 public:
  explicit Parameters(const QuantiseOptions& options)
      : value_(llama_model_quantize_default_params()) {
    value_.ftype = options.type;
    value_.nthread = options.threads;
    if (!options.imatrix) return;
    for (const auto& [name, values] : *options.imatrix) {
      entries_.push_back({name.c_str(), values.data(), values.size()});
    }
    entries_.push_back({nullptr, nullptr, 0});
    value_.imatrix = entries_.data();
  }

  llama_model_quantize_params value_;

 private:
  std::vector<llama_model_imatrix_data> entries_;
};

[[noreturn]] void refuse(const std::filesystem::path& base, const LlamaLogCapture& log) {
  std::string why = "no reason given";
  for (const std::string& line : log.errors()) {
    constexpr std::string_view kPrefix = "failed to quantize: ";
    if (line.starts_with(kPrefix)) why = line.substr(kPrefix.size());
  }
  std::ranges::replace(why, '\n', ' ');
  throw Error(ErrorCode::kBadFile, "llama.cpp can't quantise " + base.string() + ": " + why);
}

}  // namespace

ImportanceMatrix read_importance_matrix(const std::filesystem::path& path) {
  const GgufReader file(path);
  const auto values = [&](const GgufTensor& tensor) {
    if (tensor.type != "f32") {
      throw Error(ErrorCode::kBadFile,
                  path.string() + ": " + tensor.name + " is " + tensor.type + ", expected f32");
    }
    const std::string bytes = file.tensor_bytes(tensor);
    std::vector<float> floats(bytes.size() / sizeof(float));
    std::memcpy(floats.data(), bytes.data(), bytes.size());
    return floats;
  };

  ImportanceMatrix matrix;
  constexpr std::string_view kSums = ".in_sum2";
  for (const GgufTensor& tensor : file.tensors()) {
    if (!tensor.name.ends_with(kSums)) continue;
    const std::string name = tensor.name.substr(0, tensor.name.size() - kSums.size());
    const GgufTensor* counts_tensor = file.tensor(name + ".counts");
    const std::vector<float> sums = values(tensor);
    const std::vector<float> counts = counts_tensor ? values(*counts_tensor) : std::vector<float>{};
    if (counts.empty() || sums.size() % counts.size() != 0) {
      throw Error(ErrorCode::kBadFile,
                  path.string() + ": entry " + name + " does not have a count for its sums");
    }
    // One count per expert; an expert that was never used counts as 1 throughout.
    const size_t columns = sums.size() / counts.size();
    std::vector<float>& means = matrix[name];
    means.assign(sums.size(), 1);
    for (size_t i = 0; i < means.size(); ++i) {
      const float count = counts[i / columns];
      if (count > 0) means[i] = sums[i] / count;
    }
  }
  if (matrix.empty()) {
    throw Error(ErrorCode::kBadFile, path.string() +
                                         " is no importance matrix; expected a GGUF file that "
                                         "llama-imatrix wrote");
  }
  return matrix;
}

int64_t quantised_bytes(const std::filesystem::path& base, const QuantiseOptions& options) {
  Parameters parameters(options);
  parameters.value_.dry_run = true;
  double tensor_mib = -1;
  bool needs_imatrix = false;
  const LlamaLogCapture log([&](std::string_view line) {
    const size_t at = line.find("quant size");
    if (at != std::string_view::npos) {
      std::sscanf(std::string(line.substr(at)).c_str(), "quant size = %lf MiB", &tensor_mib);
    }
    needs_imatrix = needs_imatrix || line.find("will require an imatrix") != std::string_view::npos;
  });
  if (llama_model_quantize(base.c_str(), "", &parameters.value_) != 0) refuse(base, log);
  if (needs_imatrix) {
    throw Error(ErrorCode::kUsage, options.stage +
                                       " needs an importance matrix; make one with "
                                       "llama-imatrix, or choose another type");
  }
  const auto base_bytes = static_cast<int64_t>(std::filesystem::file_size(base));
  if (tensor_mib < 0) return base_bytes;  // the log's wording has changed; this is an upper bound
  int64_t base_tensors = 0;
  const GgufReader reader(base);
  for (const GgufTensor& tensor : reader.tensors()) base_tensors += tensor.bytes;
  const int64_t metadata = base_bytes - base_tensors;
  return static_cast<int64_t>((tensor_mib + 0.01) * (1 << 20)) + metadata;
}

void quantise(const std::filesystem::path& base, const std::filesystem::path& target,
              const QuantiseOptions& options) {
  Parameters parameters(options);
  TemporaryFile temporary(target, Links::kReplace);
  const auto start = std::chrono::steady_clock::now();
  const auto report = [&](std::string_view line) {
    int done = 0;
    int total = 0;
    if (std::sscanf(std::string(line).c_str(), " [ %d / %d ]", &done, &total) != 2) return;
    if (options.cancel && *options.cancel) throw Interrupted();
    if (!options.progress) return;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    options.progress({.stage = options.stage,
                      .done = done,
                      .total = total,
                      .unit = "tensors",
                      .seconds = seconds.count(),
                      .detail = {}});
  };

  uint32_t status = 0;
  int reason = 0;
  {
    const LlamaLogCapture log(report);
    errno = 0;
    status = llama_model_quantize(base.c_str(), temporary.path().c_str(), &parameters.value_);
    reason = errno;
    if (options.cancel && *options.cancel) {
      throw Error(ErrorCode::kCancelled, "interrupted while " + options.stage);
    }
    const bool write_failed = std::ranges::any_of(log.errors(), [](const std::string& line) {
      return line.find("iostream") != std::string::npos;
    });
    if (status != 0 && !write_failed) refuse(base, log);
  }
  // The quantiser writes through a stream that does not report every failure: what it left is
  // believed only once it has been read.
  try {
    if (status == 0) {
      const GgufReader whole(temporary.path());
      temporary.commit();
      return;
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadFile) throw;
  }
  std::error_code ignored;
  const std::filesystem::space_info space = std::filesystem::space(target.parent_path(), ignored);
  constexpr std::uintmax_t kNearlyNothing = 1 << 16;
  errno = reason != 0 ? reason : (space.available < kNearlyNothing ? ENOSPC : EIO);
  throw error_from_errno("cannot write " + target.string());
}

}  // namespace paq
