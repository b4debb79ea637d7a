// SPDX-License-Identifier: MIT
#include "fetch/datasets.h"

#include <array>

namespace paq {
namespace {

// Checksums are of files that were held and hashed; an archive that never was has none, but the
// files in it may. Numbers of records are the authors' own.
constexpr ArchiveMember kDrop[] = {
    {"drop_dataset/drop_dataset_dev.json", "drop/drop_dataset_dev.json", 1, "", 9536},
    {"drop_dataset/drop_dataset_train.json", "drop/drop_dataset_train.json", 1, "", 77409}};

constexpr ArchiveMember kMmlu[] = {
    {"data/dev/", "mmlu/dev/", 57,
     "00d0c3e2d00d9fd4f38ecf888d1053a39eb455ce7c5903e6626973e5a246fa5c"},
    {"data/val/", "mmlu/val/", 57,
     "14d38dd5b1970212eb706bf09add2077a6a9ab93782248daf821d1f995a8bca8"},
    {"data/test/", "mmlu/test/", 57,
     "9a4c4e0674730db787f919f205153d70bd70e006d5f4aced9284f7c2a462bf01"}};

constexpr ArchiveMember kArcEasy[] = {
    {"ARC-V1-Feb2018-2/ARC-Easy/ARC-Easy-Train.jsonl", "arc/ARC-Easy-Train.jsonl", 1,
     "c62e5482d8c01f2d5a7f24239ac9db3b12f9e47267c4e3f088c6ffe41d5545ef"},
    {"ARC-V1-Feb2018-2/ARC-Easy/ARC-Easy-Dev.jsonl", "arc/ARC-Easy-Dev.jsonl", 1,
     "f4364b808a68df6bf500ce1070fb0105d40cacd2391c210deb00ff83ba75d1f4"},
    {"ARC-V1-Feb2018-2/ARC-Easy/ARC-Easy-Test.jsonl", "arc/ARC-Easy-Test.jsonl", 1,
     "ce32a0774b4beb1977d2c6b16dda5dd2b24fdc9c7f506882c452678676bd09be"}};

constexpr ArchiveMember kArcChallenge[] = {
    {"ARC-V1-Feb2018-2/ARC-Challenge/ARC-Challenge-Train.jsonl", "arc/ARC-Challenge-Train.jsonl", 1,
     "e02837c53ee86f6d73c259f91c77725c5062ef4531130b7f473a9d9b01118a77"},
    {"ARC-V1-Feb2018-2/ARC-Challenge/ARC-Challenge-Dev.jsonl", "arc/ARC-Challenge-Dev.jsonl", 1,
     "55224364abd2477f66a9a57c5cbef109fb71d83019aa5e37aec0e7ab757746ca"},
    {"ARC-V1-Feb2018-2/ARC-Challenge/ARC-Challenge-Test.jsonl", "arc/ARC-Challenge-Test.jsonl", 1,
     "9fa8ffb3e3a1f88cb302d53dd95aae81e39209ad9bcf974376b319d8fd35717c"}};

constexpr std::string_view kArcUrl =
    "https://ai2-public-datasets.s3.amazonaws.com/arc/ARC-V1-Feb2018.zip";

constexpr auto kDatasets = std::to_array<DatasetFile>({
    {.task = "squad2",
     .url = "https://rajpurkar.github.io/SQuAD-explorer/dataset/dev-v2.0.json",
     .path = "squad2/dev-v2.0.json",
     .licence = "CC BY-SA 4.0",
     .records = 11873},
    {.task = "squad2",
     .url = "https://rajpurkar.github.io/SQuAD-explorer/dataset/train-v2.0.json",
     .path = "squad2/train-v2.0.json",
     .licence = "CC BY-SA 4.0",
     .records = 130319},
    {.task = "drop",
     .url = "https://ai2-public-datasets.s3.amazonaws.com/drop/drop_dataset.zip",
     .path = "drop/drop_dataset.zip",
     .licence = "CC BY-SA 4.0",
     .members = kDrop},
    {.task = "gsm8k",
     .url = "https://raw.githubusercontent.com/openai/grade-school-math/master/"
            "grade_school_math/data/train.jsonl",
     .path = "gsm8k/train.jsonl",
     .bytes = 4166206,
     .sha256 = "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465",
     .licence = "MIT"},
    {.task = "gsm8k",
     .url = "https://raw.githubusercontent.com/openai/grade-school-math/master/"
            "grade_school_math/data/test.jsonl",
     .path = "gsm8k/test.jsonl",
     .bytes = 749738,
     .sha256 = "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
     .licence = "MIT"},
    {.task = "mmlu",
     .url = "https://people.eecs.berkeley.edu/~hendrycks/data.tar",
     .path = "mmlu/data.tar",
     .licence = "MIT",
     .members = kMmlu},
    {.task = "humaneval",
     .url = "https://raw.githubusercontent.com/openai/human-eval/master/data/HumanEval.jsonl.gz",
     .path = "humaneval/HumanEval.jsonl.gz",
     .bytes = 44877,
     .sha256 = "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
     .licence = "MIT"},
    {.task = "arc-easy",
     .url = kArcUrl,
     .path = "arc/ARC-V1-Feb2018.zip",
     .licence = "CC BY-SA 4.0",
     .members = kArcEasy},
    {.task = "arc-challenge",
     .url = kArcUrl,
     .path = "arc/ARC-V1-Feb2018.zip",
     .licence = "CC BY-SA 4.0",
     .members = kArcChallenge},
});

}  // namespace

std::span<const DatasetFile> dataset_table() { return kDatasets; }

}  // namespace paq
