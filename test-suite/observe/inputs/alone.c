#include <coro.h>
int main(void) {
    struct coro_stats s;
    s.size = sizeof s;
    return coro_stats(&s) || s.threads != 1 || s.coroutines;
}
