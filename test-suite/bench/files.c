// What the benchmark reads from a file: files FILE direct|cached THREADS COUNT. Random blocks of 4 KiB with pread(2); prints reads per second.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { block = 4096, most = 4096 };
static int fd;
static long blocks, share;

static double now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}
static void* reads(void* p) {
    char* b;
    unsigned seed = (unsigned)(long)p + 1;
    if (posix_memalign((void**)&b, block, block)) abort();
    for (long i = 0; i < share; i++) {
        long at = (long)(((unsigned long)(unsigned)rand_r(&seed) << 16 ^ (unsigned)rand_r(&seed)) % (unsigned long)blocks);
        if (pread(fd, b, block, at * block) != block) abort();
    }
    free(b);
    return p;
}

int main(int argc, char** argv) {
    struct stat st;
    pthread_t t[most];
    long threads = argc == 5 ? atol(argv[3]) : 0;
    if (threads < 1 || threads > most || (strcmp(argv[2], "direct") && strcmp(argv[2], "cached"))) {
        fprintf(stderr, "usage: files FILE direct|cached THREADS COUNT\n");
        return 2;
    }
    fd = open(argv[1], O_RDONLY | (argv[2][0] == 'd' ? O_DIRECT : 0));
    if (fd < 0 || fstat(fd, &st)) return perror(argv[1]), 1;
    blocks = st.st_size / block;
    share = atol(argv[4]) / threads;
    double begin = now();
    for (long i = 0; i < threads; i++)
        if (pthread_create(&t[i], NULL, reads, (void*)i)) abort();
    for (long i = 0; i < threads; i++) pthread_join(t[i], NULL);
    printf("%.0f\n", (double)(share * threads) / (now() - begin));
    return 0;
}
