# SPDX-License-Identifier: GPL-3.0-or-later
# mirti_room(NAME SOURCES a.c b.c [LIBRARIES lib ...])
#
# One room of the engine: an object library that sees the public headers and only the third-party
# libraries it names, so that a foreign header cannot slip in. The engine is the union of its rooms.
function(mirti_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(mirti_${name} OBJECT ${ROOM_SOURCES})
  target_include_directories(mirti_${name} PUBLIC "${PROJECT_SOURCE_DIR}/engine/include"
                             PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(mirti_${name} PRIVATE mirti_options ${ROOM_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY MIRTI_ROOMS ${name})
  set_property(GLOBAL APPEND PROPERTY MIRTI_ROOM_LIBRARIES ${ROOM_LIBRARIES})

  # The source list is audited against the folder: a forgotten file is an error, not a surprise.
  file(GLOB present RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" CONFIGURE_DEPENDS
       "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
  foreach(file IN LISTS present)
    if(NOT file IN_LIST ROOM_SOURCES)
      message(FATAL_ERROR "engine/${name}/${file} is not in its room's source list")
    endif()
  endforeach()
endfunction()
