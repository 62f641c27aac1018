// RISC-V, 64 bits, with F and D: see arch/cpu.h.
//
// Saved frame, at Context.sp:      0 ra   8 s0 .. 96 s11   104 fs0 .. 192 fs11
#define FUNCTION(name) .globl name; .hidden name; .type name, @function; name
#define LABEL(name) .globl name; .hidden name; name
    .text
    .macro callee_saved gpr, fpr
    \gpr    ra, 0(sp)
    \gpr    s0, 8(sp)
    \gpr    s1, 16(sp)
    \gpr    s2, 24(sp)
    \gpr    s3, 32(sp)
    \gpr    s4, 40(sp)
    \gpr    s5, 48(sp)
    \gpr    s6, 56(sp)
    \gpr    s7, 64(sp)
    \gpr    s8, 72(sp)
    \gpr    s9, 80(sp)
    \gpr    s10, 88(sp)
    \gpr    s11, 96(sp)
    \fpr    fs0, 104(sp)
    \fpr    fs1, 112(sp)
    \fpr    fs2, 120(sp)
    \fpr    fs3, 128(sp)
    \fpr    fs4, 136(sp)
    \fpr    fs5, 144(sp)
    \fpr    fs6, 152(sp)
    \fpr    fs7, 160(sp)
    \fpr    fs8, 168(sp)
    \fpr    fs9, 176(sp)
    \fpr    fs10, 184(sp)
    \fpr    fs11, 192(sp)
    .endm

FUNCTION(__coro_arch_switch):
    .cfi_startproc
    frcsr   t0
    addi    sp, sp, -208            // before the stores: a signal's frame goes below it
    callee_saved sd, fsd
    sd      t0, 16(a0)
    sd      sp, 0(a0)
    ld      t1, 16(a1)
    ld      t2, 8(a1)
    ld      sp, 0(a1)
    beq     t0, t1, 1f
    fscsr   t1
1:  mv      tp, t2
    callee_saved ld, fld
    addi    sp, sp, 208
    ret
    .cfi_endproc
    .size   __coro_arch_switch, .-__coro_arch_switch

FUNCTION(__coro_arch_entry):
    .cfi_startproc
    .cfi_undefined ra
    li      s0, 0
    li      ra, 0
    .hidden __coro_main
    call    __coro_main
    ebreak
    .cfi_endproc
    .size   __coro_arch_entry, .-__coro_arch_entry

// (const volatile int *cancel, long nr, const long args[6])
FUNCTION(__coro_arch_call):
    .cfi_startproc
LABEL(__coro_arch_call_begin):
    lw      t0, 0(a0)
    bnez    t0, __coro_arch_call_abort
    mv      a7, a1
    mv      t0, a2
    ld      a0, 0(t0)
    ld      a1, 8(t0)
    ld      a2, 16(t0)
    ld      a3, 24(t0)
    ld      a4, 32(t0)
    ld      a5, 40(t0)
LABEL(__coro_arch_call_insn):
    ecall
    ret
LABEL(__coro_arch_call_abort):
    li      a0, -4                  // -EINTR
    ret
    .cfi_endproc
    .size   __coro_arch_call, .-__coro_arch_call

// (void (*fn)(int, void *, void *), int a, void *b, void *c, void *stack_top)
FUNCTION(__coro_arch_on_stack):
    .cfi_startproc
    addi    sp, sp, -16
    .cfi_def_cfa_offset 16
    sd      ra, 8(sp)
    sd      s0, 0(sp)
    .cfi_offset ra, -8
    .cfi_offset s0, -16
    mv      s0, sp
    .cfi_def_cfa s0, 16
    andi    sp, a4, -16
    mv      t0, a0
    mv      a0, a1
    mv      a1, a2
    mv      a2, a3
    jalr    t0
    mv      sp, s0
    ld      ra, 8(sp)
    ld      s0, 0(sp)
    addi    sp, sp, 16
    .cfi_def_cfa sp, 0
    .cfi_restore ra
    .cfi_restore s0
    ret
    .cfi_endproc
    .size   __coro_arch_on_stack, .-__coro_arch_on_stack

    .cfi_startproc
LABEL(__coro_arch_access):
// (void *to, const void *from, size_t bytes): by words where both ends are aligned, since the kernel may emulate other accesses
FUNCTION(__coro_arch_copy):
    or      t0, a0, a1
    andi    t0, t0, 7
    li      t1, 8
    bnez    t0, 2f
1:  bltu    a2, t1, 2f
    ld      t0, 0(a1)
    addi    a1, a1, 8
    addi    a2, a2, -8
    sd      t0, 0(a0)
    addi    a0, a0, 8
    j       1b
2:  beqz    a2, 3f
    lbu     t0, 0(a1)
    addi    a1, a1, 1
    addi    a2, a2, -1
    sb      t0, 0(a0)
    addi    a0, a0, 1
    j       2b
3:  li      a0, 0
    ret
// (const void *from, u32 *to)
FUNCTION(__coro_arch_load):
    lw      t0, 0(a0)
    fence   r, rw
    sw      t0, 0(a1)
    li      a0, 0
    ret
// (void *at, u32 *expected, u32 value): a full barrier, as on x86
FUNCTION(__coro_arch_cas):
    lw      t0, 0(a1)
    fence   rw, rw
1:  lr.w.aqrl t1, (a0)
    bne     t1, t0, 2f
    sc.w.rl t2, a2, (a0)
    bnez    t2, 1b
    fence   rw, rw
    li      a0, 0
    ret
2:  fence   rw, rw
    sw      t1, 0(a1)
    li      a0, 1
    ret
LABEL(__coro_arch_access_end):
LABEL(__coro_arch_access_fault):
    li      a0, -14                 // -EFAULT
    ret
    .cfi_endproc

// (void (*fn)(int, void *, void *), int sig, void *info, void *uc, void *frame)
FUNCTION(__coro_arch_enter_frame):
    .cfi_startproc
    .cfi_undefined ra
    mv      sp, a4
    mv      t0, a0
    mv      a0, a1
    mv      a1, a2
    mv      a2, a3
    li      s0, 0
    lla     ra, __coro_arch_sigreturn
    jr      t0
    .cfi_endproc

FUNCTION(__coro_arch_sigreturn):
    li      a7, 139                 // rt_sigreturn
    ecall

    .section .note.GNU-stack,"",@progbits
