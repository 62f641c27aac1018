// What glibc's test driver is linked with beside the support library.
#include <signal.h>
#include <time.h>

const char support_objdir_root[] = ".";

// Its kill(2), which kills the test's process group when its time is over: first, let the runtime print its coroutines.
int dump_and_kill(pid_t whom, int number) {
  if (whom < 0 && number == SIGKILL) {
    kill(whom, SIGQUIT);
    nanosleep(&(struct timespec){.tv_sec = 1}, 0);
  }
  return kill(whom, number);
}

// The support library's looks into /proc/self/task until the caller is alone: there stand kernel threads, which a coroutine has none of.
void support_wait_for_thread_exit(void) {
  nanosleep(&(struct timespec){.tv_nsec = 300000000}, 0);
}
