# Without outlined atomics: they ask libgcc's start-up code about the CPU, which libc.so has not run yet.
set(ARCH_FLAGS -mno-outline-atomics)
