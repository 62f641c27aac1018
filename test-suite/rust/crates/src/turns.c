// C in a crate: two threads that take turns. `cc` finds the compiler by what cargo.toml of the sysroot sets.
#include <pthread.h>
#ifdef __GLIBC__
#error "compiled with the headers of the machine, not of the sysroot"
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, rounds;

static void* take(void* mine) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < rounds; i++) {
        while (turn % 2 != (mine != 0)) pthread_cond_wait(&changed, &lock);
        turn++;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    return 0;
}

int turns(int n) {
    pthread_t other;
    rounds = n;
    if (pthread_create(&other, 0, take, &rounds)) return -1;
    take(0);
    pthread_join(other, 0);
    return turn;
}
