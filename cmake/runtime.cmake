# The runtime as one object, coro_rt.o: one archive member, so that a weak default can never survive beside a started scheduler.

function(coro_runtime_object output)
  set(source "${CMAKE_SOURCE_DIR}/runtime")
  set(musl "${CMAKE_BINARY_DIR}/musl-coro")
  set(build "${CMAKE_BINARY_DIR}/runtime")
  set(musl_headers "${CORO_MUSL_HEADERS}")
  execute_process(COMMAND awk "$1 == \"${CORO_ARCH}\" { print $2, $3 }" "${CMAKE_SOURCE_DIR}/cmake/architectures.txt"
    OUTPUT_VARIABLE line OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT line)
    message(FATAL_ERROR "CORO_ARCH=${CORO_ARCH}: not in cmake/architectures.txt")
  endif()
  separate_arguments(line)
  list(GET line 0 target)
  list(GET line 1 musl_arch)

  # The gate's dispatch table.
  add_custom_command(
    OUTPUT "${build}/dispatch_table.inc"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${build}"
    COMMAND "${TOOLS}/calls.sh" dispatch > "${build}/dispatch_table.inc"
    DEPENDS "${source}/gate/calls.txt" "${TOOLS}/calls.sh"
    COMMENT "runtime: gate/calls.txt")

  # What one architecture needs: ARCH_FLAGS for the compiler, ARCH_OBJCOPY for the object that it all becomes, ARCH_TABLES_NEED_LIBRARY where unwind tables do.
  set(ARCH_FLAGS)
  set(ARCH_TABLES_NEED_LIBRARY)
  set(ARCH_OBJCOPY)
  include("${source}/arch/${CORO_ARCH}/flags.cmake" OPTIONAL)

  # Debug information names the tree's files, not this machine's folders: the same sources give the same bytes anywhere.
  set(paths "-ffile-prefix-map=${CMAKE_BINARY_DIR}=build" "-ffile-prefix-map=${source}=runtime" "-ffile-prefix-map=${musl}=musl")
  set(common --target=${target} ${paths} ${ARCH_FLAGS} -O2 -gdwarf-4 -fPIC -ffreestanding -fno-stack-protector -fno-omit-frame-pointer -fvisibility=hidden -Wall -Wextra
    -fno-unwind-tables -fno-asynchronous-unwind-tables)
  set(cxx_flags ${common} -std=c++20 -nostdinc++ -nostdlibinc -isystem "${musl_headers}/usr/include" -fno-exceptions -fno-rtti
    -fno-threadsafe-statics -fvisibility-inlines-hidden -Wno-missing-field-initializers -Wthread-safety
    -Werror=global-constructors -Werror=exit-time-destructors "-I${source}" "-I${source}/arch/${CORO_ARCH}" "-I${build}")
  # Glue against musl's internal headers.
  set(c_flags ${common} -std=c99 -nostdinc -D_XOPEN_SOURCE=700 -Wno-missing-field-initializers -Wno-unused-parameter -Wno-sign-compare
    "-I${musl}/arch/${musl_arch}" "-I${musl}/arch/generic" "-I${musl_headers}/obj/src/internal" "-I${musl}/src/include"
    "-I${musl}/src/internal" "-I${musl_headers}/obj/include" "-I${musl}/include")

  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${source}" "${source}/*.cpp" "${source}/*.c" "${source}/arch/${CORO_ARCH}/*.S")
  list(FILTER files EXCLUDE REGEX "^public/")  # musl's (musl-source.sh)
  set(objects)
  foreach(file IN LISTS files)
    string(REPLACE "/" "_" name "${file}")
    set(object "${build}/${name}.o")
    if(file MATCHES "\\.cpp$")
      set(compile clang++-19 ${cxx_flags})
      if(file MATCHES "^signals/" AND NOT ARCH_TABLES_NEED_LIBRARY)  # between a handler and what it has interrupted: unwinders pass
        list(APPEND compile -fasynchronous-unwind-tables)
      endif()
    elseif(file MATCHES "\\.c$")
      set(compile clang-19 ${c_flags})
    else()
      set(compile clang-19 --target=${target} ${paths} -gdwarf-4)
    endif()
    add_custom_command(
      OUTPUT "${object}"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${build}"
      COMMAND ${compile} -MMD -MF "${object}.d" -c "${source}/${file}" -o "${object}"
      DEPENDS "${source}/${file}" "${musl_headers}/.stamp" "${build}/dispatch_table.inc"
      DEPFILE "${object}.d"
      COMMENT "runtime: ${file}")
    list(APPEND objects "${object}")
  endforeach()
  add_custom_command(
    OUTPUT "${output}"
    COMMAND ld.lld-19 -r -o "${output}" ${objects}
    COMMAND llvm-objcopy-19 --wildcard "--keep-global-symbol=__coro_*" "--keep-global-symbol=coro_*" ${ARCH_OBJCOPY} "${output}"
    DEPENDS ${objects}
    COMMENT "runtime: coro_rt.o")
endfunction()
