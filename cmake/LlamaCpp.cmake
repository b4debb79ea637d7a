# SPDX-License-Identifier: MIT
# llama.cpp, built statically inside this build: targets paq_llama (libllama, ggml, llama-common) and
# paq_http (its vendored cpp-httplib). Only the folders named in PaqTargets.cmake may link them.
#
# The source is a pinned release. Its git history comes as a bundle inside the npm package that
# cmake/llama.cpp/package-lock.json names with its hash; npm checks that hash, and the commit below is
# checked after unpacking. It is fetched once, into PAQ_DEPS_DIR, and reused without a network.

set(PAQ_LLAMA_CPP_RELEASE v0.5.0)
set(PAQ_LLAMA_CPP_COMMIT de3ff815ea7d559ee917f063901b8986f038abc6)

# Runs a command; on failure stops with `what` and the end of the command's own output.
function(paq_run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what} failed (${status}):\n${log}\n"
      "With a llama.cpp ${PAQ_LLAMA_CPP_RELEASE} checkout at hand, -DPAQ_LLAMA_CPP_DIR= uses that.")
  endif()
endfunction()

# Unpacks the pinned release to `dir`. The folder appears at once and whole, or not at all.
function(paq_fetch_llama_cpp dir)
  find_program(PAQ_NPM npm)
  find_program(PAQ_GIT git)
  if(NOT PAQ_NPM OR NOT PAQ_GIT)
    message(FATAL_ERROR "Fetching llama.cpp needs npm and git. On Debian: apt-get install npm git; "
      "or give a checkout with -DPAQ_LLAMA_CPP_DIR=.")
  endif()
  message(STATUS "Fetching llama.cpp ${PAQ_LLAMA_CPP_RELEASE} (about 40 MB)")
  set(work "${dir}.partial")
  file(REMOVE_RECURSE "${work}")
  file(COPY "${CMAKE_SOURCE_DIR}/cmake/llama.cpp/package.json"
    "${CMAKE_SOURCE_DIR}/cmake/llama.cpp/package-lock.json" DESTINATION "${work}")
  paq_run("Downloading llama.cpp with npm" "${PAQ_NPM}" ci --prefix "${work}" --ignore-scripts
    --no-audit --no-fund)
  paq_run("Unpacking llama.cpp" "${PAQ_GIT}" -c advice.detachedHead=false clone --quiet
    "${work}/node_modules/node-llama-cpp/llama/gitRelease.bundle" "${work}/source")
  paq_run("Checking out llama.cpp ${PAQ_LLAMA_CPP_COMMIT}" "${PAQ_GIT}" -C "${work}/source"
    -c advice.detachedHead=false checkout --quiet --detach ${PAQ_LLAMA_CPP_COMMIT})
  file(RENAME "${work}/source" "${dir}")
  file(REMOVE_RECURSE "${work}")
endfunction()

# Sets `out` to the source directory, fetching it first where needed.
function(paq_locate_llama_cpp out)
  if(PAQ_LLAMA_CPP_DIR)
    if(NOT EXISTS "${PAQ_LLAMA_CPP_DIR}/include/llama.h")
      message(FATAL_ERROR "PAQ_LLAMA_CPP_DIR=${PAQ_LLAMA_CPP_DIR} is no llama.cpp checkout: "
        "it has no include/llama.h.")
    endif()
    message(STATUS "llama.cpp: ${PAQ_LLAMA_CPP_DIR} (yours; tested is ${PAQ_LLAMA_CPP_RELEASE})")
    set(${out} "${PAQ_LLAMA_CPP_DIR}" PARENT_SCOPE)
    return()
  endif()
  set(dir "${PAQ_DEPS_DIR}/llama.cpp-${PAQ_LLAMA_CPP_RELEASE}")
  file(MAKE_DIRECTORY "${PAQ_DEPS_DIR}")
  file(LOCK "${dir}.lock" GUARD FUNCTION TIMEOUT 1800 RESULT_VARIABLE lock)
  if(NOT lock EQUAL 0)
    message(FATAL_ERROR "Another build has held ${dir}.lock for half an hour (${lock}); "
      "end it and try again.")
  endif()
  if(NOT EXISTS "${dir}")
    paq_fetch_llama_cpp("${dir}")
  endif()
  file(READ "${dir}/.git/HEAD" commit)
  string(STRIP "${commit}" commit)
  if(NOT commit STREQUAL PAQ_LLAMA_CPP_COMMIT)
    message(FATAL_ERROR "${dir} is at ${commit}, expected ${PAQ_LLAMA_CPP_COMMIT}; "
      "delete the folder to fetch it anew, or use it through -DPAQ_LLAMA_CPP_DIR=.")
  endif()
  message(STATUS "llama.cpp: ${PAQ_LLAMA_CPP_RELEASE} in ${dir}")
  set(${out} "${dir}" PARENT_SCOPE)
endfunction()

# A default for an option of ggml that -D on the command line overrides.
macro(paq_ggml_default name value)
  if(NOT DEFINED ${name})
    set(${name} ${value})
  endif()
endmacro()

function(paq_add_llama_cpp)
  paq_locate_llama_cpp(source_dir)
  set(BUILD_SHARED_LIBS OFF)
  set(LLAMA_BUILD_COMMON ON)
  set(LLAMA_BUILD_TESTS OFF)
  set(LLAMA_BUILD_EXAMPLES OFF)
  set(LLAMA_BUILD_TOOLS ${PAQ_BUILD_PEERS})
  set(LLAMA_BUILD_SERVER ${PAQ_BUILD_PEERS})
  set(LLAMA_BUILD_APP OFF)
  set(LLAMA_BUILD_UI OFF)
  set(LLAMA_USE_PREBUILT_UI OFF)
  set(LLAMA_TOOLS_INSTALL OFF)
  set(LLAMA_OPENSSL OFF)
  set(LLAMA_ALL_WARNINGS OFF)
  set(GGML_CCACHE OFF)  # the root sets the launcher for everything
  # ggml's own threads instead of OpenMP's: a threadpool object can be made once and shared by every
  # context, its waiting can be tuned, the thread sanitizer understands it, and it cannot meet the
  # OpenMP runtime that LibTorch brings where a test links both.
  paq_ggml_default(GGML_OPENMP OFF)
  if(PAQ_PORTABLE)
    # On x86-64 ggml then takes AVX2, FMA, F16C and BMI2: x86-64-v3, any server since 2013.
    paq_ggml_default(GGML_NATIVE OFF)
  endif()
  add_subdirectory("${source_dir}" "${CMAKE_BINARY_DIR}/llama.cpp" EXCLUDE_FROM_ALL SYSTEM)
  # llama.cpp compiles its base for the oldest processor, and conversions of cached values are in it.
  # Contraction would make quantised weights depend on the machine.
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    if(GGML_NATIVE)
      target_compile_options(ggml-base PRIVATE -march=native -ffp-contract=off)
    elseif(GGML_AVX2)
      target_compile_options(ggml-base PRIVATE -mavx2 -ffp-contract=off)
    endif()
  endif()
endfunction()

paq_add_llama_cpp()

add_library(paq_llama INTERFACE)
target_link_libraries(paq_llama INTERFACE llama llama-common)
add_library(paq_http INTERFACE)
target_link_libraries(paq_http INTERFACE cpp-httplib)

if(PAQ_BUILD_PEERS)
  # Tools that tests and benchmarks compare paq with; never part of the default build.
  set(peers llama-server llama-quantize llama-perplexity llama-batched-bench llama-imatrix)
  set_target_properties(${peers} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/peers")
  add_custom_target(paq_peers DEPENDS ${peers})
endif()
