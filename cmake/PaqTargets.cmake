# SPDX-License-Identifier: MIT
# The helpers that every folder of paq declares itself with, and the one table of who may use whom.
#
#   paq_library(engine SOURCES a.cc b.cc PUBLIC core PRIVATE ladder paq_llama TESTS a_test.cc)
#   paq_part(bpe SOURCES bpe.cc PUBLIC core)
#   paq_executable(paq SOURCES main.cc DEPS cli)
#   paq_test(router_parity_test SOURCES router_parity_test.cc DEPS router train paq_torch LABELS slow)
#
# A bare folder name among the dependencies means that folder's library. Whatever a table below does
# not allow stops the configuration, and what a folder does not link it cannot include: a library
# exposes a directory with nothing but a link to its own folder (see paq_library).

# What each folder may depend on.
set(PAQ_MAY_USE_core "")
set(PAQ_MAY_USE_ladder core)
set(PAQ_MAY_USE_engine core ladder)
set(PAQ_MAY_USE_router core ladder engine)  # ladder, for it alone reads GGUF metadata
set(PAQ_MAY_USE_store core)
set(PAQ_MAY_USE_tasks core)
set(PAQ_MAY_USE_sandbox core)  # others take a core CodeRunner from cli
set(PAQ_MAY_USE_fetch core)
set(base_layer core ladder engine router store tasks)
set(PAQ_MAY_USE_label ${base_layer})
set(PAQ_MAY_USE_train ${base_layer})
set(PAQ_MAY_USE_eval ${base_layer})
set(PAQ_MAY_USE_serve ${base_layer})
set(PAQ_MAY_USE_report ${base_layer})
set(PAQ_MAY_USE_cli ${base_layer} sandbox fetch label eval serve report mini)
set(PAQ_MAY_USE_mini core ladder tasks train)
set(PAQ_FOLDERS ${base_layer} sandbox fetch label train eval serve report cli mini)
unset(base_layer)

# Who may use the third-party code that only some folders see. The rest is open to all.
set(PAQ_USERS_OF_paq_llama ladder engine router)
set(PAQ_USERS_OF_paq_http serve)
set(PAQ_USERS_OF_paq_torch train mini)
set(PAQ_USERS_OF_paq_sqlite store)
set(PAQ_USERS_OF_paq_seccomp sandbox)
set(PAQ_USERS_OF_paq_utf8proc router)
set(PAQ_USERS_OF_paq_curl engine fetch)
set(PAQ_USERS_OF_paq_archive fetch)
set(PAQ_USERS_OF_paq_bpe train mini)  # train's tokenizer apart, without LibTorch
set(PAQ_USERS_OF_paq_hf_files train)
set(PAQ_USERS_OF_paq_mini_vocabulary mini)
set(PAQ_USERS_OF_paq_mini_model mini)  # links LibTorch, which paq must not
set(PAQ_RESTRICTED paq_llama paq_http paq_torch paq_sqlite paq_seccomp paq_utf8proc paq_curl paq_archive
    paq_bpe paq_hf_files paq_mini_vocabulary paq_mini_model)
# The targets behind those names, so that nobody takes the back door.
set(PAQ_HIDDEN llama llama-common llama-common-base ggml ggml-base ggml-cpu cpp-httplib torch torch_cpu
    c10 SQLiteCpp SQLite::SQLite3 CURL::libcurl
    LibArchive::LibArchive)

# Compiler settings for paq's own targets only; third-party code keeps its own.
function(paq_set_compile_options target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${PAQ_WERROR}>:-Werror>)
  # GCC 12 sees overlapping copies in `"text" + std::string` that are not there (GCC bug 105651).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  paq_sanitize(${target})
endfunction()

