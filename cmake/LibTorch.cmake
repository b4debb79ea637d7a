# SPDX-License-Identifier: MIT
# LibTorch as target paq_torch, for src/train and mini alone: Debian's 1.13 by default, any other 1.13
# or 2.x through Torch_DIR (for a Python wheel: <site-packages>/torch/share/cmake/Torch).

if(NOT PAQ_TRAIN)
  return()
endif()

find_package(Torch QUIET)
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch was not found, and paq-train needs it. On Debian: apt-get install "
    "libtorch-dev libopenblas0-pthread (or tools/install); elsewhere set Torch_DIR to its "
    "share/cmake/Torch; without training: -DPAQ_TRAIN=OFF.")
endif()
message(STATUS "LibTorch: ${Torch_VERSION} in ${TORCH_INSTALL_PREFIX}")

add_library(paq_torch INTERFACE)
target_link_libraries(paq_torch INTERFACE ${TORCH_LIBRARIES})
