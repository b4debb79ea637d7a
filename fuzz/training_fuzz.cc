// SPDX-License-Identifier: MIT
// What routers' files say of their training is read or not; what was read is the same after an
// evaluation with it was written and read again.
#include <cstdint>
#include <string_view>

#include "report/report.h"
#include "report/training.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace paq;
  Evaluation evaluation;
  evaluation.widths = {{2}, {16}};
  evaluation.tau = 1.13;
  evaluation.training =
      read_training(std::string_view(reinterpret_cast<const char*>(data), size), evaluation.widths);
  const Evaluation again = parse_evaluation(evaluation_json(evaluation, {}), nullptr);
  require(again.training == evaluation.training);
  return 0;
}
