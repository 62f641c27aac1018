// Text on a descriptor, without stdio and without memory.
#pragma once
#include "sys/kernel.h"

namespace [[gnu::visibility("hidden")]] coro {

class Printer {
public:
    explicit Printer(int fd) : fd_(fd) {}
    ~Printer() { flush(); }
    Printer(const Printer&) = delete;
    Printer& text(const char* s) {
        for (; *s; s++) put(*s);
        return *this;
    }
    Printer& number(long n) {
        if (n < 0) put('-');
        return digits(n < 0 ? u64(0) - u64(n) : u64(n), 10);
    }
    Printer& hex(uptr n) { return text("0x").digits(n, 16); }

private:
    Printer& digits(u64 n, u32 base) {
        char reversed[20];
        int count = 0;
        do reversed[count++] = "0123456789abcdef"[n % base];
        while (n /= base);
        while (count) put(reversed[--count]);
        return *this;
    }
    void put(char c) {
        if (used_ == sizeof buffer_) flush();
        buffer_[used_++] = c;
    }
    void flush() {
        if (used_) sys::write(fd_, buffer_, used_);
        used_ = 0;
    }
    int fd_;
    size_t used_ = 0;
    char buffer_[1024];
};

}  // namespace coro
