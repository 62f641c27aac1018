#include <pthread.h>
int coro_dump(int x) { return x; }
int coro_stats(int x) { return x + 1; }
static void* f(void* p) { return p; }
int main(void) {
    pthread_t t;
    return pthread_create(&t, 0, f, 0) || pthread_join(t, 0) || coro_dump(5) != 5 || coro_stats(5) != 6;
}
