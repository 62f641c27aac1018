// dump SIGNAL, with CORO_DUMP=SIGNAL: sends it to itself in each state, and looks at what was written.
#include "check.h"

#include <semaphore.h>
#include <sys/wait.h>

static int number(const char* s) {
    if (atoi(s)) return atoi(s);
    if (!strncmp(s, "SIG", 3)) s += 3;
    return !strcmp(s, "USR1") ? SIGUSR1 : !strcmp(s, "USR2") ? SIGUSR2 : !strcmp(s, "TERM") ? SIGTERM : SIGQUIT;
}

static sem_t go_on;
static void* waits(void* p) {
    pthread_setname_np(pthread_self(), "a waiter");
    sem_wait(&go_on);
    return p;
}
static volatile int stop;
static void* computes(void* p) {
    while (!stop) {}
    return p;
}

static int captured;
// The dump is the monitor's work: a moment later. Returns the text from `from` on once it has `what` in it.
static char text[1 << 16];
static void await(off_t from, const char* what) {
    for (long end = now_ms() + 30000; now_ms() < end; sleep_ms(5)) {
        ssize_t n = pread(captured, text, sizeof text - 1, from);
        text[n > 0 ? n : 0] = 0;
        if (strstr(text, what)) return;
    }
    dprintf(1, "no '%s' in what was written:\n%s", what, text);
    _exit(1);
}

static volatile int handled;
static void handler(int sig) { handled++; }
static int dies_of(int sig, void (*prepare)(void)) {
    pid_t child = fork();
    int status;
    if (child == 0) {
        prepare();
        raise(sig);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == sig;
}
static void nothing(void) {}

int main(int argc, char** argv) {
    CHECK(argc == 2);
    int sig = number(argv[1]);
    CHECK(dies_of(sig, nothing));  // no thread yet
    CHECK(sem_init(&go_on, 0, 0) == 0);
    char name[] = "captured.XXXXXX";
    captured = mkstemp(name);
    unlink(name);
    CHECK(fcntl(captured, F_SETFL, O_APPEND) == 0 && dup2(captured, 2) == 2);

    pthread_t waiter = start(waits, 0), busy = start(computes, 0);
    // Until the waiter has come to its semaphore.
    for (long late = now_ms() + 30000; !strstr(text, "a waiter: parked, futex") && now_ms() < late;) {
        off_t end = lseek(captured, 0, SEEK_END);
        CHECK(kill(getpid(), sig) == 0);
        await(end, "(main)");
        sleep_ms(20);
        await(end, "(main)");
    }
    await(0, "a waiter: parked, futex");
    await(0, "(main)");
    // Blocked: it is the runtime's all the same.
    off_t end = lseek(captured, 0, SEEK_END);
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, sig);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    CHECK(kill(getpid(), sig) == 0);
    await(end, "a waiter: parked, futex");
    sigpending(&pending);
    CHECK(!sigismember(&pending, sig));
    pthread_sigmask(SIG_UNBLOCK, &set, 0);
    // A handler of the program's hears of it too; what sigaction(2) says is what was set.
    struct sigaction act = {.sa_handler = handler}, old;
    CHECK(sigaction(sig, &act, &old) == 0 && old.sa_handler == SIG_DFL);
    CHECK(sigaction(sig, 0, &old) == 0 && old.sa_handler == handler);
    end = lseek(captured, 0, SEEK_END);
    CHECK(kill(getpid(), sig) == 0);
    await(end, "a waiter: parked, futex");
    for (long late = now_ms() + 30000; !handled && now_ms() < late;) sleep_ms(1);
    CHECK(handled == 1);
    signal(sig, SIG_DFL);
    CHECK(dies_of(sig, nothing));  // a child without threads
    signal(sig, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
        execlp("sh", "sh", "-c", "kill -$0 $$ && exit 7", argv[1][0] >= '0' && argv[1][0] <= '9' ? argv[1] : !strcmp(argv[1], "signal") ? "3" : !strncmp(argv[1], "SIG", 3) ? argv[1] + 3 : argv[1], (char*)0);
        _exit(1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    stop = 1;
    sem_post(&go_on);
    join(waiter);
    join(busy);
    return 0;
}
