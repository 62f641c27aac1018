// ARMv7, hard float: see arch/cpu.h.
//
// Saved frame, at Context.sp:      0 d8 .. d15   64 r4 .. r11   96 r12 (for alignment)   100 return address
#define FUNCTION(name) .globl name; .hidden name; .type name, %function; name
#define LABEL(name) .globl name; .hidden name; name
    .syntax unified
    .arch   armv7-a
    .fpu    vfpv3
    .arm
    .text
    .balign 4
FUNCTION(__coro_arch_switch):
    push    {r4-r11, r12, lr}
    vpush   {d8-d15}
    vmrs    r2, fpscr
    str     sp, [r0]
    str     r2, [r0, #8]
    ldr     r3, [r1]
    ldr     r0, [r1, #4]
    ldr     r2, [r1, #8]
    mov     sp, r3
    vmsr    fpscr, r2
    movw    r7, #5                  // 0xf0005: set_tls
    movt    r7, #0xf
    svc     0
    vpop    {d8-d15}
    pop     {r4-r11, r12, pc}
    .size   __coro_arch_switch, .-__coro_arch_switch

FUNCTION(__coro_arch_entry):
    mov     r11, #0
    mov     lr, #0
    .hidden __coro_main
    bl      __coro_main
    udf     #0
    .size   __coro_arch_entry, .-__coro_arch_entry

// (const volatile int *cancel, long nr, const long args[6])
FUNCTION(__coro_arch_call):
    push    {r4, r5, r7, lr}
LABEL(__coro_arch_call_begin):
    ldr     r3, [r0]
    cmp     r3, #0
    bne     __coro_arch_call_abort
    mov     r7, r1
    mov     r12, r2
    ldm     r12, {r0-r5}
LABEL(__coro_arch_call_insn):
    svc     0
    pop     {r4, r5, r7, pc}
LABEL(__coro_arch_call_abort):
    mvn     r0, #3                  // -EINTR
    pop     {r4, r5, r7, pc}
    .size   __coro_arch_call, .-__coro_arch_call

// (void (*fn)(int, void *, void *), int a, void *b, void *c, void *stack_top)
FUNCTION(__coro_arch_on_stack):
    push    {r11, lr}
    mov     r11, sp
    ldr     r12, [sp, #8]
    bic     r12, r12, #15
    mov     sp, r12
    mov     r12, r0
    mov     r0, r1
    mov     r1, r2
    mov     r2, r3
    blx     r12
    mov     sp, r11
    pop     {r11, pc}
    .size   __coro_arch_on_stack, .-__coro_arch_on_stack

LABEL(__coro_arch_access):
// (void *to, const void *from, size_t bytes)
FUNCTION(__coro_arch_copy):
1:  subs    r2, r2, #4
    blo     2f
    ldr     r3, [r1], #4
    str     r3, [r0], #4
    b       1b
2:  adds    r2, r2, #4
    beq     4f
3:  ldrb    r3, [r1], #1
    strb    r3, [r0], #1
    subs    r2, r2, #1
    bne     3b
4:  mov     r0, #0
    bx      lr
// (const void *from, u32 *to): acquire, as on x86
FUNCTION(__coro_arch_load):
    ldr     r2, [r0]
    dmb     ish
    str     r2, [r1]
    mov     r0, #0
    bx      lr
// (void *at, u32 *expected, u32 value): a full barrier, as on x86
FUNCTION(__coro_arch_cas):
    ldr     r3, [r1]
    dmb     ish
1:  ldrex   r12, [r0]
    cmp     r12, r3
    bne     2f
    strex   r12, r2, [r0]
    cmp     r12, #0
    bne     1b
    dmb     ish
    mov     r0, #0
    bx      lr
2:  clrex
    dmb     ish
    str     r12, [r1]
    mov     r0, #1
    bx      lr
LABEL(__coro_arch_access_end):
LABEL(__coro_arch_access_fault):
    mvn     r0, #13                 // -EFAULT
    bx      lr

// (void (*fn)(int, void *, void *), int sig, void *info, void *uc, void *frame)
FUNCTION(__coro_arch_enter_frame):
    ldr     r12, [sp]
    mov     sp, r12
    mov     r12, r0
    mov     r0, r1
    mov     r1, r2
    mov     r2, r3
    mov     r11, #0
    adr     lr, __coro_arch_sigreturn
    bx      r12

FUNCTION(__coro_arch_sigreturn):
    mov     r7, #173                // rt_sigreturn
    svc     0

    .section .note.GNU-stack,"",%progbits
