// A thread's name as prctl(2) has it: up to 15 bytes and a zero. Any thread may read and write it; of two that write at once halves may stay.
#pragma once
#include "base/base.h"

namespace [[gnu::visibility("hidden")]] coro {

class ThreadName {
public:
    static constexpr size_t bytes = 16;

    void get(char* to) const {
        u64 half[2] = {half_[0].load(relaxed), half_[1].load(relaxed)};
        __builtin_memcpy(to, half, bytes);
    }
    void set(const char* from) {
        char padded[bytes] = {};
        for (size_t i = 0; i < bytes - 1 && from[i]; i++) padded[i] = from[i];
        u64 half[2];
        __builtin_memcpy(half, padded, bytes);
        for (int i = 0; i < 2; i++) half_[i].store(half[i], relaxed);
    }
    void copy(const ThreadName& other) {
        for (int i = 0; i < 2; i++) half_[i].store(other.half_[i].load(relaxed), relaxed);
    }

private:
    Atomic<u64> half_[2];
};

}  // namespace coro
