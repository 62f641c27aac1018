// Context switch, i386 System V. What the ABI makes callee-saved, and the thread pointer; nothing else.
//
// Saved frame, at Context.sp:      0 edi   4 esi   8 ebx   12 ebp   16 return address
//
// A signal may arrive at any instruction: whichever of the two thread pointers it sees, that coroutine's control block says
// "inside the runtime" and names this worker (sched/switch.h sets both before the call).
    .macro function name
    .globl  \name
    .hidden \name
    .type   \name,@function
\name:
    .endm
    .macro label name
    .globl  \name
    .hidden \name
\name:
    .endm

    .text
function __coro_arch_switch
    .cfi_startproc
    movl    4(%esp), %eax
    movl    8(%esp), %edx
    pushl   %ebp
    pushl   %ebx
    pushl   %esi
    pushl   %edi
    stmxcsr 8(%eax)
    fnstcw  12(%eax)
    movl    %esp, (%eax)
    movl    (%edx), %esp
    movl    8(%edx), %ecx
    cmpl    8(%eax), %ecx
    jne     2f
0:  movzwl  12(%edx), %ecx
    cmpw    12(%eax), %cx
    jne     3f
1:  pushl   $0x51                   // a user_desc: 32 bits, pages, usable
    pushl   $0xfffff
    pushl   4(%edx)
    movl    %gs, %esi
    movl    %esi, %eax
    shrl    $3, %eax
    pushl   %eax
    movl    %esp, %ebx
    movl    $243, %eax              // set_thread_area
    int     $0x80
    movl    %esi, %gs
    addl    $16, %esp
    popl    %edi
    popl    %esi
    popl    %ebx
    popl    %ebp
    ret
2:  ldmxcsr 8(%edx)
    jmp     0b
3:  fldcw   12(%edx)
    jmp     1b
    .cfi_endproc
    .size   __coro_arch_switch, .-__coro_arch_switch

function __coro_arch_entry
    .cfi_startproc
    .cfi_undefined eip              // outermost frame: unwinders stop here
    xorl    %ebp, %ebp
    andl    $-16, %esp
    .hidden __coro_main
    call    __coro_main
    hlt
    .cfi_endproc
    .size   __coro_arch_entry, .-__coro_arch_entry

    .macro save_registers
    pushl   %ebp
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset ebp, 0
    pushl   %ebx
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset ebx, 0
    pushl   %esi
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset esi, 0
    pushl   %edi
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset edi, 0
    .endm
    .macro restore_registers_and_return
    popl    %edi
    .cfi_adjust_cfa_offset -4
    .cfi_restore edi
    popl    %esi
    .cfi_adjust_cfa_offset -4
    .cfi_restore esi
    popl    %ebx
    .cfi_adjust_cfa_offset -4
    .cfi_restore ebx
    popl    %ebp
    .cfi_adjust_cfa_offset -4
    .cfi_restore ebp
    ret
    .endm

// long __coro_arch_syscall(long n, long a, .., long f)
function __coro_arch_syscall
    .cfi_startproc
    save_registers
    movl    20(%esp), %eax
    movl    24(%esp), %ebx
    movl    28(%esp), %ecx
    movl    32(%esp), %edx
    movl    36(%esp), %esi
    movl    40(%esp), %edi
    movl    44(%esp), %ebp
    int     $0x80
    restore_registers_and_return
    .cfi_endproc
    .size   __coro_arch_syscall, .-__coro_arch_syscall

// long __coro_arch_call(const volatile int *cancel, long nr, const long args[6]): a system call that may block. Not begun when *cancel is
// set: -EINTR. A handler that finds the PC from _begin to _insn, the instruction included, may move it to _abort: the call has not taken effect (or is
// about to be restarted by the kernel). Not by way of the vdso, where its instruction would be another.
function __coro_arch_call
    .cfi_startproc
    movl    4(%esp), %ecx
    movl    8(%esp), %eax
    movl    12(%esp), %edx
    save_registers
