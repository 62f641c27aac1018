// Goal: a switch keeps callee-saved registers and floating-point control, moves the thread pointer and comes back. Method: two contexts, a million switches,
// each with its own rounding mode and values live across the switch.
// RUN: %clangxx -static -std=c++20 -O2 -g %unit %s %top/runtime/arch/%arch/switch.S -o %t && %run %t
#include "arch/cpu.h"

#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

using namespace coro;
#define CHECK(x) ((x) ? void() : (printf("line %d: %s\n", __LINE__, #x), exit(1)))

static arch::Context here, there;
static long turns;
alignas(16) static char stack[65536];
static arch::Tcb tcb;

// x86 has two units: fegetround reads SSE's, fesetround sets both.
static bool rounds(int mode) {
#if defined __x86_64__ || defined __i386__
    unsigned short x87;
    asm volatile("fnstcw %0" : "=m"(x87));
    if ((x87 & 0xc00) != mode) return false;
#endif
    return fegetround() == mode;
}

// How the thread pointer is written: x86-64 has two ways.
static int ways() {
#ifdef __x86_64__
    return getauxval(AT_HWCAP2) & arch::hwcap2_fsgsbase ? 2 : 1;
#else
    return 1;
#endif
}
static void choose([[maybe_unused]] int way) {
#ifdef __x86_64__
    __coro_arch_fsgsbase = way == 0 ? 0 : 1;  // by arch_prctl, then by instruction where user space may
#endif
}

extern "C" void __coro_main() {
    fesetround(FE_UPWARD);
    for (long i = 0;; i++) {
        volatile double one = 1, three = 3, third = one / three;  // stored: x87 computes with more bits
        double a = third;
        CHECK(arch::thread_pointer() == there.tp && rounds(FE_UPWARD));
        turns++;
        __coro_arch_switch(&there, &here);
        third = one / three;
        CHECK(a == third && turns == i + 1);
    }
}

int main() {
    uptr tp = arch::thread_pointer();
    here.tp = tp;
    there.tp = arch::make_control_block(&tcb, tp);
    arch::save_fp_control(there);
    arch::prepare_entry(there, stack + sizeof stack);
    for (int way = 0; way < ways(); way++) {
        choose(way);
        for (long i = 0; i < (way ? 1000000 : 20000); i++) {
            volatile double one = 1, three = 3, third = one / three;
            double a = third;
            long before = turns;
            __coro_arch_switch(&here, &there);
            third = one / three;
            CHECK(arch::thread_pointer() == tp && rounds(FE_TONEAREST) && a == third && turns == before + 1);
        }
    }
    return 0;
}
