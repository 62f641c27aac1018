// vfork(2): see arch/cpu.h.
    .text
    .balign 4
    .globl  __coro_vfork_call
    .hidden __coro_vfork_call, __coro_vfork, __coro_vfork_done, __syscall_ret
    .type   __coro_vfork_call,%function
__coro_vfork_call:
    str     x30, [sp, #-16]!
    bl      __coro_vfork
    ldr     x30, [sp], #16
    mov     x8, #220                // clone
    mov     x0, #0x4111             // CLONE_VM | CLONE_VFORK | SIGCHLD
    mov     x1, #0
    svc     0
    cbz     x0, 1f
    stp     x0, x30, [sp, #-16]!
    bl      __coro_vfork_done
    ldp     x0, x30, [sp], #16
1:  b       __syscall_ret
    .size   __coro_vfork_call, .-__coro_vfork_call
    .section .note.GNU-stack,"",%progbits
