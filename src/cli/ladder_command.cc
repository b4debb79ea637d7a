// SPDX-License-Identifier: MIT
// paq ladder build|add|show|verify
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/terminal.h"
#include "cli/validators.h"
#include "core/error.h"
#include "ladder/ladder_files.h"

namespace paq {
namespace {

struct LadderArguments {
  std::filesystem::path base, directory, file;
  std::string bits;
  std::vector<std::string> types;
  std::filesystem::path imatrix;
  int threads = 0;
  bool json = false;
};

Json ladder_json(const Ladder& ladder) {
  Json variants = Json::array();
  for (const Variant& variant : ladder.variants) {
    variants.push_back({{"bits", variant.bits.bits},
                        {"type", variant.type},
                        {"file", variant.file.string()},
                        {"file_bytes", variant.file_bytes},
                        {"bits_per_weight", variant.bits_per_weight},
                        {"sha256", variant.sha256},
                        {"tokenizer_hash", variant.tokenizer_hash}});
  }
  return {{"directory", ladder.directory.string()},
          {"base_model", ladder.base_model},
          {"architecture", ladder.architecture},
          {"parameters", ladder.parameters},
          {"hash", ladder.hash()},
          {"variants", variants}};
}

int print_ladder(const Ladder& ladder, bool json) {
  if (json) {
    print_json(ladder_json(ladder));
    return kExitDone;
  }
  std::printf("%s (%s, %s weights) in %s\n", ladder.base_model.c_str(), ladder.architecture.c_str(),
              grouped(ladder.parameters).c_str(), ladder.directory.c_str());
  std::printf("bits  type      bits/weight      size  sha256        file\n");
  for (const Variant& v : ladder.variants) {
    std::printf("%4d  %-8s  %11.2f  %8s  %.12s  %s\n", v.bits.bits, v.type.c_str(),
                v.bits_per_weight, human_bytes(v.file_bytes).c_str(), v.sha256.c_str(),
                v.file.c_str());
  }
  return kExitDone;
}

// "2=TQ2_0"
std::map<BitWidth, std::string> parse_types(const std::vector<std::string>& texts) {
  std::map<BitWidth, std::string> types;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals + 1 == text.size()) {
      throw Error(ErrorCode::kUsage,
                  "--type \"" + text + "\" is not BITS=TYPE, for example 2=TQ2_0");
    }
    types[parse_bit_width(std::string_view(text).substr(0, equals))] = text.substr(equals + 1);
  }
  return types;
}

int build(const LadderArguments& arguments) {
  ProgressLine progress;
  BuildLadderOptions options;
  options.bits = parse_bit_widths(arguments.bits);
  options.types = parse_types(arguments.types);
  if (!arguments.imatrix.empty()) options.imatrix = arguments.imatrix;
  options.threads = arguments.threads;
  options.progress = progress.callback();
  options.cancel = &interrupt_flag();
  build_ladder(arguments.base, arguments.directory, options);
  progress.clear();
  return print_ladder(read_ladder(arguments.directory), arguments.json);  // as `show` has it
}

int verify(const LadderArguments& arguments) {
  ProgressLine progress;
  const Ladder ladder = read_ladder(arguments.directory);
  const std::vector<std::string> problems = verify_ladder(ladder, progress.callback());
  progress.clear();
  if (arguments.json) {
    print_json({{"ok", problems.empty()}, {"problems", problems}});
  } else {
    for (const std::string& problem : problems) std::printf("%s\n", problem.c_str());
    if (problems.empty()) {
      std::printf("%s of %s: whole, and of one model\n",
                  counted(static_cast<int64_t>(ladder.variants.size()), "variant").c_str(),
                  ladder.base_model.c_str());
    }
  }
  if (!problems.empty()) {
    throw Error(ErrorCode::kMismatch,
                "the ladder in " + arguments.directory.string() + " has " +
                    counted(static_cast<int64_t>(problems.size()), "fault") +
                    "; build it anew with paq ladder build, or add the right files");
  }
  return kExitDone;
}

}  // namespace

void add_ladder_command(CLI::App& app, Action& action) {
  CLI::App* ladder = app.add_subcommand("ladder", "Variants of one model, one per bit width");
  ladder->require_subcommand(1);
  ladder->footer("Example: paq ladder show ladder");
  const auto arguments = std::make_shared<LadderArguments>();
  const auto add_json = [&](CLI::App* command) {
    command->add_flag("--json", arguments->json, "Machine-readable result on standard output");
  };

  CLI::App* build_app =
      ladder->add_subcommand("build", "Quantise a ladder from one F32, F16 or BF16 file");
  build_app->add_option("BASE", arguments->base, "GGUF file of the base model")->required();
  build_app->add_option("--out", arguments->directory, "Folder of the ladder")->required();
  arguments->bits = "2,4,8,16";
  build_app->add_option("--bits", arguments->bits, "Bit widths, ascending")->capture_default_str();
  build_app
      ->add_option("--type", arguments->types,
                   "Quantisation of one width instead of the usual one; may repeat")
      ->type_name("BITS=TYPE")
      ->take_all()
      ->allow_extra_args(false);
  build_app->add_option("--imatrix", arguments->imatrix, "Importance matrix (GGUF)");
  build_app->add_option("--threads", arguments->threads, "0: all cores")->check(not_negative());
  add_json(build_app);
  build_app->footer("Example: paq ladder build llama-3.2-3b-f16.gguf --out ladder --bits 2,4,8,16");
  build_app->callback([=, &action] { action = [=] { return build(*arguments); }; });

  CLI::App* add_app = ladder->add_subcommand("add", "Take a published file as it is");
  add_app->add_option("DIR", arguments->directory, "Folder of the ladder")->required();
  add_app->add_option("--bits", arguments->bits, "Its bit width")->required();
  add_app->add_option("FILE", arguments->file, "GGUF file; linked, not copied")->required();
  add_json(add_app);
  add_app->footer("Example: paq ladder add ladder --bits 4 llama-3.2-3b-q4_k_m.gguf");
  add_app->callback([=, &action] {
    action = [=] {
      return print_ladder(
          add_variant(arguments->directory, parse_bit_width(arguments->bits), arguments->file),
          arguments->json);
    };
  });

  CLI::App* show_app = ladder->add_subcommand("show", "Types, sizes, real bits per weight, hashes");
  show_app->add_option("DIR", arguments->directory, "Folder of the ladder")->required();
  add_json(show_app);
  show_app->footer("Example: paq ladder show ladder");
  show_app->callback([=, &action] {
    action = [=] { return print_ladder(read_ladder(arguments->directory), arguments->json); };
  });

  CLI::App* verify_app = ladder->add_subcommand(
      "verify", "Read every byte: hashes, whole files, same base, same vocabulary");
  verify_app->add_option("DIR", arguments->directory, "Folder of the ladder")->required();
  add_json(verify_app);
  verify_app->footer("Example: paq ladder verify ladder");
  verify_app->callback([=, &action] { action = [=] { return verify(*arguments); }; });
}

}  // namespace paq
