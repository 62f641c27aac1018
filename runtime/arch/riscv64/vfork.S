// vfork(2): see arch/cpu.h.
    .text
    .globl  __coro_vfork_call
    .hidden __coro_vfork_call, __coro_vfork, __coro_vfork_done, __syscall_ret
    .type   __coro_vfork_call,@function
__coro_vfork_call:
    addi    sp, sp, -16
    sd      ra, 8(sp)
    call    __coro_vfork
    ld      ra, 8(sp)
    addi    sp, sp, 16
    li      a7, 220                 // clone
    li      a0, 0x4111              // CLONE_VM | CLONE_VFORK | SIGCHLD
    mv      a1, sp
    ecall
    beqz    a0, 1f
    addi    sp, sp, -16
    sd      ra, 8(sp)
    sd      a0, 0(sp)
    call    __coro_vfork_done
    ld      a0, 0(sp)
    ld      ra, 8(sp)
    addi    sp, sp, 16
1:  tail    __syscall_ret
    .size   __coro_vfork_call, .-__coro_vfork_call
    .section .note.GNU-stack,"",@progbits
