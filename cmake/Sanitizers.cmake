# SPDX-License-Identifier: MIT
# -DPAQ_SANITIZE="address;undefined" or "thread".
#
# address and thread go into llama.cpp too: the thread sanitizer must see its synchronisation.
# undefined stays with paq's own code, whose faults are the ones to be found here.

if("thread" IN_LIST PAQ_SANITIZE AND "address" IN_LIST PAQ_SANITIZE)
  message(FATAL_ERROR "PAQ_SANITIZE: address and thread cannot be combined; build them apart.")
endif()

foreach(sanitizer IN LISTS PAQ_SANITIZE)
  if(sanitizer STREQUAL "address" OR sanitizer STREQUAL "thread")
    add_compile_options(-fsanitize=${sanitizer} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${sanitizer})
  elseif(NOT sanitizer STREQUAL "undefined")
    message(FATAL_ERROR "PAQ_SANITIZE: unknown sanitizer '${sanitizer}'; known: address, undefined, thread")
  endif()
endforeach()

function(paq_sanitize target)
  if("undefined" IN_LIST PAQ_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=undefined -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=undefined)
  endif()
endfunction()
