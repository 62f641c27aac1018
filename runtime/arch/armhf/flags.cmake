set(ARCH_FLAGS -marm)  # system calls take r7, Thumb's frame pointer
# Its unwind tables name functions of libunwind's, which libc does not have.
set(ARCH_TABLES_NEED_LIBRARY ON)
