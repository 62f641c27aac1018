// Two threads that compute, some frames deep.
#include <pthread.h>

__attribute__((noinline)) static double inner(long n) {
    volatile double x = 1;
    for (long i = 0; i < n; i++) x = x * 1.0000001;
    return x;
}
__attribute__((noinline)) static double outer(long n) { return inner(n) + 1; }
static void* thread(void* p) {
    double* r = p;
    *r = outer(40000000);
    return 0;
}

int main(void) {
    pthread_t t[2];
    double r[2];
    for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, thread, &r[i]);
    for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
    return r[0] != r[1];
}
