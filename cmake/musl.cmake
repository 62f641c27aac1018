# musl: its source with patches, and a sysroot made of it.

file(GLOB patches CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/musl-patches/*.patch" "${CMAKE_SOURCE_DIR}/musl-patches/series")
file(GLOB added CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/runtime/public/*" "${CMAKE_SOURCE_DIR}/runtime/gate/calls.txt" "${TOOLS}/calls.sh")
file(GLOB backports CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/musl-patches/backports/*")

# Which musl: a change of another line of sources.txt makes nothing here again.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${TOOLS}/sources.txt")
file(STRINGS "${TOOLS}/sources.txt" musl_line REGEX "^musl ")
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/musl-line.txt" CONTENT "${musl_line}\n" @ONLY)

# The tree <build>/musl-<flavour>; made again when a patch changes.
function(coro_musl_source flavour)
  set(tree "${CMAKE_BINARY_DIR}/musl-${flavour}")
  set(inputs "${TOOLS}/musl-source.sh" "${CMAKE_BINARY_DIR}/musl-line.txt" ${backports})
  if(flavour STREQUAL coro)
    list(APPEND inputs ${patches} ${added})
  endif()
  add_custom_command(
    OUTPUT "${tree}/.stamp"
    COMMAND "${TOOLS}/musl-source.sh" ${flavour} "${tree}"
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${CMAKE_BINARY_DIR}/build-${flavour}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${tree}/.stamp"
    DEPENDS ${inputs}
    COMMENT "musl: source, ${flavour}")
  add_custom_target(musl-source-${flavour} DEPENDS "${tree}/.stamp")
endfunction()

# compiler-rt's builtins and start files, compiled against musl's public headers.
set(CORO_BUILTINS "${CMAKE_BINARY_DIR}/builtins")
set(CORO_MUSL_HEADERS "${CMAKE_BINARY_DIR}/musl-headers")
function(coro_builtins)
  add_custom_command(
    OUTPUT "${CORO_MUSL_HEADERS}/.stamp"
    COMMAND "${TOOLS}/musl-headers.sh" ${CORO_ARCH} "${CMAKE_BINARY_DIR}/musl-coro" "${CORO_MUSL_HEADERS}"
    DEPENDS "${CMAKE_BINARY_DIR}/musl-coro/.stamp" "${TOOLS}/musl-headers.sh"
    COMMENT "musl: headers")
  add_custom_command(
    OUTPUT "${CORO_BUILTINS}.stamp"
    COMMAND "${TOOLS}/builtins.sh" ${CORO_ARCH} "${CORO_MUSL_HEADERS}" "${CORO_BUILTINS}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${CORO_BUILTINS}.stamp"
    DEPENDS "${CORO_MUSL_HEADERS}/.stamp" "${TOOLS}/builtins.sh"
    COMMENT "compiler-rt: builtins" USES_TERMINAL)
  add_custom_target(builtins DEPENDS "${CORO_BUILTINS}.stamp")
endfunction()

# musl and what surrounds it, installed in `sysroot`. `object`: the runtime, or empty.
function(coro_sysroot flavour sysroot object)
  set(tree "${CMAKE_BINARY_DIR}/musl-${flavour}")
  set(build "${CMAKE_BINARY_DIR}/build-${flavour}")
  set(stamp "${CMAKE_BINARY_DIR}/sysroot-${flavour}.stamp")
  set(cxx)
  if(CORO_CXX)
    set(cxx COMMAND "${TOOLS}/libcxx.sh" ${CORO_ARCH} "${sysroot}" "${CMAKE_BINARY_DIR}/libcxx"
            COMMAND "${TOOLS}/gcc-shim.sh" ${CORO_ARCH} "${CORO_BUILTINS}" "${sysroot}")
  endif()
  file(GLOB share CONFIGURE_DEPENDS "${TOOLS}/share/*")
  add_custom_command(
    OUTPUT "${stamp}"
    COMMAND "${TOOLS}/musl.sh" ${CORO_ARCH} "${tree}" "${CORO_BUILTINS}" "${build}" "${sysroot}" ${object}
    COMMAND "${TOOLS}/gcc-shim.sh" ${CORO_ARCH} "${CORO_BUILTINS}" "${sysroot}"
    ${cxx}
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS "${tree}/.stamp" "${CORO_BUILTINS}.stamp" ${object} "${TOOLS}/musl.sh" "${TOOLS}/gcc-shim.sh" "${TOOLS}/kernel-headers.sh" "${TOOLS}/libcxx.sh" ${share}
    COMMENT "sysroot: ${flavour}" USES_TERMINAL)
  add_custom_target(sysroot-${flavour} ALL DEPENDS "${stamp}")
endfunction()
