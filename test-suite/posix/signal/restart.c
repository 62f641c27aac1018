// Goal: every call of signal(7)'s lists ends, or goes on, after a handler with SA_RESTART and without as it does on Linux: result, errno, what is left of a
// sleep. Method: the table of slow_calls.h; a signal to the thread inside the call; the control is this program with CORO_MODE=kernel. A row that
// differs is tried again with more time for the thread to block: it fails if it always differs.
// RUN: %matrix --seconds 120 %s
#include "self.h"
#include "inputs/slow_calls.h"
#include <spawn.h>
extern char** environ;

static int handlers, ended, settle_ms;
static long result;
static int result_error;
static void handler(int sig) { ADD(handlers, 1); }
static void* calls(void* p) {
    const struct row* r = p;
    entering();
    errno = 0;
    long n = r->call();
    result_error = n < 0 ? errno : 0;
    result = n;
    STORE(ended, 1);
    return 0;
}
static int await(int* flag, int ms) {
    for (; ms > 0 && !LOAD(*flag); ms--) sleep_ms(1);
    return LOAD(*flag);
}
// One row, in words.
static void outcome(const struct row* r, int restart, char* text, size_t size) {
    struct sigaction sa = {.sa_handler = handler, .sa_flags = restart ? SA_RESTART : 0};
    CHECK(sigaction(SIGUSR1, &sa, 0) == 0 && sigaction(SIGUSR2, &sa, 0) == 0);
    fds[0] = fds[1] = more[0] = more[1] = -1;
    child = 0;
    handlers = ended = 0;
    ten_from_now = in_ms(CLOCK_REALTIME, 10000);
    remaining_of = (struct timespec){-1, 0};
    r->before();
    caller = start(calls, (void*)r);
    while (!__atomic_exchange_n(&check_entering, 0, __ATOMIC_SEQ_CST)) sleep_ms(1);
    sleep_ms(settle_ms);
    int early = LOAD(ended);
    if (!early) {
        CHECK0(pthread_kill(caller, SIGUSR1));
        CHECK(await(&handlers, 10000));
    }
    int interrupted = await(&ended, settle_ms);
    if (!interrupted) r->complete();
    if (!await(&ended, 15000)) {
        fprintf(stderr, "%s, %s: does not end\n", r->name, restart ? "SA_RESTART" : "no SA_RESTART");
        raise(SIGQUIT);  // the dump, where there is one
        _exit(1);
    }
    join(caller);
    const char* rest = remaining_of.tv_sec < 0 ? "" : remaining_of.tv_sec < 10 && remaining_of.tv_sec >= 5 ? ", most is left" : ", wrong rest";
    snprintf(text, size, "%s %ld %s%s", early ? "at once" : interrupted ? "ends" : "goes on", result, result_error ? strerror(result_error) : "", rest);
    if (r->after) r->after();
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0) close(fds[i]);
        if (more[i] >= 0) close(more[i]);
    }
}

// The same in a process of its own whose threads are the kernel's.
static FILE* control(const char* first, const char* end, const char* ms, pid_t* pid) {
    int out[2];
    char* args[] = {"restart", (char*)first, (char*)end, (char*)ms, 0};
    char* environment[3] = {"CORO_MODE=kernel", 0, 0};
    posix_spawn_file_actions_t actions;
    CHECK(pipe2(out, O_CLOEXEC) == 0 && posix_spawn_file_actions_init(&actions) == 0 && posix_spawn_file_actions_adddup2(&actions, out[1], 1) == 0);
    struct self self = self_with(args);
    CHECK0(posix_spawn(pid, self.path, &actions, 0, self.args, environment));
    CHECK(close(out[1]) == 0);
    return fdopen(out[0], "r");
}
enum { text_max = 100 };
static void line(FILE* f, char* text) {
    CHECK(fgets(text, text_max, f));
    text[strcspn(text, "\n")] = 0;
}
static int differs_again(int i, int restart, int ms) {
    char number[20], next[20], time[20], here[text_max], there[2][text_max];
    pid_t pid;
    snprintf(number, sizeof number, "%d", i), snprintf(next, sizeof next, "%d", i + 1), snprintf(time, sizeof time, "%d", ms);
    FILE* f = control(number, next, time, &pid);
    line(f, there[0]), line(f, there[1]);
    fclose(f);
    CHECK(waitpid(pid, 0, 0) == pid);
    settle_ms = ms;
    outcome(&rows[i], restart, here, sizeof here);
    if (!strcmp(here, there[restart])) return 0;
    fprintf(stderr, "%s, %s: here it %s, with kernel threads it %s\n", rows[i].name, restart ? "SA_RESTART" : "no SA_RESTART", here, there[restart]);
    return 1;
}
int main(int argc, char** argv) {
    pthread_sigmask(SIG_BLOCK, 0, &now_blocked);
    sigemptyset(&waited_for);
    sigaddset(&waited_for, SIGRTMIN + 9);
    CHECK0(pthread_sigmask(SIG_BLOCK, &waited_for, 0));
    settle_ms = argc > 3 ? atoi(argv[3]) : 25;
    char text[text_max], expected[row_count][2][text_max];
    if (argc > 3) {
        if (mkdir("control", 0700) != 0) CHECK(errno == EEXIST);
        CHECK(chdir("control") == 0);
        for (int i = atoi(argv[1]); i < atoi(argv[2]); i++)
            for (int restart = 0; restart < 2; restart++) {
                outcome(&rows[i], restart, text, sizeof text);
                printf("%s\n", text);
            }
        return 0;
    }
    char all[20], here[row_count][2][text_max];
    pid_t pid;
    int failed = 0;
    snprintf(all, sizeof all, "%d", row_count);
    FILE* f = control("0", all, "25", &pid);
    for (int i = 0; i < row_count; i++)
        for (int restart = 0; restart < 2; restart++) outcome(&rows[i], restart, here[i][restart], text_max);
    for (int i = 0; i < row_count; i++)
        for (int restart = 0; restart < 2; restart++) line(f, expected[i][restart]);
    fclose(f);
    CHECK(waitpid(pid, 0, 0) == pid);
    for (int i = 0; i < row_count; i++)
        for (int restart = 0; restart < 2; restart++) {
            if (getenv("VERBOSE")) printf("%-28s %d  %-40s %s\n", rows[i].name, restart, expected[i][restart], here[i][restart]);
            if (strcmp(expected[i][restart], here[i][restart])) failed += differs_again(i, restart, 100) && differs_again(i, restart, 400);
        }
    return failed != 0;
}
