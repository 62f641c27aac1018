// vfork(2): see arch/cpu.h.
    .syntax unified
    .arch   armv7-a
    .arm
    .text
    .balign 4
    .globl  __coro_vfork_call
    .hidden __coro_vfork_call, __coro_vfork, __coro_vfork_done, __syscall_ret
    .type   __coro_vfork_call,%function
__coro_vfork_call:
    push    {r3, lr}
    bl      __coro_vfork
    pop     {r3, lr}
    mov     ip, r7
    mov     r7, #190                // vfork
    svc     0
    mov     r7, ip
    cmp     r0, #0
    beq     1f
    push    {r0, lr}
    bl      __coro_vfork_done
    pop     {r0, lr}
1:  b       __syscall_ret
    .size   __coro_vfork_call, .-__coro_vfork_call
    .section .note.GNU-stack,"",%progbits
