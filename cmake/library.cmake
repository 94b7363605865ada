# libiso8583 as others embed it, static and shared, and what `cmake --install` puts where.
#
# The codec and those parts of base that it needs become one object, in which every name but those of
# libiso8583.map is local; both libraries are made of it. So neither has names that could collide
# with somebody's own, and the program cardlab, which looks deeper, links the folders instead.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(map ${CMAKE_SOURCE_DIR}/src/iso8583/libiso8583.map)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${map})
file(STRINGS ${map} symbols REGEX "^ +iso_[a-z0-9_]+;$")
list(TRANSFORM symbols REPLACE "[ ;]" "")
list(JOIN symbols "\n" kept)
file(WRITE ${CMAKE_BINARY_DIR}/lib/symbols "${kept}\n")
list(TRANSFORM symbols PREPEND "-Wl,-u,")

set(object ${CMAKE_BINARY_DIR}/lib/iso8583.o)
add_custom_command(
  OUTPUT ${object}
  COMMAND ${CMAKE_C_COMPILER} -r -nostdlib -o ${object} ${symbols}
          $<TARGET_FILE:iso8583> $<TARGET_FILE:base>
  COMMAND ${CMAKE_OBJCOPY} --keep-global-symbols=${CMAKE_BINARY_DIR}/lib/symbols ${object}
  DEPENDS iso8583 base ${map}
  COMMENT "Linking lib/iso8583.o"
  VERBATIM)

add_library(libiso8583_shared SHARED ${object})
add_library(libiso8583_static STATIC ${object})
foreach(kind shared static)
  set_target_properties(libiso8583_${kind} PROPERTIES
    LINKER_LANGUAGE C
    OUTPUT_NAME iso8583
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib
    ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  target_include_directories(libiso8583_${kind} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(libiso8583_${kind} PRIVATE PkgConfig::FYAML)
endforeach()
set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
# While the first number is 0, any release may change structs of the header: the second is in the name.
set_target_properties(libiso8583_shared PROPERTIES
  EXPORT_NAME iso8583 VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} LINK_DEPENDS ${map})
set_target_properties(libiso8583_static PROPERTIES EXPORT_NAME iso8583_static)
target_link_options(libiso8583_shared PRIVATE -Wl,--version-script=${map} -Wl,-z,defs)

install(TARGETS libiso8583_shared libiso8583_static EXPORT iso8583
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CMAKE_SOURCE_DIR}/src/iso8583/iso8583.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/iso8583)
install(EXPORT iso8583 NAMESPACE iso8583:: FILE iso8583Targets.cmake DESTINATION ${package})
set(specs_dir ${CMAKE_INSTALL_DATADIR}/cardlab/specs)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/iso8583Config.cmake.in
  ${CMAKE_BINARY_DIR}/lib/iso8583Config.cmake INSTALL_DESTINATION ${package} PATH_VARS specs_dir)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/lib/iso8583ConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/lib/iso8583Config.cmake
              ${CMAKE_BINARY_DIR}/lib/iso8583ConfigVersion.cmake DESTINATION ${package})

# The tree may be moved after it was installed: everything is named from where the file stands.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_SOURCE_DIR}/cmake/iso8583.pc.in ${CMAKE_BINARY_DIR}/lib/iso8583.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/lib/iso8583.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# --- the program, and formats as data ---------------------------------------------------------------
install(TARGETS cardlab RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/specs/ DESTINATION ${specs_dir} FILES_MATCHING PATTERN *.yaml)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
        FILES_MATCHING PATTERN *.c PATTERN CMakeLists.txt PATTERN build EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
