// <coro.h> from C++.
// RUN: %matrix %s
#include <coro.h>

#include <cstdio>
#include <thread>

int main() {
    struct coro_stats s;
    int result = 1;
    std::thread([&] {
        s.size = sizeof s;
        result = coro_stats(&s);
    }).join();
    std::FILE* f = std::tmpfile();
    return result || s.threads != 2 || coro_dump(fileno(f));
}
