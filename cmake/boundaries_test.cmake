# SPDX-License-Identifier: MIT
# Crosses every kind of boundary once, in a project of two folders, and expects to be stopped:
# cmake -DWORK=<empty folder> -P cmake/boundaries_test.cmake
cmake_minimum_required(VERSION 3.25)
set(project "${CMAKE_CURRENT_LIST_DIR}/testdata/boundaries")
file(REMOVE_RECURSE "${WORK}")

# Runs a step and compares how it ended: `expected` is "works" or a pattern of its error message.
function(expect expected)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE log ERROR_VARIABLE log)
  string(REGEX REPLACE "[ \n]+" " " line "${log}")
  if(expected STREQUAL "works")
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "expected to work, got ${status}: ${ARGN}\n${log}")
    endif()
  elseif(status EQUAL 0)
    message(FATAL_ERROR "expected to fail with '${expected}', but it worked: ${ARGN}")
  elseif(NOT line MATCHES "${expected}")
    message(FATAL_ERROR "expected to fail with '${expected}', got: ${ARGN}\n${log}")
  endif()
endfunction()

function(configure expected fault)
  expect("${expected}" "${CMAKE_COMMAND}" -S "${project}" -B "${WORK}/build" "-DFAULT=${fault}")
endfunction()

configure("works" "none")
expect("works" "${CMAKE_COMMAND}" --build "${WORK}/build")
configure("works" "include")
expect("store/store.h" "${CMAKE_COMMAND}" --build "${WORK}/build")
configure("engine may not depend on store; it may use: core, ladder" "folder")
configure("engine may not use paq_sqlite; only these may: store" "library")
configure("llama is linked through" "hidden")
configure("paq_llama cannot be PUBLIC" "public")

# The check of the includes themselves, on a tree with one fault of each kind.
function(check_tree expected include)
  file(WRITE "${WORK}/tree/src/eval/fault.cc" "#include ${include}\n")
  expect("${expected}" "${CMAKE_COMMAND}" "-DROOT=${WORK}/tree"
    -P "${CMAKE_CURRENT_LIST_DIR}/CheckLayers.cmake")
endfunction()

check_tree("works" "\"core/error.h\"")
check_tree("works" "<vector>")
check_tree("fault.cc: includes \"report/report.h\"; eval may use only" "\"report/report.h\"")
check_tree("fault.cc: includes llama.h, which only these folders may" "\"llama.h\"")
check_tree("fault.cc: includes ggml-cpu.h, which only these folders may" "<ggml-cpu.h>")
check_tree("fault.cc: includes torch/torch.h, which only these folders may: train, mini" "<torch/torch.h>")
check_tree("fault.cc: includes sqlite3.h, which only these folders may: store" "<sqlite3.h>")
check_tree("fault.cc: includes \"../core/error.h\"; name the header" "\"../core/error.h\"")
check_tree("fault.cc: includes \"error.h\"; name the header" "\"error.h\"")
