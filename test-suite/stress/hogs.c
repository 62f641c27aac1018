// Goal: threads that only compute do not starve those that sleep, nor each other. Method: four hogs and four sleepers of 1 ms for a second; the same program
// with a kernel thread for each is run in between, and is the measure: coroutines get at least a tenth of its wake-ups, and each hog at least a tenth
// of what the luckiest has. A neighbour on the machine can spoil a round: one of three has to hold.
// RUN: %matrix %s
#include "self.h"
enum { hogs = 4, sleepers = 4 };
static long work[hogs], wakes;
static int stop;
static void* computes(void* p) {
    while (!LOAD(stop)) __atomic_store_n(&work[(long)p], work[(long)p] + 1, __ATOMIC_RELAXED);
    return 0;
}
static void* sleeps(void* p) {
    while (!LOAD(stop)) {
        sleep_ms(1);
        ADD(wakes, 1);
    }
    return 0;
}
static long measure(void) {
    stop = 0, wakes = 0;
    memset(work, 0, sizeof work);
    pthread_t t[hogs + sleepers];
    for (long i = 0; i < hogs; i++) t[i] = start(computes, (void*)i);
    for (long i = 0; i < sleepers; i++) t[hogs + i] = start(sleeps, 0);
    sleep_ms(1000);
    STORE(stop, 1);
    for (int i = 0; i < hogs + sleepers; i++) join(t[i]);
    return wakes;
}
int main(int argc, char** argv) {
    if (argc > 1) {
        printf("%ld\n", measure());
        return 0;
    }
    char command[3 * PATH_MAX];
    snprintf(command, sizeof command, "CORO_MODE=kernel %s measure", self_command());
    for (int round = 0; round < 3; round++) {
        long kernel = 0, least = LONG_MAX, most = 0;
        FILE* f = popen(command, "r");
        CHECK(f && fscanf(f, "%ld", &kernel) == 1 && pclose(f) == 0);
        measure();
        for (int i = 0; i < hogs; i++) {
            least = work[i] < least ? work[i] : least;
            most = work[i] > most ? work[i] : most;
        }
        printf("wake-ups: %ld, with kernel threads %ld; work: least %ld, most %ld\n", wakes, kernel, least, most);
        if (wakes * 10 >= kernel && least >= most / 10) return 0;
    }
    return 1;
}
