# SPDX-License-Identifier: GPL-3.0-or-later
# What every folder shares: language level, warnings, where binaries land, and two one-line ways to declare targets.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(caravan_warnings INTERFACE)
target_compile_options(caravan_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wnon-virtual-dtor
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 warns inside libstdc++'s own string at -O2 (GCC bug 105651)
  $<$<AND:$<BOOL:${CARAVAN_WERROR}>,$<CXX_COMPILER_ID:GNU>>:-Werror>)  # clang, for fuzzing, warns of other things

# caravan_library(NAME SOURCES a.cpp ... USES caravan_util ... [PRIVATE_USES PkgConfig::X ...])
# USES are part of the interface; PRIVATE_USES hold the third-party libraries that only this folder may include.
function(caravan_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/common)
  target_link_libraries(${name} PUBLIC ${ARG_USES} PRIVATE caravan_warnings ${ARG_PRIVATE_USES})
  if(CARAVAN_FAULT_POINTS)
    target_compile_definitions(${name} PUBLIC CARAVAN_FAULT_POINTS=1)
  endif()
endfunction()

# caravan_test(NAME SOURCES a.cpp ... USES ... [LABELS unit|property|contract] [TIMEOUT s] [SKIP_RC 77])
function(caravan_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE caravan_warnings ${ARG_USES} GTest::gtest GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE CARAVAN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
