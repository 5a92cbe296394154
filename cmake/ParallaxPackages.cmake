# Everything comes from Debian's packages; scripts/setup installs them.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED) # module mode, before gRPC
find_package(gRPC CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(Boost 1.74 REQUIRED) # headers alone: Beast and Asio
find_package(zstd CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)

find_path(DECAF_INCLUDE_DIR decaf.h PATH_SUFFIXES decaf REQUIRED)
find_library(DECAF_LIBRARY decaf REQUIRED)
if(NOT TARGET decaf::decaf)
    add_library(decaf::decaf UNKNOWN IMPORTED)
    set_target_properties(decaf::decaf PROPERTIES
        IMPORTED_LOCATION "${DECAF_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${DECAF_INCLUDE_DIR};${DECAF_INCLUDE_DIR}/decaf")
endif()

if(PARALLAX_BUILD_TESTS)
    find_package(GTest CONFIG REQUIRED)
    find_package(rapidcheck CONFIG REQUIRED)
    pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
    include(GoogleTest)
endif()
if(PARALLAX_BUILD_BENCHMARKS)
    find_package(benchmark CONFIG REQUIRED)
endif()
