# SPDX-License-Identifier: MIT
# LibTorch as target paq_torch, for src/train and mini alone: Debian's 1.13 by default, any other 1.13
# or 2.x through Torch_DIR (for a Python wheel: <site-packages>/torch/share/cmake/Torch).

if(NOT PAQ_TRAIN)
  return()
endif()

# A LibTorch outside the system would otherwise be given the system's Caffe2 targets: its own lookup
# tries the system first.
if(Torch_DIR AND EXISTS "${Torch_DIR}/../Caffe2/Caffe2Config.cmake")
  cmake_path(SET caffe2_dir NORMALIZE "${Torch_DIR}/../Caffe2")
  set(Caffe2_DIR "${caffe2_dir}" CACHE PATH "LibTorch's own Caffe2, beside Torch_DIR" FORCE)
endif()

find_package(Torch QUIET)
if(NOT Torch_FOUND)
  message(FATAL_ERROR "LibTorch was not found, and paq-train needs it. On Debian: apt-get install "
    "libtorch-dev libopenblas0-openmp (or tools/install); elsewhere set Torch_DIR to its "
    "share/cmake/Torch; without training: -DPAQ_TRAIN=OFF.")
endif()
message(STATUS "LibTorch: ${Torch_VERSION} in ${TORCH_INSTALL_PREFIX}")
if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR "This LibTorch (${TORCH_INSTALL_PREFIX}) was built with the old C++ ABI of "
    "libstdc++, which does not link with paq; use a cxx11-abi build.")
endif()

add_library(paq_torch INTERFACE)
target_link_libraries(paq_torch INTERFACE ${TORCH_LIBRARIES})

# Debian's LibTorch takes whichever BLAS the system's alternatives name, first of all the OpenBLAS with
# threads of its own. These and LibTorch's, which are OpenMP's, wait for work in turns on the same
# cores, and a training takes nearly twice as long (docs/measuring.md). The OpenBLAS on OpenMP shares
# them; a DT_RPATH, unlike a DT_RUNPATH, is looked at for the libraries of libraries too.
find_path(PAQ_OPENBLAS_OPENMP libblas.so.3 NO_DEFAULT_PATH
  PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp
  DOC "Folder of the OpenBLAS on OpenMP")
if(PAQ_OPENBLAS_OPENMP)
  target_link_options(paq_torch INTERFACE
    "LINKER:--disable-new-dtags,-rpath,${PAQ_OPENBLAS_OPENMP}")
endif()
