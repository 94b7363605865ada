# cardlab_folder(name LINK lower-floors...): one static library per folder of src/, all its .c files.
# Folders include each other as "folder/file.h".
function(cardlab_folder name)
  cmake_parse_arguments(FOLDER "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  if(NOT sources)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  foreach(lower ${FOLDER_LINK})
    target_link_libraries(${name} PUBLIC ${lower})
  endforeach()
endfunction()
