// Context switch, x86-64 System V. What the ABI makes callee-saved, and the thread pointer; nothing else.
//
// Saved frame, at Context.sp:      0 r15   8 r14   16 r13   24 r12   32 rbx   40 rbp   48 return address
//
// A signal may arrive at any instruction: whichever of the two thread pointers it sees, that coroutine's control block says
// "inside the runtime" and names this worker (sched/switch.h sets both before the call).
    .macro  save reg
    pushq   %\reg
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset \reg, 0
    .endm
    .macro  restore reg
    popq    %\reg
    .cfi_adjust_cfa_offset -8
    .cfi_restore \reg
    .endm

    .text
    .globl  __coro_arch_switch
    .hidden __coro_arch_switch
    .type   __coro_arch_switch,@function
__coro_arch_switch:
    .cfi_startproc
    save    rbp
    save    rbx
    save    r12
    save    r13
    save    r14
    save    r15
    stmxcsr 16(%rdi)
    fnstcw  20(%rdi)
    movq    %rsp, (%rdi)
    movq    (%rsi), %rsp
    movl    16(%rsi), %eax          // two loads and two compares: one 8-byte load would fail store forwarding
    cmpl    16(%rdi), %eax
    jne     3f
0:  movzwl  20(%rsi), %eax
    cmpw    20(%rdi), %ax
    jne     4f
1:  cmpb    $0, __coro_arch_fsgsbase(%rip)
    movq    8(%rsi), %rdi
    je      5f
    wrfsbase %rdi
2:  .cfi_remember_state
    restore r15
    restore r14
    restore r13
    restore r12
    restore rbx
    restore rbp
    ret                             // most often to where the other left: then this and the returns after it are predicted
    .cfi_restore_state
3:  ldmxcsr 16(%rsi)
    jmp     0b
4:  fldcw   20(%rsi)
    jmp     1b
5:  movq    %rdi, %rsi
    movl    $0x1002, %edi           // arch_prctl(ARCH_SET_FS)
    movl    $158, %eax
    syscall
    jmp     2b
    .cfi_endproc
    .size   __coro_arch_switch, .-__coro_arch_switch

    .globl  __coro_arch_entry
    .hidden __coro_arch_entry
    .type   __coro_arch_entry,@function
__coro_arch_entry:
    .cfi_startproc
    .cfi_undefined rip              // outermost frame: unwinders stop here
    xorl    %ebp, %ebp
    andq    $-16, %rsp
    .hidden __coro_main
    call    __coro_main
    hlt
    .cfi_endproc
    .size   __coro_arch_entry, .-__coro_arch_entry

// long __coro_arch_call(const volatile int *cancel, long nr, const long args[6]): a system call that may block. Not begun when *cancel is
// set: -EINTR. A handler that finds the PC from __coro_arch_call_begin to __coro_arch_call_insn, the instruction included, may move it to
// __coro_arch_call_abort: the call has not taken effect (or is about to be restarted by the kernel).
    .globl  __coro_arch_call
    .hidden __coro_arch_call
    .globl  __coro_arch_call_begin
    .hidden __coro_arch_call_begin
    .globl  __coro_arch_call_insn
    .hidden __coro_arch_call_insn
    .globl  __coro_arch_call_return
    .hidden __coro_arch_call_return
    .globl  __coro_arch_call_abort
    .hidden __coro_arch_call_abort
    .type   __coro_arch_call,@function
__coro_arch_call:
    .cfi_startproc
__coro_arch_call_begin:
    movl    (%rdi), %eax
    testl   %eax, %eax
    jnz     __coro_arch_call_abort
    movq    %rsi, %rax
    movq    %rdx, %r11
    movq    0(%r11), %rdi
    movq    8(%r11), %rsi
    movq    16(%r11), %rdx
    movq    24(%r11), %r10
    movq    32(%r11), %r8
    movq    40(%r11), %r9
    xorl    %ecx, %ecx              // SYSCALL sets it: a frame on this instruction tells whether the call has begun
__coro_arch_call_insn:
    syscall
__coro_arch_call_return:
    ret
__coro_arch_call_abort:
    movq    $-4, %rax               // -EINTR
    ret
    .cfi_endproc
    .size   __coro_arch_call, .-__coro_arch_call

// void __coro_arch_on_stack(void (*fn)(int, void *, void *), int a, void *b, void *c, void *stack_top): fn on another stack, and back.
    .globl  __coro_arch_on_stack
    .hidden __coro_arch_on_stack
    .type   __coro_arch_on_stack,@function
__coro_arch_on_stack:
    .cfi_startproc
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register rbp
    movq    %r8, %rsp
    andq    $-16, %rsp
    movq    %rdi, %rax
    movl    %esi, %edi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    callq   *%rax
    movq    %rbp, %rsp
    popq    %rbp
    .cfi_def_cfa rsp, 8
    ret
    .cfi_endproc
    .size   __coro_arch_on_stack, .-__coro_arch_on_stack

