// Goal: pthread_create and pthread_join hand values over, 20,000 times in a row and 2,000 at once.
// RUN: %matrix %s
#include "check.h"
static void* add_one(void* p) { return (char*)p + 1; }
int main(void) {
    for (long i = 0; i < 20000; i++) CHECK((long)join(start(add_one, (void*)i)) == i + 1);
    static pthread_t t[2000];
    for (long i = 0; i < 2000; i++) t[i] = start(add_one, (void*)i);
    for (long i = 0; i < 2000; i++) CHECK((long)join(t[i]) == i + 1);
}