# Sets `out` to the target names of the dependencies in ARGN, after checking that `folder` may have
# them. An empty `folder` (tests/) may have all that is not hidden.
function(paq_resolve out folder)
  set(targets "")
  foreach(dep IN LISTS ARGN)
    if(dep IN_LIST PAQ_FOLDERS)
      if(folder AND NOT dep STREQUAL folder AND NOT dep IN_LIST PAQ_MAY_USE_${folder})
        string(REPLACE ";" ", " allowed "${PAQ_MAY_USE_${folder}}")
        message(FATAL_ERROR "${folder} may not depend on ${dep}; it may use: ${allowed}. "
          "The table is in cmake/PaqTargets.cmake.")
      endif()
      list(APPEND targets "paq_${dep}")
      continue()
    endif()
    if(dep IN_LIST PAQ_HIDDEN)
      message(FATAL_ERROR "${dep} is linked through one of ${PAQ_RESTRICTED}, never by name.")
    endif()
    if(folder AND dep IN_LIST PAQ_RESTRICTED AND NOT folder IN_LIST PAQ_USERS_OF_${dep})
      string(REPLACE ";" ", " users "${PAQ_USERS_OF_${dep}}")
      message(FATAL_ERROR "${folder} may not use ${dep}; only these may: ${users}.")
    endif()
    list(APPEND targets "${dep}")
  endforeach()
  set(${out} "${targets}" PARENT_SCOPE)
endfunction()

# Declares the library of the calling folder.
#
#   SOURCES    its .cc files; HEADERS its headers (optional, for IDEs)
#   PUBLIC     folders whose headers its own headers include
#   PRIVATE    folders and third-party targets that only its .cc files include
#   TESTS      test files beside the code, built into one executable <folder>_test
#   TEST_DEPS  what the tests need beyond the library's own dependencies
#   SLOW_TESTS GoogleTest patterns of the tests that take ten seconds or more (Suite.Name, * and ?)
function(paq_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" ""
    "SOURCES;HEADERS;PUBLIC;PRIVATE;TESTS;TEST_DEPS;SLOW_TESTS")
  paq_check_arguments("paq_library(${folder})" "${ARG_UNPARSED_ARGUMENTS}" "${ARG_SOURCES}")
  if(NOT folder IN_LIST PAQ_FOLDERS)
    message(FATAL_ERROR "paq_library(${folder}): unknown folder; add it to cmake/PaqTargets.cmake.")
  endif()
  get_property(parts GLOBAL PROPERTY PAQ_PARTS)
  foreach(dep IN LISTS ARG_PUBLIC)
    if(NOT dep IN_LIST PAQ_FOLDERS AND NOT dep IN_LIST parts)
      message(FATAL_ERROR "paq_library(${folder}): ${dep} cannot be PUBLIC, for public headers have "
        "no third-party includes; make it PRIVATE.")
    endif()
  endforeach()

  set(target "paq_${folder}")
  add_library(${target} STATIC ${ARG_SOURCES} ${ARG_HEADERS})
  add_library("paq::${folder}" ALIAS ${target})
  paq_set_compile_options(${target})
  paq_expose_folder(${target} ${folder})

  paq_resolve(public_targets ${folder} ${ARG_PUBLIC})
  paq_resolve(private_targets ${folder} ${ARG_PRIVATE})
  target_link_libraries(${target} PUBLIC ${public_targets} PRIVATE ${private_targets})

  if(PAQ_TESTS AND ARG_TESTS)
    # The tests see what the library sees, third-party code included, and no more unless they say so.
    paq_resolve(test_targets ${folder} ${ARG_TEST_DEPS})
    paq_add_test_executable("${folder}_test" "${ARG_TESTS}"
      "${target};${public_targets};${private_targets};${test_targets}" "${folder}" "${ARG_SLOW_TESTS}")
  endif()
endfunction()

