// Sorts lines like sort(1): reads them with stdio, sorts, and lets a child number them through a pipe; a signal, a sleep and a poll on the way.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void on_signal(int n) { signals++; }

static int compare(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }

static void number_lines(int in) {
    FILE* f = fdopen(in, "r");
    char line[256];
    for (int n = 1; fgets(line, sizeof line, f); n++) printf("%d %s", n, line);
    fclose(f);
    exit(0);
}

int main(int argc, char** argv) {
    FILE* in = fopen(argv[1], "r");
    char **lines = 0, *line = 0;
    size_t count = 0, size = 0;
    while (getline(&line, &size, in) > 0) {
        lines = realloc(lines, (count + 1) * sizeof *lines);
        lines[count++] = strdup(line);
    }
    fclose(in);
    qsort(lines, count, sizeof *lines, compare);

    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, 0);
    raise(SIGUSR1);
    nanosleep(&(struct timespec){.tv_nsec = 1000}, 0);

    // All of it fits into the pipe, so that every run reads the same pieces.
    int ends[2];
    pipe(ends);
    FILE* out = fdopen(ends[1], "w");
    for (size_t i = 0; i < count; i++) fputs(lines[i], out);
    poll(&(struct pollfd){.fd = ends[0], .events = POLLIN}, 1, 1000);
    fclose(out);
    pid_t child = fork();
    if (child == 0) number_lines(ends[0]);
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    return status || system("exit 0") || signals != 1;
}
