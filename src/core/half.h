// SPDX-License-Identifier: MIT
// IEEE 754 binary16, for numbers kept by the million. Arithmetic is done in float.
#pragma once

#include <cstdint>

namespace paq {

/// Rounded to the nearest, ties to even: relative error up to 2^-11 from 6.1e-5 on, absolute error
/// up to 3.0e-8 below. Finite values beyond +-65504 become that; infinities and NaN stay.
uint16_t half_of(float value);

/// Exact.
float float_of_half(uint16_t half);

}  // namespace paq
