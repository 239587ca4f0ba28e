# SPDX-License-Identifier: GPL-3.0-or-later
# What `cmake --install` puts where: the program, the engine as a static library with its headers,
# what CMake and pkg-config need to link it, and the models, boundaries and documents of the project.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/mirti")

install(TARGETS mirti EXPORT mirtiTargets)
install(DIRECTORY engine/include/mirti DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(EXPORT mirtiTargets NAMESPACE mirti:: DESTINATION "${package_dir}")

configure_package_config_file(cmake/mirtiConfig.cmake.in "${PROJECT_BINARY_DIR}/mirtiConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may break callers.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/mirtiConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mirtiConfig.cmake" "${PROJECT_BINARY_DIR}/mirtiConfigVersion.cmake"
        DESTINATION "${package_dir}")
# The two libraries that nobody else describes.
install(FILES cmake/FindCSV.cmake cmake/FindReadStat.cmake DESTINATION "${package_dir}")

# The prefix is found from where the .pc file lies, so that an installation can be moved.
file(RELATIVE_PATH MIRTI_PC_PREFIX "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" MIRTI_PC_PREFIX "${MIRTI_PC_PREFIX}")
configure_file(cmake/mirti.pc.in "${PROJECT_BINARY_DIR}/mirti.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/mirti.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

foreach(folder models shapefiles)
  if(EXISTS "${PROJECT_SOURCE_DIR}/${folder}")
    install(DIRECTORY ${folder} DESTINATION "${CMAKE_INSTALL_DATADIR}/mirti")
  endif()
endforeach()
install(FILES README.md CHANGELOG.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
file(GLOB manuals CONFIGURE_DEPENDS docs/man/*.1)
install(FILES ${manuals} DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
