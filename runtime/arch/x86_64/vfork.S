// vfork(2): see arch/cpu.h.
    .text
    .globl  __coro_vfork_call
    .hidden __coro_vfork_call, __coro_vfork, __coro_vfork_done, __syscall_ret
    .type   __coro_vfork_call,@function
__coro_vfork_call:
    subq    $8, %rsp
    call    __coro_vfork
    addq    $8, %rsp
    popq    %rdx                    // the return address: what the child calls would overwrite it
    movl    $58, %eax               // vfork
    syscall
    pushq   %rdx
    testl   %eax, %eax
    jz      1f
    pushq   %rax
    call    __coro_vfork_done
    popq    %rax
1:  movq    %rax, %rdi
    jmp     __syscall_ret
    .size   __coro_vfork_call, .-__coro_vfork_call
    .section .note.GNU-stack,"",@progbits
