# SPDX-License-Identifier: MIT
# What comes from the distribution. tools/install has the same list as Debian packages.

# find_package(REQUIRED) with a message that says what to install.
macro(paq_find package debian)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} was not found. On Debian: apt-get install ${debian} "
      "(or tools/install for everything); elsewhere set ${package}_DIR.")
  endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
paq_find(OpenSSL libssl-dev)
paq_find(nlohmann_json nlohmann-json3-dev)
paq_find(CLI11 libcli11-dev)
paq_find(spdlog libspdlog-dev)
paq_find(yaml-cpp libyaml-cpp-dev)
paq_find(SQLiteCpp libsqlitecpp-dev)
paq_find(ZLIB zlib1g-dev)
paq_find(CURL libcurl4-openssl-dev)
paq_find(LibArchive libarchive-dev)
if(PAQ_TESTS)
  paq_find(GTest "libgtest-dev libgmock-dev")
  include(GoogleTest)
endif()

# Only store may link it; see PaqTargets.cmake.
add_library(paq_sqlite INTERFACE)
target_link_libraries(paq_sqlite INTERFACE SQLiteCpp)

# Only sandbox may link it. libseccomp brings no CMake package.
find_path(PAQ_SECCOMP_INCLUDE_DIR seccomp.h)
find_library(PAQ_SECCOMP_LIBRARY seccomp)
if(NOT PAQ_SECCOMP_INCLUDE_DIR OR NOT PAQ_SECCOMP_LIBRARY)
  message(FATAL_ERROR "libseccomp was not found. On Debian: apt-get install libseccomp-dev (or "
    "tools/install for everything); elsewhere set PAQ_SECCOMP_INCLUDE_DIR and PAQ_SECCOMP_LIBRARY.")
endif()
add_library(paq_seccomp INTERFACE)
target_include_directories(paq_seccomp SYSTEM INTERFACE "${PAQ_SECCOMP_INCLUDE_DIR}")
target_link_libraries(paq_seccomp INTERFACE "${PAQ_SECCOMP_LIBRARY}")

# Only router may link it. Debian's utf8proc brings no CMake package.
find_path(PAQ_UTF8PROC_INCLUDE_DIR utf8proc.h)
find_library(PAQ_UTF8PROC_LIBRARY utf8proc)
if(NOT PAQ_UTF8PROC_INCLUDE_DIR OR NOT PAQ_UTF8PROC_LIBRARY)
  message(FATAL_ERROR "utf8proc was not found. On Debian: apt-get install libutf8proc-dev (or "
    "tools/install for everything); elsewhere set PAQ_UTF8PROC_INCLUDE_DIR and PAQ_UTF8PROC_LIBRARY.")
endif()
add_library(paq_utf8proc INTERFACE)
target_include_directories(paq_utf8proc SYSTEM INTERFACE "${PAQ_UTF8PROC_INCLUDE_DIR}")
target_link_libraries(paq_utf8proc INTERFACE "${PAQ_UTF8PROC_LIBRARY}")

# Only engine and fetch may link the first, only fetch the second.
add_library(paq_curl INTERFACE)
target_link_libraries(paq_curl INTERFACE CURL::libcurl)
add_library(paq_archive INTERFACE)
target_link_libraries(paq_archive INTERFACE LibArchive::LibArchive)