# Declares a library `paq_<name>` for a part of the calling folder that others need without the rest of
# it, or that the rest must not depend on. The folder's rules hold for it; being internal to few, it
# may have third-party code PUBLIC.
function(paq_part name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;PUBLIC;PRIVATE")
  paq_check_arguments("paq_part(${name})" "${ARG_UNPARSED_ARGUMENTS}" "${ARG_SOURCES}")
  paq_folder_of_caller(folder)
  set(target "paq_${name}")
  add_library(${target} STATIC ${ARG_SOURCES})
  set_property(GLOBAL APPEND PROPERTY PAQ_PARTS ${target})
  paq_set_compile_options(${target})
  if(folder)
    paq_expose_folder(${target} ${folder})
  endif()
  paq_resolve(public_targets "${folder}" ${ARG_PUBLIC})
  paq_resolve(private_targets "${folder}" ${ARG_PRIVATE})
  target_link_libraries(${target} PUBLIC ${public_targets} PRIVATE ${private_targets})
endfunction()

# Gives a target a directory of its own that shows this folder and no other: with a common include
# directory, any folder could include any header without linking it.
function(paq_expose_folder target folder)
  set(include_dir "${CMAKE_BINARY_DIR}/include/${folder}")
  file(MAKE_DIRECTORY "${include_dir}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${include_dir}/${folder}" SYMBOLIC)
  target_include_directories(${target} PUBLIC "${include_dir}")
endfunction()

# Declares an executable, which lands in <build>/bin.
function(paq_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPS")
  paq_check_arguments("paq_executable(${name})" "${ARG_UNPARSED_ARGUMENTS}" "${ARG_SOURCES}")
  paq_folder_of_caller(folder)
  add_executable(${name} ${ARG_SOURCES})
  paq_set_compile_options(${name})
  paq_resolve(targets "${folder}" ${ARG_DEPS})
  target_link_libraries(${name} PRIVATE ${targets})
endfunction()

# Declares a test that crosses folders (in tests/). LABELS are CTest's; `slow` keeps it out of the
# quick suite, SLOW_TESTS (as paq_library has them) only those that they name.
function(paq_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPS;LABELS;SLOW_TESTS")
  paq_check_arguments("paq_test(${name})" "${ARG_UNPARSED_ARGUMENTS}" "${ARG_SOURCES}")
  if(NOT PAQ_TESTS)
    return()
  endif()
  paq_folder_of_caller(folder)
  paq_resolve(targets "${folder}" ${ARG_DEPS})
  paq_add_test_executable(${name} "${ARG_SOURCES}" "${targets}" "${ARG_LABELS}" "${ARG_SLOW_TESTS}")
endfunction()

# The folder that is being declared, or "" outside the table (tests/, bench/).
function(paq_folder_of_caller out)
  get_filename_component(folder "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  if(NOT folder IN_LIST PAQ_FOLDERS)
    set(folder "")
  endif()
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

function(paq_check_arguments call unparsed sources)
  if(unparsed)
    message(FATAL_ERROR "${call}: unknown arguments: ${unparsed}")
  endif()
  if(NOT sources)
    message(FATAL_ERROR "${call}: no SOURCES")
  endif()
endfunction()

function(paq_add_test_executable name sources targets labels slow_tests)
  add_executable(${name} ${sources})
  paq_set_compile_options(${name})
  target_link_libraries(${name} PRIVATE ${targets} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    PAQ_SHARED_DATA="${PAQ_SHARED_DATA}" PAQ_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    PAQ_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  # PRE_TEST: the tests are listed when ctest runs, so building never runs what it has built. Their
  # names begin with the executable's, without its _test.
  string(REGEX REPLACE "_test$" "" prefix "${name}")
  set(discover DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 NO_PRETTY_VALUES TEST_PREFIX "${prefix}.")
  # One label of several words: a list does not get through, and ctest looks for parts of a label.
  list(JOIN labels " " label)
  set(quick "")
  if(slow_tests)
    string(REPLACE ";" ":" patterns "${slow_tests}")
    gtest_discover_tests(${name} ${discover} TEST_FILTER "${patterns}"
      PROPERTIES LABELS "${label} slow" TIMEOUT 900)
    set(quick TEST_FILTER "-${patterns}")
  endif()
  gtest_discover_tests(${name} ${discover} ${quick} PROPERTIES LABELS "${label}" TIMEOUT 900)
endfunction()
