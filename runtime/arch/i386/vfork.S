// vfork(2): see arch/cpu.h.
    .text
    .globl  __coro_vfork_call
    .hidden __coro_vfork_call, __coro_vfork, __coro_vfork_done, __syscall_ret
    .type   __coro_vfork_call,@function
__coro_vfork_call:
    subl    $12, %esp
    call    __coro_vfork
    addl    $12, %esp
    popl    %edx                    // the return address: what the child calls would overwrite it
    movl    $190, %eax              // vfork
    int     $128
    pushl   %edx
    pushl   %eax
    testl   %eax, %eax
    jz      1f
    subl    $8, %esp
    call    __coro_vfork_done
    addl    $8, %esp
1:  call    __syscall_ret
    popl    %edx
    ret
    .size   __coro_vfork_call, .-__coro_vfork_call
    .section .note.GNU-stack,"",@progbits
