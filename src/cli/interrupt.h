// SPDX-License-Identifier: MIT
// SIGINT and SIGTERM as a flag that long work looks at.
#pragma once

#include "core/progress.h"

namespace paq {

/// Installs the handlers. The first signal sets the flag; a second one ends the process at once.
void install_interrupt_handlers();

/// Set once a signal came.
const CancelFlag& interrupt_flag();

/// Throws Error(kCancelled) once a signal came.
void throw_if_interrupted();

}  // namespace paq
