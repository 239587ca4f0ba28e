# SPDX-License-Identifier: GPL-3.0-or-later
# Target `coverage` (preset coverage): runs the tests of rooms, program and walk, and writes what they reached of engine/ and cli/:
# a page for each file in coverage/index.html, a table on the terminal. Lines that cannot be reached are
# marked `GCOVR_EXCL_LINE` in the source, with the reason.
find_program(GCOVR gcovr)
if(NOT GCOVR)
  message(WARNING "gcovr is not installed: no target coverage")
  return()
endif()
include(ProcessorCount)
ProcessorCount(processors)
get_property(programs GLOBAL PROPERTY MIRTI_UNIT_TESTS)
set(report "${PROJECT_BINARY_DIR}/coverage")
add_custom_target(coverage
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${report}"
  # Counters of former runs would be added to.
  COMMAND find "${PROJECT_BINARY_DIR}" -name "*.gcda" -delete
  COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${PROJECT_BINARY_DIR}" -L "unit|cli|walk" --output-on-failure
          -j ${processors}
  COMMAND "${GCOVR}" --root "${PROJECT_SOURCE_DIR}" --filter "${PROJECT_SOURCE_DIR}/engine/" --filter
          "${PROJECT_SOURCE_DIR}/cli/" --exclude-unreachable-branches --print-summary --html-details
          "${report}/index.html" --json-summary "${report}/summary.json" --json-summary-pretty --txt -
          "${PROJECT_BINARY_DIR}"
  DEPENDS mirti-cli ${programs}
  WORKING_DIRECTORY "${PROJECT_BINARY_DIR}" USES_TERMINAL VERBATIM)
