// Runs the rows of a family: for each, this program again as the row with coroutines and as its own control with CORO_MODE=kernel. The row says what became
// of its threads, in words, which must be the control's; the one with coroutines also says whether a heartbeat kept its rhythm, and counts kernel threads.
//
//     family [--threads N] [--off] [ROW...]     --off: the row's number is a plain system call while its threads are blocked (inputs/off.cpp): all must fail
#include "self.h"
#include "heartbeat.h"
#include "row.h"
#include "slow.h"
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
extern char** environ;

// ---- one row, in a process of its own

enum { control_threads = 4, most_threads = 1000, text_max = 2000, slack = 8 };
enum { failed_rhythm = 3, tries = 6 };  // an exit code: neighbours may have done it, again

extern long coro_test_off __attribute__((weak));  // of the test build

static const struct row* row;
static struct slot slots[most_threads];
static struct thread { pthread_t id; int ended; long result; int error; } threads[most_threads];
static int thread_count, entered, bad_argument, coroutines, off, is_bad;
static void* nowhere;

static void now_off(int yes) {
    if (off) coro_test_off = yes ? row->number : -1;
}
static void ends(void* t) { STORE(((struct thread*)t)->ended, 1); }
static void* calls(void* p) {
    struct slot* s = p;
    struct thread* t = &threads[s->index];
    long a[6] = {0};
    row->args(s, a);
    if (is_bad) a[bad_argument] = (long)nowhere;
    pthread_cleanup_push(ends, t);
    ADD(entered, 1);
    errno = 0;
    // libc's function would look at the memory itself.
    long n = row->libc && !is_bad ? row->libc(a) : syscall(row->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    t->error = n < 0 ? errno : 0;
    if (n >= 0 && row->gives == a_descriptor) close((int)n);
    t->result = n >= 0 && row->gives != a_number ? 0 : n;
    pthread_cleanup_pop(1);
    return 0;
}
static void handler(int sig) {}
static int broken_pipes;
static void count_broken(int sig) { ADD(broken_pipes, 1); }

static void make_slot(int i) {
    struct slot* s = &slots[i];
    memset(s, 0, sizeof *s);
    *s = (struct slot){.index = i, .fd = {-1, -1}, .more = {-1, -1}};
    row->make(s);
}
static void drop_slot(struct slot* s) {
    if (row->drop) row->drop(s);
    for (int i = 0; i < 2; i++) {
        if (s->fd[i] >= 0) close(s->fd[i]);
        if (s->more[i] >= 0) close(s->more[i]);
    }
}
static int all_ended(void) {
    for (int i = 0; i < thread_count; i++)
        if (!LOAD(threads[i].ended)) return 0;
    return 1;
}
// How the threads ended, in words: each outcome once, in order of its first thread.
static void say(const char* released, int cancelled) {
    char text[text_max] = "";
    for (int i = 0; i < thread_count; i++) {
        struct thread* t = &threads[i];
        int here = cancelled && join(t->id) == PTHREAD_CANCELED;
        char one[100];
        if (!cancelled) join(t->id);
        if (here) snprintf(one, sizeof one, " cancelled");
        else snprintf(one, sizeof one, " %ld%s%s", t->result, t->error ? " " : "", t->error ? strerror(t->error) : "");
        if (!strstr(text, one) && strlen(text) + strlen(one) < text_max - 1) strcat(text, one);
    }
    int broken = __atomic_exchange_n(&broken_pipes, 0, __ATOMIC_SEQ_CST);
    printf("%s:%s%s\n", released, text, broken == thread_count ? ", SIGPIPE" : broken ? ", SIGPIPE for some" : "");
    fflush(stdout);
}

enum way { by_data, by_signal, by_cancel, by_time, by_shutting, by_nothing };
static const char* const ways[] = {"data", "signal", "cancellation", "time-out", "shutdown"};

static void release(enum way way) {
    for (int i = 0; i < thread_count; i++) {
        if (way == by_data && row->data) row->data(&slots[i]);
        if (way == by_shutting) row->shut(&slots[i]);
        if (way == by_cancel) CHECK0(pthread_cancel(threads[i].id));
    }
    long begin = now_ms();
    for (int round = 0; !all_ended(); round++) {
        if (way == by_data && row->slow) slow_answer(row);
        if (way == by_signal && round % 20 == 0)  // again: one that had not blocked yet has not noticed
            for (int i = 0; i < thread_count; i++)
                if (!LOAD(threads[i].ended)) CHECK0(pthread_kill(threads[i].id, SIGUSR1));
        sleep_ms(1);
        if (now_ms() - begin < (off ? 3000 : 40000)) continue;
        printf("%s: does not end\n", ways[way]);
        fflush(stdout);
        if (!off) raise(SIGQUIT);  // the dump, where there is one
        _exit(1);
    }
}

// Not more kernel threads than that; those that have nothing to do any more, of what was before, end.
static int kernel_threads_exceed(int most, const char* when) {
    int n;
    for (int i = 0; (n = kernel_threads()) > most && i < 400; i++) sleep_ms(10);
    if (n <= most) return 0;
    fprintf(stderr, "%s: %d kernel threads, at most %d\n", when, n, most);
    return failed_rhythm;
}
static long quiet_limit_us(void) {
    struct heartbeat quiet;
    heartbeat_start(&quiet);
    long gap = heartbeat_stop(&quiet, 200);
    long floor = getenv("CORO_TEST_EMULATOR") ? 40000 : 1000;
    return 3 * (gap < floor ? floor : gap);
}
// N threads in the call, released one way. 0, or an exit code.
static int block_and_release(enum way way, int at_rest, long limit_us) {
    int failed = 0;
    long gap_us = 0;
    struct heartbeat beats;
    memset(threads, 0, sizeof threads);
    STORE(entered, 0);
    for (int i = 0; i < thread_count; i++) {
        make_slot(i);
        if (way == by_time) row->limit(&slots[i]);
    }
    if (limit_us) heartbeat_start(&beats);
    now_off(1);
    // Not all at once: how long each takes to be out of the way is what the heartbeat sees.
    int together = row->most ? 1 : 1 + thread_count / 50;
    for (int i = 0; i < thread_count; i++) {
        threads[i].id = start(calls, &slots[i]);
        if (limit_us && i % together == 0) sleep_ms(1);
    }
    while (LOAD(entered) < thread_count) sleep_ms(1);
    if (limit_us) {
        gap_us = heartbeat_stop(&beats, 200);
        if (getenv("VERBOSE")) fprintf(stderr, "%s: gap %ld us, limit %ld us, %d kernel threads, %d at rest\n", row->call, gap_us, limit_us, kernel_threads(), at_rest);
    } else if (way != by_time) {
        settle();
    }
    int most = at_rest + slack + (row->most && row->most <= hand_off ? thread_count : 0);
    if (coroutines && way != by_time) failed = kernel_threads_exceed(most, ways[way]);
    for (int i = 0; i < thread_count && way != by_time; i++)
        if (LOAD(threads[i].ended)) failed = 1;
    if (failed == 1) printf("%s: before that\n", ways[way]);
    release(way);
    say(ways[way], way == by_cancel);
    now_off(0);
    for (int i = 0; i < thread_count; i++) drop_slot(&slots[i]);
    if (gap_us > limit_us && gap_us > (limit_us = quiet_limit_us())) {  // again: the neighbours may have come meanwhile
        fprintf(stderr, "the heartbeat's gap is %ld us, at most %ld us\n", gap_us, limit_us);
        failed = failed_rhythm;
    }
    return failed;
}
static void one_bad_argument(int k) {
    is_bad = 1, bad_argument = k, thread_count = 1;
    memset(threads, 0, sizeof threads);
    make_slot(0);
    threads[0].id = start(calls, &slots[0]);
    sleep_ms(2);
    if (LOAD(threads[0].ended)) {}
    else release(row->data || row->slow ? by_data : by_signal);
    char what[40];
    snprintf(what, sizeof what, "bad argument %d", k);
    say(what, 0);
    drop_slot(&slots[0]);
    is_bad = 0;
}
static int run_row(int count) {
    struct rlimit files;
    sigset_t queued;
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    CHECK(sigaction(SIGPIPE, &(struct sigaction){.sa_handler = count_broken, .sa_flags = SA_RESTART}, 0) == 0);
    sigemptyset(&queued), sigaddset(&queued, SIGRTMIN + 9);
    CHECK0(pthread_sigmask(SIG_BLOCK, &queued, 0));
    CHECK(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler}, 0) == 0);
    CHECK((nowhere = mmap(0, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
    slow_install(row);
    int failed = 0, here = coroutines ? (row->most && row->most < count ? row->most : count) : control_threads;
    thread_count = here;
    long limit_us = coroutines ? quiet_limit_us() : 0;
    int at_rest = kernel_threads();
    if (row->data || row->slow) failed |= block_and_release(by_data, at_rest, limit_us), limit_us = 0;
    if (!row->no_eintr) failed |= block_and_release(by_signal, at_rest, limit_us);
    if (row->libc) failed |= block_and_release(by_cancel, at_rest, 0);
    if (row->limit) failed |= block_and_release(by_time, at_rest, 0);
    if (row->shut) failed |= block_and_release(by_shutting, at_rest, 0);
    if (coroutines) failed |= kernel_threads_exceed(at_rest + slack, "afterwards");
    for (int k = 0; k < 6; k++)
        if (row->pointers & ARG(k)) one_bad_argument(k);
    return failed;
}

// ---- the family

static const char* name_of(const struct row* r, char* text, size_t size) {
    snprintf(text, size, "%s%s%s", r->call, r->how ? " " : "", r->how ? r->how : "");
    return text;
}
// Its exit code, or -1 if it had to be killed; what it has printed is in `text`.
static int run(const struct row* r, const char* kind, const char* count, char* text) {
    int out[2], status;
    char number[20], name[100];
    snprintf(number, sizeof number, "%d", (int)(r - rows));
    char* args[] = {(char*)name_of(r, name, sizeof name), "row", number, (char*)kind, (char*)count, 0};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    CHECK(pipe2(out, O_CLOEXEC) == 0 && posix_spawn_file_actions_init(&actions) == 0 && posix_spawn_file_actions_adddup2(&actions, out[1], 1) == 0);
    CHECK(setenv("CORO_MODE", strcmp(kind, "control") ? "coro" : "kernel", 1) == 0);
    struct self self = self_with(args);
    CHECK0(posix_spawn(&pid, self.path, &actions, 0, self.args, environ));
    close(out[1]);
    long until = now_ms() + (strcmp(kind, "off") ? 90000 : 8000);
    size_t have = 0;
    for (;;) {
        struct pollfd f = {out[0], POLLIN, 0};
        long left = until - now_ms();
        if (left <= 0 || poll(&f, 1, (int)left) == 0) {
            kill(pid, SIGKILL);
            CHECK(waitpid(pid, &status, 0) == pid);
            close(out[0]);
            return -1;
        }
        ssize_t n = read(out[0], text + have, text_max - 1 - have);
        if (n <= 0) break;
        have += (size_t)n;
    }
    text[have] = 0;
    close(out[0]);
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}
static int passes(const struct row* r, const char* kind, const char* count) {
    static char here[text_max], there[text_max];
    char name[100];
    name_of(r, name, sizeof name);
    int c = run(r, "control", count, there);
    if (c) {
        fprintf(stderr, "%s: the control ends with %d\n%s", name, c, there);
        exit(1);
    }
    // A machine that others use disturbs the rhythm now and then, but not each time.
    for (int i = 0;; i++) {
        int h = run(r, kind, count, here);
        int same = !strcmp(here, there);
        if (!same) fprintf(stderr, "%s: here\n%sand with kernel threads\n%s", name, here, there);
        if (h == 0 && same) return 1;
        fprintf(stderr, "%s: exit %d\n", name, h);
        if (h != failed_rhythm || !same || i == tries - 1 || !strcmp(kind, "off")) return 0;
    }
}
// The architecture does not have the call, or the emulator: qemu-user has no filters and not every call; in some it does not see a signal whose handler
// has SA_RESTART before they end, and its nanosleep says EINTR for a bad address.
static int is_missing(const struct row* r) {
    int status;
    if (r->number < 0) return 1;
    if (!getenv("CORO_TEST_EMULATOR")) return 0;
    if (r->slow) return 1;
    static const char* const odd[] = {"splice", "tee", "vmsplice", "sendfile", "nanosleep", "creat"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        if (!strcmp(r->call, odd[i])) return 1;
    pid_t pid = fork();
    if (!pid) {
        alarm(1);
        _exit(syscall(r->number, 0L, 0L, 0L, 0L, 0L, 0L) == -1 && errno == ENOSYS);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) && WEXITSTATUS(status);
}
int main(int argc, char** argv) {
    if (argc == 5 && !strcmp(argv[1], "row")) {
        row = &rows[atoi(argv[2])];
        coroutines = strcmp(argv[3], "control") != 0;
        off = !strcmp(argv[3], "off");
        if (off && !&coro_test_off) return fprintf(stderr, "--off: not with this build\n"), 1;
        return run_row(atoi(argv[4]));
    }
    const char* count = "200";
    const char* kind = "row";
    int at = 1, failed = 0;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!strcmp(argv[at], "--off")) kind = "off";
        else if (!strcmp(argv[at], "--threads") && at + 1 < argc && atoi(argv[at + 1]) <= most_threads) count = argv[++at];
        else return fprintf(stderr, "usage: %s [--threads N] [--off] [ROW...]\n", argv[0]), 1;
    }
    for (int i = 0; i < row_count; i++) {
        char name[100];
        int chosen = at == argc;
        name_of(&rows[i], name, sizeof name);
        for (int k = at; k < argc; k++) chosen |= !strcmp(argv[k], name);
        if (!chosen) continue;
        if (is_missing(&rows[i])) {
            printf("%-30s not here\n", name);
            continue;
        }
        long begin = now_ms();
        int switched_off = !strcmp(kind, "off");
        int ok = passes(&rows[i], kind, count);
        if (switched_off) {  // seen in one of three runs: by chance a busy machine hides it
            for (int k = 0; k < 2 && ok; k++) ok = passes(&rows[i], kind, count);
            ok = !ok;
        }
        printf("%-30s %s (%ld ms)\n", name, switched_off ? (ok ? "seen" : "NOT SEEN") : ok ? "as with kernel threads" : "FAILED", now_ms() - begin);
        fflush(stdout);
        failed += !ok;
    }
    return failed != 0;
}
