// The file of a trace (observe/trace.h): chunks of it that are mapped, and its two ends.
#pragma once
#include "sys/kernel.h"

namespace [[gnu::visibility("hidden")]] coro {
namespace trace {

// A line of JSON, put together before it is put anywhere. What has no room is left out.
class Event {
public:
    Event& text(const char* s) {
        for (; *s; s++) put(*s);
        return *this;
    }
    // Inside a JSON string.
    Event& quoted(const char* s) {
        for (; *s; s++) put(*s == '"' || *s == '\\' || *s < ' ' || *s > '~' ? '?' : *s);
        return *this;
    }
    Event& number(u64 n, u32 base = 10) {
        char reversed[20];
        int count = 0;
        do reversed[count++] = "0123456789abcdef"[n % base];
        while (n /= base);
        while (count) put(reversed[--count]);
        return *this;
    }
    // Nanoseconds as microseconds, the format's unit.
    Event& microseconds(u64 ns) {
        number(ns / 1000).put('.');
        for (u64 rest = ns % 1000, unit = 100; unit; unit /= 10) put(char('0' + rest / unit % 10));
        return *this;
    }
    const char* bytes() const { return bytes_; }
    size_t size() const { return size_; }

private:
    void put(char c) {
        if (size_ < sizeof bytes_) bytes_[size_++] = c;
    }
    size_t size_ = 0;
    char bytes_[320];
};

// 0 or -errno. A file that is there is replaced, not written over: another process may have it mapped.
long open_file(const char* name);
// In a fork child: the parent goes on writing.
void forget_file();
// The last words: no chunk is given out any more, and each of append's events goes behind the last. `last` closes the array.
void begin_end();
void append(const Event& e);

// A part of the file that one row writes into.
class Chunk {
public:
    explicit Chunk(size_t bytes) : bytes_(bytes) {}
    // False: the file takes no more.
    bool write(const Event& e);
    void unmap();

private:
    bool next();
    size_t bytes_, used_ = 0;
    char* base_ = nullptr;
};

}  // namespace trace
}  // namespace coro
