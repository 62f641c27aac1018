// AArch64: see arch/cpu.h.
//
// Saved frame, at Context.sp:      0 x29 x30   16 x19 x20   32 x21 x22   48 x23 x24   64 x25 x26   80 x27 x28   96 d8 d9   112 d10 d11   128 d12 d13   144 d14 d15
#define FUNCTION(name) .globl name; .hidden name; .type name, %function; name
#define LABEL(name) .globl name; .hidden name; name
    .text
    .balign 16
FUNCTION(__coro_arch_switch):
    .cfi_startproc
    mrs     x2, fpcr
    mrs     x6, fpsr
    sub     sp, sp, #160            // before the stores: a signal's frame goes below it
    stp     x29, x30, [sp]
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    stp     d8, d9, [sp, #96]
    stp     d10, d11, [sp, #112]
    stp     d12, d13, [sp, #128]
    stp     d14, d15, [sp, #144]
    mov     x3, sp
    str     x3, [x0]
    stp     x2, x6, [x0, #16]
    str     x18, [x0, #32]
    ldp     x3, x4, [x1]
    ldp     x5, x7, [x1, #16]
    ldr     x18, [x1, #32]
    mov     sp, x3
    cmp     x2, x5
    b.ne    2f
1:  msr     fpsr, x7
    msr     tpidr_el0, x4
    ldp     x29, x30, [sp]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     d8, d9, [sp, #96]
    ldp     d10, d11, [sp, #112]
    ldp     d12, d13, [sp, #128]
    ldp     d14, d15, [sp, #144]
    add     sp, sp, #160
    ret
2:  msr     fpcr, x5
    b       1b
    .cfi_endproc
    .size   __coro_arch_switch, .-__coro_arch_switch

FUNCTION(__coro_arch_entry):
    .cfi_startproc
    .cfi_undefined x30
    mov     x29, #0
    mov     x30, #0
    .hidden __coro_main
    bl      __coro_main
    brk     #1
    .cfi_endproc
    .size   __coro_arch_entry, .-__coro_arch_entry

// (const volatile int *cancel, long nr, const long args[6])
FUNCTION(__coro_arch_call):
    .cfi_startproc
LABEL(__coro_arch_call_begin):
    ldr     w3, [x0]
    cbnz    w3, __coro_arch_call_abort
    mov     x8, x1
    mov     x9, x2
    ldp     x0, x1, [x9]
    ldp     x2, x3, [x9, #16]
    ldp     x4, x5, [x9, #32]
LABEL(__coro_arch_call_insn):
    svc     0
    ret
LABEL(__coro_arch_call_abort):
    mov     x0, #-4                 // -EINTR
    ret
    .cfi_endproc
    .size   __coro_arch_call, .-__coro_arch_call

// (void (*fn)(int, void *, void *), int a, void *b, void *c, void *stack_top)
FUNCTION(__coro_arch_on_stack):
    .cfi_startproc
    stp     x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mov     x29, sp
    .cfi_def_cfa x29, 16
    and     x4, x4, #-16
    mov     sp, x4
    mov     x5, x0
    mov     w0, w1
    mov     x1, x2
    mov     x2, x3
    blr     x5
    mov     sp, x29
    ldp     x29, x30, [sp], #16
    .cfi_def_cfa sp, 0
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size   __coro_arch_on_stack, .-__coro_arch_on_stack

    .cfi_startproc
LABEL(__coro_arch_access):
// (void *to, const void *from, size_t bytes)
FUNCTION(__coro_arch_copy):
    cmp     x2, #8
    b.lo    2f
1:  ldr     x3, [x1], #8
    sub     x2, x2, #8
    str     x3, [x0], #8
    cmp     x2, #8
    b.hs    1b
2:  cbz     x2, 4f
3:  ldrb    w3, [x1], #1
    strb    w3, [x0], #1
    subs    x2, x2, #1
    b.ne    3b
4:  mov     x0, #0
    ret
// (const void *from, u32 *to)
FUNCTION(__coro_arch_load):
    ldar    w2, [x0]
    str     w2, [x1]
    mov     x0, #0
    ret
// (void *at, u32 *expected, u32 value): a full barrier, as on x86
FUNCTION(__coro_arch_cas):
    ldr     w3, [x1]
1:  ldaxr   w4, [x0]
    cmp     w4, w3
    b.ne    2f
    stlxr   w5, w2, [x0]
    cbnz    w5, 1b
    dmb     ish
    mov     x0, #0
    ret
2:  clrex
    dmb     ish
    str     w4, [x1]
    mov     x0, #1
    ret
LABEL(__coro_arch_access_end):
LABEL(__coro_arch_access_fault):
    mov     x0, #-14                // -EFAULT
    ret
    .cfi_endproc

// (void (*fn)(int, void *, void *), int sig, void *info, void *uc, void *frame)
FUNCTION(__coro_arch_enter_frame):
    .cfi_startproc
    .cfi_undefined x30
    mov     sp, x4
    mov     x5, x0
    mov     w0, w1
    mov     x1, x2
    mov     x2, x3
    mov     x29, #0
    adr     x30, __coro_arch_sigreturn
    br      x5
    .cfi_endproc

FUNCTION(__coro_arch_sigreturn):
    mov     x8, #139                // rt_sigreturn
    svc     0

    .section .note.GNU-stack,"",%progbits