label __coro_arch_call_begin
    cmpl    $0, (%ecx)
    jne     __coro_arch_call_abort
    movl    0(%edx), %ebx
    movl    4(%edx), %ecx
    movl    12(%edx), %esi
    movl    16(%edx), %edi
    movl    20(%edx), %ebp
    movl    8(%edx), %edx
label __coro_arch_call_insn
    int     $0x80
    jmp     0f
label __coro_arch_call_abort
    movl    $-4, %eax               // -EINTR
0:  restore_registers_and_return
    .cfi_endproc
    .size   __coro_arch_call, .-__coro_arch_call

// void __coro_arch_on_stack(void (*fn)(int, void *, void *), int a, void *b, void *c, void *stack_top): fn on another stack, and back.
function __coro_arch_on_stack
    .cfi_startproc
    pushl   %ebp
    .cfi_def_cfa_offset 8
    .cfi_offset ebp, -8
    movl    %esp, %ebp
    .cfi_def_cfa_register ebp
    movl    24(%ebp), %esp
    andl    $-16, %esp
    pushl   $0
    pushl   20(%ebp)
    pushl   16(%ebp)
    pushl   12(%ebp)
    calll   *8(%ebp)
    movl    %ebp, %esp
    popl    %ebp
    .cfi_def_cfa esp, 4
    ret
    .cfi_endproc
    .size   __coro_arch_on_stack, .-__coro_arch_on_stack

// long __coro_arch_copy(void *to, const void *from, size_t bytes); long __coro_arch_load(const void *from, u32 *to);
// long __coro_arch_cas(void *at, u32 *expected, u32 value): see sys/program_memory.h. A fault between _access and _access_end goes on at _access_fault;
// the stack pointer must not have moved, nor a callee-saved register changed: the copy counts down in its argument.
label __coro_arch_access
function __coro_arch_copy
    .cfi_startproc
    movl    8(%esp), %edx
    movl    4(%esp), %eax
    subl    %edx, %eax              // from, and how far it is to `to`
0:  subl    $4, 12(%esp)
    jb      1f
    movl    (%edx), %ecx
    movl    %ecx, (%edx,%eax)
    addl    $4, %edx
    jmp     0b
1:  addl    $4, 12(%esp)
2:  subl    $1, 12(%esp)
    jb      3f
    movb    (%edx), %cl
    movb    %cl, (%edx,%eax)
    incl    %edx
    jmp     2b
3:  xorl    %eax, %eax
    ret
function __coro_arch_load
    movl    4(%esp), %eax
    movl    8(%esp), %edx
    movl    (%eax), %ecx
    movl    %ecx, (%edx)
    xorl    %eax, %eax
    ret
function __coro_arch_cas
    movl    8(%esp), %eax
    movl    4(%esp), %ecx
    movl    12(%esp), %edx
    movl    (%eax), %eax
    lock cmpxchgl %edx, (%ecx)
    jne     1f
    xorl    %eax, %eax
    ret
1:  movl    8(%esp), %edx
    movl    %eax, (%edx)
    movl    $1, %eax
    ret
label __coro_arch_access_end
label __coro_arch_access_fault
    movl    $-14, %eax              // -EFAULT
    ret
    .cfi_endproc

// void __coro_arch_enter_frame(void (*fn)(int, void *, void *), int sig, void *info, void *uc, void *frame): as if the kernel had begun the
// handler fn on the signal frame `frame`, whose head is its arguments: it returns to what the frame says.
function __coro_arch_enter_frame
    .cfi_startproc
    movl    4(%esp), %eax
    movl    20(%esp), %esp
    xorl    %ebp, %ebp
    jmpl    *%eax
    .cfi_endproc

// What a signal handler returns to.
function __coro_arch_sigreturn
    movl    $173, %eax              // rt_sigreturn
    int     $0x80
    .section .note.GNU-stack,"",@progbits
