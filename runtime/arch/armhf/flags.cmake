set(ARCH_FLAGS -marm)  # system calls take r7, Thumb's frame pointer
