# Build options and the two interface targets that every target of ours links:
# parallax_flags (language, warnings) and parallax_sanitizers.

option(PARALLAX_BUILD_TESTS "Build the tests" ON)
option(PARALLAX_BUILD_BENCHMARKS "Build the benchmarks" ON)
option(PARALLAX_BUILD_FUZZERS "Build the libFuzzer targets (Clang)" OFF)
option(PARALLAX_WERROR "Treat warnings in our own sources as errors" OFF)
option(PARALLAX_PRECOMPILE "Parse what comes from outside once for each library" ON)
option(PARALLAX_TIDY "Run clang-tidy while compiling" OFF)
option(PARALLAX_ODR "Find classes that two sources define differently, while linking (GCC)" OFF)
set(PARALLAX_SANITIZE "" CACHE STRING "Comma-separated sanitizers, as address,undefined")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
    # As ccache's manual wants it for precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${CCACHE}")
endif()
find_program(MOLD mold)
if(MOLD AND NOT PARALLAX_SANITIZE AND NOT PARALLAX_ODR)
    add_link_options(-fuse-ld=mold)
endif()

add_library(parallax_flags INTERFACE)
target_compile_features(parallax_flags INTERFACE cxx_std_20)
target_include_directories(parallax_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(parallax_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wsign-conversion>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Wold-style-cast;-Wcast-align;-Woverloaded-virtual>
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:-Wthread-safety>
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${PARALLAX_WERROR}>>:-Werror>)

if(PARALLAX_ODR)
    # The linker sees every class with its members only where it optimises across sources.
    target_compile_options(parallax_flags INTERFACE -flto=auto)
    target_link_options(parallax_flags INTERFACE -flto=auto -Wodr -Werror=odr)
endif()

add_library(parallax_sanitizers INTERFACE)
if(PARALLAX_SANITIZE)
    target_compile_options(parallax_sanitizers INTERFACE
        -fsanitize=${PARALLAX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(parallax_sanitizers INTERFACE -fsanitize=${PARALLAX_SANITIZE})
    if(PARALLAX_SANITIZE MATCHES thread)
        # ThreadSanitizer does not know fences, which Asio uses beside its locks: GCC warns of each.
        target_compile_definitions(parallax_sanitizers INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
endif()
if(PARALLAX_BUILD_FUZZERS)
    # Coverage for libFuzzer in every library of ours, without its main.
    target_compile_options(parallax_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(PARALLAX_TIDY)
    find_program(CLANG_TIDY NAMES clang-tidy clang-tidy-14 REQUIRED)
    set(PARALLAX_TIDY_COMMAND "${CLANG_TIDY};--quiet;--warnings-as-errors=*")
endif()
