# SPDX-License-Identifier: GPL-3.0-or-later
# Language level, warnings, sanitizers and coverage, the same for every target of the project.
option(MIRTI_WERROR "Treat warnings as errors" OFF)
option(MIRTI_COVERAGE "Instrument for coverage" OFF)
option(MIRTI_FUZZ "Build the fuzzing harnesses" OFF)
set(MIRTI_SANITIZE "" CACHE STRING "Comma-separated sanitizers, such as address,undefined")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g -DNDEBUG")

add_library(mirti_options INTERFACE)
target_compile_definitions(mirti_options INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
target_compile_options(mirti_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wvla -Wpedantic -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wundef -Wwrite-strings
  # Messages are cut to the room they have, on purpose; gcc guesses where that might happen.
  # Pointers that dangle are for the address sanitizer: gcc 12 mistakes a returned pointer for its variable.
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
  $<$<C_COMPILER_ID:GNU>:-Wno-dangling-pointer>
  # The same bits whatever the optimiser does: no fused multiply-add behind our back.
  -ffp-contract=off)
if(MIRTI_WERROR)
  target_compile_options(mirti_options INTERFACE -Werror)
endif()
if(MIRTI_SANITIZE)
  target_compile_options(mirti_options INTERFACE -fsanitize=${MIRTI_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all
                         # gcc 12 guesses wrongly after `(a ? x : y)[i]`; the address sanitizer looks at the same.
                         -fno-sanitize=object-size)
  target_link_options(mirti_options INTERFACE -fsanitize=${MIRTI_SANITIZE})
endif()
if(MIRTI_COVERAGE)
  target_compile_options(mirti_options INTERFACE --coverage)
  target_link_options(mirti_options INTERFACE --coverage)
endif()
if(MIRTI_FUZZ)
  target_compile_options(mirti_options INTERFACE -fsanitize=fuzzer-no-link) # coverage as feedback
endif()
