# Its zeroed data go behind the program's own: between musl's they would spread what a program without threads touches over more pages.
set(ARCH_OBJCOPY "--rename-section=.bss=.lbss,alloc,large")
