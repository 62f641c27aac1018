// RUN: %matrix %s
// A signal sent to the process, given to a thread that ends before it takes it, is not lost: another takes it.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static sem_t open_now, go;
static int taken;

static void count(int number) { __atomic_fetch_add(&taken, 1, __ATOMIC_SEQ_CST); }

static void *short_lived(void *set) {
  CHECK(pthread_sigmask(SIG_UNBLOCK, set, 0) == 0);
  sem_post(&open_now);
  while (sem_wait(&go)) continue;
  return 0;
}

int main(void) {
  enum { rounds = 3000 };
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  struct sigaction action = {.sa_handler = count};
  CHECK(sigaction(SIGRTMIN, &action, 0) == 0);
  CHECK(pthread_sigmask(SIG_BLOCK, &set, 0) == 0);
  sem_init(&open_now, 0, 0);
  sem_init(&go, 0, 0);
  for (int i = 0; i < rounds; i++) {
    pthread_t thread;
    CHECK(pthread_create(&thread, 0, short_lived, &set) == 0);
    while (sem_wait(&open_now)) continue;
    sem_post(&go);  // it ends while the signal comes
    CHECK(kill(getpid(), SIGRTMIN) == 0);
    CHECK(pthread_join(thread, 0) == 0);
  }
  CHECK(pthread_sigmask(SIG_UNBLOCK, &set, 0) == 0);
  for (int ms = 0; ms < 10000 && __atomic_load_n(&taken, __ATOMIC_SEQ_CST) < rounds; ms++) usleep(1000);
  CHECK(taken == rounds);
  return 0;
}