// long __coro_arch_copy(void *to, const void *from, size_t bytes); long __coro_arch_load(const void *from, u32 *to);
// long __coro_arch_cas(void *at, u32 *expected, u32 value): see sys/program_memory.h. A fault between _access and _access_end goes on at _access_fault;
// the stack pointer must not have moved.
    .globl  __coro_arch_copy
    .hidden __coro_arch_copy
    .globl  __coro_arch_load
    .hidden __coro_arch_load
    .globl  __coro_arch_cas
    .hidden __coro_arch_cas
    .globl  __coro_arch_access
    .hidden __coro_arch_access
    .globl  __coro_arch_access_end
    .hidden __coro_arch_access_end
    .globl  __coro_arch_access_fault
    .hidden __coro_arch_access_fault
    .type   __coro_arch_copy,@function
    .type   __coro_arch_load,@function
    .type   __coro_arch_cas,@function
    .cfi_startproc
__coro_arch_access:
__coro_arch_copy:
    cmpq    $8, %rdx                // a signal mask: rep movsb takes ten times as long
    jne     1f
    movq    (%rsi), %rax
    movq    %rax, (%rdi)
    xorl    %eax, %eax
    ret
1:  movq    %rdx, %rcx
    rep movsb
    xorl    %eax, %eax
    ret
__coro_arch_load:
    movl    (%rdi), %eax
    movl    %eax, (%rsi)
    xorl    %eax, %eax
    ret
__coro_arch_cas:
    movl    (%rsi), %eax
    lock cmpxchgl %edx, (%rdi)
    jne     1f
    xorl    %eax, %eax
    ret
1:  movl    %eax, (%rsi)
    movl    $1, %eax
    ret
__coro_arch_access_end:
__coro_arch_access_fault:
    movq    $-14, %rax              // -EFAULT
    ret
    .cfi_endproc

// void __coro_arch_enter_frame(void (*fn)(int, void *, void *), int sig, void *info, void *uc, void *frame): as if the kernel had begun the
// handler fn on the signal frame `frame`: it returns to what the frame says.
    .globl  __coro_arch_enter_frame
    .hidden __coro_arch_enter_frame
    .type   __coro_arch_enter_frame,@function
__coro_arch_enter_frame:
    .cfi_startproc
    movq    %rdi, %rax
    movl    %esi, %edi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    movq    %r8, %rsp
    xorl    %ebp, %ebp
    jmpq    *%rax
    .cfi_endproc

// What a signal handler returns to. For unwinders it is the frame between the handler and what that interrupted: the registers are those of the
// ucontext_t at the stack pointer (general registers from 40 on, in the order of REG_R8...). They look at the byte before a return address: hence the nop.
    .macro  saved_at reg, offset    // DW_CFA_expression: the register was saved at rsp + offset
    .cfi_escape 0x10, \reg, 3, 0x77, (\offset & 0x7f) | 0x80, \offset >> 7
    .endm
    .globl  __coro_arch_sigreturn
    .hidden __coro_arch_sigreturn
    .type   __coro_arch_sigreturn,@function
    .cfi_startproc
    .cfi_signal_frame
    .cfi_escape 0x0f, 4, 0x77, (160 & 0x7f) | 0x80, 160 >> 7, 0x06  // DW_CFA_def_cfa_expression: the CFA is the saved stack pointer
    saved_at 8, 40      // r8 to r15
    saved_at 9, 48
    saved_at 10, 56
    saved_at 11, 64
    saved_at 12, 72
    saved_at 13, 80
    saved_at 14, 88
    saved_at 15, 96
    saved_at 5, 104     // rdi
    saved_at 4, 112     // rsi
    saved_at 6, 120     // rbp
    saved_at 3, 128     // rbx
    saved_at 1, 136     // rdx
    saved_at 0, 144     // rax
    saved_at 2, 152     // rcx
    saved_at 7, 160     // rsp
    saved_at 16, 168    // rip
    nop
__coro_arch_sigreturn:
    movl    $15, %eax               // rt_sigreturn
    syscall
    .cfi_endproc
    .size   __coro_arch_sigreturn, .-__coro_arch_sigreturn

    .bss
    .globl  __coro_arch_fsgsbase
    .hidden __coro_arch_fsgsbase
__coro_arch_fsgsbase:
    .byte   0
    .globl  __coro_arch_syscall_sets_rcx
    .hidden __coro_arch_syscall_sets_rcx
__coro_arch_syscall_sets_rcx:
    .byte   0
    .section .note.GNU-stack,"",@progbits
