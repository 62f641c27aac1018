// Text on a descriptor, without stdio and without memory.
#pragma once
#include "sys/kernel.h"

namespace [[gnu::visibility("hidden")]] coro {

class Printer {
public:
    using Write = long(int fd, const void* bytes, size_t count);  // write(2)

    explicit Printer(int fd, Write* write = sys::write) : fd_(fd), write_(write) {}
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
    // 0, or the error of the first write that failed: nothing was written after it.
    long flush() {
        for (size_t done = 0; done < used_ && !error_;) {
            long r = write_(fd_, buffer_ + done, used_ - done);
            if (r > 0) done += size_t(r);
            else if (r != -EINTR) error_ = r ? r : -EIO;
        }
        used_ = 0;
        return error_;
    }

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
    int fd_;
    Write* write_;
    long error_ = 0;
    size_t used_ = 0;
    char buffer_[1024];
};

}  // namespace coro
