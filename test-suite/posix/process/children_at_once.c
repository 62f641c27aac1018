// Goal: system, posix_spawn and popen from many threads at once: each gets its own child's status and output, whole; no child holds another's pipe open; other
// threads go on; neither descriptors nor children are left. Method: 24 threads begin together, eight rounds, each with another of the three in its turn; a child
// says which thread's it is. One that sleeps for 1 ms again and again wakes meanwhile.
// RUN: %matrix --seconds 120 %s
#include "self.h"
#include <spawn.h>
#include <sys/wait.h>
extern char** environ;
enum { threads = 24, rounds = 8, output_bytes = 20000 };
static pthread_barrier_t together;
static int beats, stop;

static void with_system(int i) {
    char command[100];
    snprintf(command, sizeof command, "exit %d", 10 + i);
    int status = system(command);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 10 + i);
}
// All that the child writes, to the end of file.
static void expect_output(FILE* f, int i) {
    int c, n = 0;
    for (; (c = getc(f)) != EOF; n++) CHECK(c == 'A' + i);
    CHECK(n == output_bytes);
}
static void with_spawn(int i) {
    char letter[2] = {(char)('A' + i), 0};
    char* args[] = {"child", letter, 0};
    int out[2], status;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    CHECK(pipe2(out, O_CLOEXEC) == 0);
    CHECK0(posix_spawn_file_actions_init(&actions));
    CHECK0(posix_spawn_file_actions_adddup2(&actions, out[1], 1));
    struct self self = self_with(args);
    CHECK0(posix_spawn(&pid, self.path, &actions, 0, self.args, environ));
    CHECK0(posix_spawn_file_actions_destroy(&actions));
    close(out[1]);
    FILE* f = fdopen(out[0], "r");
    expect_output(f, i);
    fclose(f);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == i);
}
static void with_popen(int i) {
    char command[2 * PATH_MAX + 10];
    snprintf(command, sizeof command, "%s %c", self_command(), 'A' + i);
    // musl's pclose closes the number before it takes the stream off the list of those that popen closes in its child: by then it may be the new pipe's. As on stock.
    static pthread_mutex_t listed = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&listed);
    FILE* f = popen(command, "re");
    pthread_mutex_unlock(&listed);
    CHECK(f);
    expect_output(f, i);
    pthread_mutex_lock(&listed);
    int status = pclose(f);
    pthread_mutex_unlock(&listed);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i);
}
static void* makes_children(void* p) {
    static void (*const ways[])(int) = {with_system, with_spawn, with_popen};
    int i = (int)(long)p;
    for (int round = 0; round < rounds; round++) {
        pthread_barrier_wait(&together);
        ways[(i + round) % 3](i);
    }
    return 0;
}
static void* beats_on(void* p) {
    while (!LOAD(stop)) {
        sleep_ms(1);
        ADD(beats, 1);
    }
    return 0;
}
static int descriptors(void) {
    int n = 0;
    for (int fd = 0; fd < 900; fd++) n += fcntl(fd, F_GETFD) >= 0;
    return n;
}
int main(int argc, char** argv) {
    if (argc > 1) {
        for (int i = 0; i < output_bytes; i++) putchar(argv[1][0]);
        return argv[1][0] - 'A';
    }
    pthread_t t[threads], beat = start(beats_on, 0);
    pthread_barrier_init(&together, 0, threads + 1);
    int before = descriptors();
    for (long i = 0; i < threads; i++) t[i] = start(makes_children, (void*)i);
    for (int round = 0; round < rounds; round++) pthread_barrier_wait(&together);
    for (int i = 0; i < threads; i++) join(t[i]);
    CHECK(LOAD(beats) > rounds);
    STORE(stop, 1);
    join(beat);
    CHECK(descriptors() == before);
    CHECK(waitpid(-1, 0, WNOHANG) < 0 && errno == ECHILD);
}
