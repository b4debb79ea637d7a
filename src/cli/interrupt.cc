// SPDX-License-Identifier: MIT
#include "cli/interrupt.h"

#include <csignal>

#include "core/error.h"

namespace paq {
namespace {

CancelFlag interrupted{false};

void on_signal(int) { interrupted = true; }

}  // namespace

void install_interrupt_handlers() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  // SA_RESETHAND: impatient users press twice. SA_RESTART: nobody else has to know of EINTR.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

const CancelFlag& interrupt_flag() { return interrupted; }

void throw_if_interrupted() {
  if (interrupted) throw Error(ErrorCode::kCancelled, "interrupted");
}

}  // namespace paq
