// Goal: a new program inherits the mask of the thread that starts it and the ignored signals, also those that a thread blocks; an exec that fails changes
// nothing: a blocked signal stays pending. pthread_atfork handlers run in their order in the forking thread. Method: the child, this program, says what
// it finds; started from a thread by fork and exec, vfork, posix_spawn, popen and system, and by exec among threads; the masks are compared with what was set.
// RUN: %matrix %s
#include "self.h"
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
extern char** environ;
static char order[32];
static void say(char c) { order[strlen(order)] = c; }
static void prepare_1(void) { say('p'); }
static void prepare_2(void) { say('P'); }
static void parent_1(void) { say('a'); }
static void parent_2(void) { say('A'); }
static void child_1(void) { say('c'); }
static void child_2(void) { say('C'); }
// 7: as it should be.
static int look(void) {
    struct sigaction sa;
    sigset_t mask;
    CHECK(sigprocmask(SIG_BLOCK, 0, &mask) == 0);
    int bits = 0;
    bits |= sigismember(&mask, SIGUSR1) && sigismember(&mask, SIGHUP) && !sigismember(&mask, SIGUSR2) && !sigismember(&mask, SIGTERM) ? 1 : 0;
    bits |= sigaction(SIGHUP, 0, &sa) == 0 && sa.sa_handler == SIG_IGN ? 2 : 0;
    bits |= sigaction(SIGUSR2, 0, &sa) == 0 && sa.sa_handler == SIG_DFL ? 4 : 0;
    return bits;
}
static void handler(int sig) {}
static struct self self;  // looks
static void* executes_blocking(void* p) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1), sigaddset(&set, SIGHUP);
    CHECK0(pthread_sigmask(SIG_BLOCK, &set, 0));
    execv(self.path, self.args);
    _exit(99);
}
static void* starts(void* p) {
    char command[2 * PATH_MAX + 20];
    int status[6];
    pid_t pid;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1), sigaddset(&set, SIGHUP);  // SIGHUP is ignored: held, not thrown away
    CHECK0(pthread_sigmask(SIG_BLOCK, &set, 0));
    snprintf(command, sizeof command, "exec %s look", self_command());
    order[0] = 0;
    pid = fork();
    if (!pid) {
        CHECK(strcmp(order, "PpcC") == 0);
        execv(self.path, self.args);
        _exit(99);
    }
    CHECK(strcmp(order, "PpaA") == 0);
    CHECK(waitpid(pid, &status[0], 0) == pid);
    if (!(pid = vfork())) execv(self.path, self.args), _exit(99);
    CHECK(waitpid(pid, &status[1], 0) == pid);
    CHECK0(posix_spawn(&pid, self.path, 0, 0, self.args, environ));
    CHECK(waitpid(pid, &status[2], 0) == pid);
    status[3] = system(command);
    FILE* f = popen(command, "r");
    CHECK(f);
    status[4] = pclose(f);
    if (!(pid = fork())) {
        pthread_sigmask(SIG_SETMASK, &(sigset_t){0}, 0);  // the mask of the thread that execs counts, not main's
        pthread_t t = start(executes_blocking, 0);
        join(t);
    }
    CHECK(waitpid(pid, &status[5], 0) == pid);
    for (int i = 0; i < 6; i++)
        if (!WIFEXITED(status[i]) || WEXITSTATUS(status[i]) != 7) fprintf(stderr, "start %d: status %x\n", i, status[i]), _exit(1);
    return p;
}
static void* fails(void* p) {
    char* args[] = {"nothing", 0};
    sigset_t set, pending;
    int sig;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    CHECK(execv("/nothing/there", args) == -1 && errno == ENOENT);
    CHECK(kill(getpid(), SIGTERM) == 0);  // every thread blocks it
    sleep_ms(20);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGTERM));
    CHECK(sigwait(&set, &sig) == 0 && sig == SIGTERM);
    return p;
}
int main(int argc, char** argv) {
    if (argc > 1) return look();
    self = self_with((char*[]){"inherits", "look", 0});
    struct sigaction sa = {.sa_handler = handler};
    sigset_t set;
    CHECK(sigaction(SIGUSR2, &sa, 0) == 0 && signal(SIGHUP, SIG_IGN) != SIG_ERR);
    CHECK0(pthread_atfork(prepare_1, parent_1, child_1));
    CHECK0(pthread_atfork(prepare_2, parent_2, child_2));
    join(start(starts, 0));
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    CHECK0(pthread_sigmask(SIG_BLOCK, &set, 0));
    join(start(fails, 0));
}
