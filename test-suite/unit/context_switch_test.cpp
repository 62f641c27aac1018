// Goal: a switch keeps callee-saved registers and floating-point control, moves the thread pointer and comes back. Method: two contexts, a million switches,
// each with its own rounding mode and values live across the switch.
// RUN: clang++-19 --sysroot=%sysroot -static -std=c++20 -O2 -g %unit %s %top/runtime/arch/x86_64/switch.S -o %t && %t
#include "arch_cpu.h"

#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

static arch::Context here, there;
static long rounds;
alignas(16) static char stack[65536], tcb[256];

// fegetround reads the SSE unit's; fesetround sets both.
static int x87_rounding() {
    unsigned short control;
    asm volatile("fnstcw %0" : "=m"(control));
    return control & 0xc00;
}

extern "C" void __coro_main() {
    fesetround(FE_UPWARD);
    for (long i = 0;; i++) {
        volatile double one = 1, three = 3;
        double a = one / three;
        CHECK(arch::thread_pointer() == uptr(tcb) && fegetround() == FE_UPWARD && x87_rounding() == FE_UPWARD);
        rounds++;
        __coro_arch_switch(&there, &here);
        CHECK(a == one / three && rounds == i + 1);
    }
}

int main() {
    uptr tp = arch::thread_pointer();
    arch::tcb_field<uptr>(uptr(tcb), 0) = uptr(tcb);
    here.tp = tp;
    there.tp = uptr(tcb);
    arch::save_fp_control(there);
    arch::prepare_entry(there, stack + sizeof stack);
    bool instruction = getauxval(AT_HWCAP2) & arch::hwcap2_fsgsbase;
    for (int mode = 0; mode < (instruction ? 2 : 1); mode++) {
        __coro_arch_fsgsbase = mode == 0 ? 0 : 1;  // by arch_prctl, then by instruction where user space may
        for (long i = 0; i < (mode ? 1000000 : 20000); i++) {
            volatile double one = 1, three = 3;
            double a = one / three;
            long before = rounds;
            __coro_arch_switch(&here, &there);
            CHECK(arch::thread_pointer() == tp && fegetround() == FE_TONEAREST && x87_rounding() == FE_TONEAREST && a == one / three && rounds == before + 1);
        }
    }
    return 0;
}
