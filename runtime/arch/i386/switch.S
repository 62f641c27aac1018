// i386: see arch/cpu.h.
//
// Saved frame, at Context.sp:      0 edi   4 esi   8 ebx   12 ebp   16 return address
#define FUNCTION(name) .globl name; .hidden name; .type name, @function; name
#define LABEL(name) .globl name; .hidden name; name
    .text
FUNCTION(__coro_arch_switch):
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
    ldmxcsr 8(%edx)
    fldcw   12(%edx)
    pushl   $0x51                   // a user_desc: 32 bits, pages, usable
    pushl   $0xfffff
    pushl   4(%edx)
    movl    %gs, %esi
    movl    %esi, %eax
    shrl    $3, %eax
    pushl   %eax
    movl    %esp, %ebx
    movl    $243, %eax              // set_thread_area
    call    *%gs:16                 // both control blocks have the same there
    movl    %esi, %gs
    addl    $16, %esp
    popl    %edi
    popl    %esi
    popl    %ebx
    popl    %ebp
    ret
    .cfi_endproc

FUNCTION(__coro_arch_entry):
    .cfi_startproc
    .cfi_undefined eip              // outermost frame: unwinders stop here
    xorl    %ebp, %ebp
    andl    $-16, %esp
    .hidden __coro_main
    call    __coro_main
    hlt
    .cfi_endproc

// (const volatile int *cancel, long nr, const long args[6])
FUNCTION(__coro_arch_call):
    .cfi_startproc
    movl    4(%esp), %ecx
    movl    8(%esp), %eax
    movl    12(%esp), %edx
    pushl   %ebp; .cfi_adjust_cfa_offset 4; .cfi_rel_offset ebp, 0
    pushl   %ebx; .cfi_adjust_cfa_offset 4; .cfi_rel_offset ebx, 0
    pushl   %esi; .cfi_adjust_cfa_offset 4; .cfi_rel_offset esi, 0
    pushl   %edi; .cfi_adjust_cfa_offset 4; .cfi_rel_offset edi, 0
LABEL(__coro_arch_call_begin):
    cmpl    $0, (%ecx)
    jne     __coro_arch_call_abort
    movl    0(%edx), %ebx
    movl    4(%edx), %ecx
    movl    12(%edx), %esi
    movl    16(%edx), %edi
    movl    20(%edx), %ebp
    movl    8(%edx), %edx
LABEL(__coro_arch_call_insn):
    call    *%gs:16
LABEL(__coro_arch_call_return):
    jmp     0f
LABEL(__coro_arch_call_abort):
    movl    $-4, %eax               // -EINTR
0:  popl    %edi; .cfi_adjust_cfa_offset -4; .cfi_restore edi
    popl    %esi; .cfi_adjust_cfa_offset -4; .cfi_restore esi
    popl    %ebx; .cfi_adjust_cfa_offset -4; .cfi_restore ebx
    popl    %ebp; .cfi_adjust_cfa_offset -4; .cfi_restore ebp
    ret
    .cfi_endproc

// (void (*fn)(int, void *, void *), int a, void *b, void *c, void *stack_top)
FUNCTION(__coro_arch_on_stack):
    .cfi_startproc
    pushl   %ebp
    .cfi_def_cfa_offset 8; .cfi_offset ebp, -8
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

// No callee-saved register is changed: the copy counts down in its argument.
LABEL(__coro_arch_access):
// (void *to, const void *from, size_t bytes)
FUNCTION(__coro_arch_copy):
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
// (const void *from, u32 *to)
FUNCTION(__coro_arch_load):
    movl    4(%esp), %eax
    movl    8(%esp), %edx
    movl    (%eax), %ecx
    movl    %ecx, (%edx)
    xorl    %eax, %eax
    ret
// (void *at, u32 *expected, u32 value)
FUNCTION(__coro_arch_cas):
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
LABEL(__coro_arch_access_end):
LABEL(__coro_arch_access_fault):
    movl    $-14, %eax              // -EFAULT
    ret
    .cfi_endproc

// (void (*fn)(int, void *, void *), int sig, void *info, void *uc, void *frame): the frame's head is the handler's arguments.
FUNCTION(__coro_arch_enter_frame):
    .cfi_startproc
    movl    4(%esp), %eax
    movl    20(%esp), %esp
    xorl    %ebp, %ebp
    jmpl    *%eax
    .cfi_endproc

// What a signal handler returns to, with its three arguments at the stack pointer. For unwinders as on x86-64; the general registers begin 160 bytes from there, in
// the order of REG_GS...
    .macro  saved_at reg, offset    // DW_CFA_expression: the register was saved at esp + offset
    .cfi_escape 0x10, \reg, 3, 0x74, (\offset & 0x7f) | 0x80, \offset >> 7
    .endm
    .cfi_startproc
    .cfi_signal_frame
    .cfi_escape 0x0f, 4, 0x74, (188 & 0x7f) | 0x80, 188 >> 7, 0x06  // DW_CFA_def_cfa_expression: the CFA is the saved stack pointer
    saved_at 7, 176     // edi
    saved_at 6, 180     // esi
    saved_at 5, 184     // ebp
    saved_at 4, 188     // esp
    saved_at 3, 192     // ebx
    saved_at 2, 196     // edx
    saved_at 1, 200     // ecx
    saved_at 0, 204     // eax
    saved_at 8, 216     // eip
    nop
FUNCTION(__coro_arch_sigreturn):
    movl    $173, %eax              // rt_sigreturn
    int     $0x80
    .cfi_endproc
    .hidden __coro_arch_vdso_call
    .comm   __coro_arch_vdso_call, 8, 4
    .section .note.GNU-stack,"",@progbits
