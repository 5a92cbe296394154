# verifier_library(NAME core SOURCES a.cpp ... LINKS verifier::model ... [NO_EXCEPTIONS])
#   A static library parallax_core with the alias verifier::core.
function(verifier_library)
    cmake_parse_arguments(ARG "NO_EXCEPTIONS" "NAME" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
    add_library(parallax_${ARG_NAME} STATIC ${ARG_SOURCES})
    add_library(verifier::${ARG_NAME} ALIAS parallax_${ARG_NAME})
    target_link_libraries(parallax_${ARG_NAME}
        PUBLIC parallax_flags parallax_sanitizers ${ARG_LINKS}
        PRIVATE ${ARG_PRIVATE_LINKS})
    if(ARG_NO_EXCEPTIONS)
        target_compile_options(parallax_${ARG_NAME} PRIVATE
            $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
    endif()
    list(LENGTH ARG_SOURCES count)
    if(PARALLAX_PRECOMPILE AND count GREATER 7)
        # Making one costs as much as three sources.
        target_link_libraries(parallax_${ARG_NAME} PRIVATE
            absl::flat_hash_map absl::status absl::statusor fmt::fmt)
        target_precompile_headers(parallax_${ARG_NAME} PRIVATE
            "${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp")
        target_compile_options(parallax_${ARG_NAME} PRIVATE
            $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>)
    endif()
    if(PARALLAX_TIDY)
        set_target_properties(parallax_${ARG_NAME} PROPERTIES
            CXX_CLANG_TIDY "${PARALLAX_TIDY_COMMAND}")
    endif()
endfunction()

# verifier_binary(NAME parallax SOURCES ... LINKS ...)
function(verifier_binary)
    cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINKS" ${ARGN})
    add_executable(${ARG_NAME} ${ARG_SOURCES})
    target_link_libraries(${ARG_NAME} PRIVATE parallax_flags parallax_sanitizers ${ARG_LINKS})
endfunction()

# verifier_test(NAME core_tests SOURCES ... LINKS ...)
#   One GoogleTest binary; each of its cases is a CTest case. Tests that read the public vectors
#   find them through PARALLAX_VECTORS, or beside the checkout.
function(verifier_test)
    cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINKS" ${ARGN})
    add_executable(${ARG_NAME} ${ARG_SOURCES})
    target_link_libraries(${ARG_NAME} PRIVATE
        parallax_flags parallax_sanitizers ${ARG_LINKS} test_folders GTest::gtest_main GTest::gmock)
    gtest_discover_tests(${ARG_NAME} DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT 900)
endfunction()

# verifier_fuzzer(NAME transaction SOURCES transaction_fuzz.cpp ... LINKS verifier::codec)
#   A fuzz target (tests/fuzz/fuzz_target.hpp): the plain test Fuzz.transaction, and with
#   PARALLAX_BUILD_FUZZERS the libFuzzer program transaction_fuzzer with a short run as a test.
function(verifier_fuzzer)
    cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINKS" ${ARGN})
    add_executable(${ARG_NAME}_fuzz_plain ${ARG_SOURCES})
    target_link_libraries(${ARG_NAME}_fuzz_plain PRIVATE fuzz_plain_driver ${ARG_LINKS})
    add_test(NAME Fuzz.${ARG_NAME} COMMAND ${ARG_NAME}_fuzz_plain)
    set_tests_properties(Fuzz.${ARG_NAME} PROPERTIES TIMEOUT 600)
    if(NOT PARALLAX_BUILD_FUZZERS)
        return()
    endif()
    add_executable(${ARG_NAME}_fuzzer ${ARG_SOURCES})
    target_link_libraries(${ARG_NAME}_fuzzer PRIVATE fuzz_entry ${ARG_LINKS})
    target_link_options(${ARG_NAME}_fuzzer PRIVATE -fsanitize=fuzzer)
    set(corpus "${CMAKE_CURRENT_BINARY_DIR}/corpus_${ARG_NAME}")
    add_test(NAME Fuzz.${ARG_NAME}_seeds COMMAND ${ARG_NAME}_fuzz_plain "${corpus}")
    add_test(NAME Fuzz.${ARG_NAME}_fuzzer COMMAND ${ARG_NAME}_fuzzer
        -seed=1 -runs=200000 -max_total_time=60 -max_len=20000 -print_final_stats=1
        -artifact_prefix=${corpus}- "${corpus}")
    set_tests_properties(Fuzz.${ARG_NAME}_seeds PROPERTIES FIXTURES_SETUP corpus_${ARG_NAME})
    set_tests_properties(Fuzz.${ARG_NAME}_fuzzer PROPERTIES
        FIXTURES_REQUIRED corpus_${ARG_NAME} TIMEOUT 600)
endfunction()
