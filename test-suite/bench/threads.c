// What the benchmark times, as a plain pthread program: threads WORK [COUNT]. Prints nanoseconds per operation. go-threads/main.go does the same with goroutines.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}
static pthread_t start(void* (*f)(void*), long arg) {
    pthread_t t;
    int error = pthread_create(&t, NULL, f, (void*)arg);
    if (error) {
        fprintf(stderr, "pthread_create: %s\n", strerror(error));
        exit(1);
    }
    return t;
}

static void* nothing(void* p) { return p; }
static void spawn(long n) {
    for (long i = 0; i < n; i++) pthread_join(start(nothing, i), NULL);
}

static long share;
static void* yields(void* p) {
    for (long i = 0; i < share; i++) sched_yield();
    return p;
}
// `count` threads of f with arguments 0.., then joined.
static void together(void* (*f)(void*), long count) {
    pthread_t t[1000];
    for (long i = 0; i < count; i++) t[i] = start(f, i);
    for (long i = 0; i < count; i++) pthread_join(t[i], NULL);
}
static void yield64(long n) {
    share = n / 64;
    together(yields, 64);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long turn;
static void* takes_turns(void* p) {
    for (long i = 0; i < share; i++) {
        pthread_mutex_lock(&mutex);
        while (turn != (long)p) pthread_cond_wait(&cond, &mutex);
        turn = !turn;
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&mutex);
    }
    return p;
}
static void turns(long n) {
    share = n / 2;
    together(takes_turns, 2);
}

enum { ring_size = 100 };
static sem_t sems[ring_size];
static void* hops(void* p) {
    for (long i = 0; i < share; i++) {
        sem_wait(&sems[(long)p]);
        sem_post(&sems[((long)p + 1) % ring_size]);
    }
    return p;
}
static void ring(long n) {
    share = n / ring_size;
    for (int i = 0; i < ring_size; i++) sem_init(&sems[i], 0, i == 0);
    together(hops, ring_size);
}

static int fds[ring_size][2];
static void* pipe_hops(void* p) {
    char c;
    for (long i = 0; i < share; i++)
        if (read(fds[(long)p][0], &c, 1) != 1 || write(fds[((long)p + 1) % ring_size][1], &c, 1) != 1) abort();
    return p;
}
static void pipes(long n) {
    share = n / ring_size;
    for (int i = 0; i < ring_size; i++)
        if (pipe(fds[i])) abort();
    if (write(fds[0][1], "x", 1) != 1) abort();
    together(pipe_hops, ring_size);
}

// One thread writes to a pipe and reads from it: neither waits.
static void* uses_own_pipe(void* p) {
    int own[2];
    char bytes[8] = {0};
    if (pipe(own)) abort();
    for (long i = 0; i < share; i++)
        if (write(own[1], bytes, 8) != 8 || read(own[0], bytes, 8) != 8) abort();
    return p;
}
static void own_pipe(long n) {
    share = n / 2;
    together(uses_own_pipe, 1);
}

static void* sleeps(void* p) {
    struct timespec ms = {0, 1000000};
    for (long i = 0; i < share; i++) nanosleep(&ms, NULL);
    return p;
}
static void sleep1000(long n) {
    share = n / 1000;
    together(sleeps, 1000);
}

struct node {
    long first, leaves, sum;
};
static void* skynet_node(void* p) {
    struct node *n = p, child[10];
    pthread_t t[10];
    if (n->leaves == 1) {
        n->sum = n->first;
        return p;
    }
    for (int i = 0; i < 10; i++) {
        child[i] = (struct node){n->first + i * n->leaves / 10, n->leaves / 10, 0};
        t[i] = start(skynet_node, (long)&child[i]);
    }
    for (int i = 0; i < 10; i++) {
        pthread_join(t[i], NULL);
        n->sum += child[i].sum;
    }
    return p;
}
static void skynet(long n) {
    struct node root = {0, n, 0};
    skynet_node(&root);
    if (root.sum != n * (n - 1) / 2) abort();
}

// Resident memory and page tables of parked threads with 64 KiB stacks: bytes each, not time.
static sem_t all_parked, let_go;
static void* parks(void* p) {
    sem_post(&all_parked);
    sem_wait(&let_go);
    return p;
}
static long kilobytes(const char* key) {
    char line[128];
    long kb = 0;
    FILE* f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, key, strlen(key))) kb = atol(line + strlen(key));
    fclose(f);
    return kb;
}
static double memory(long n) {
    pthread_attr_t a;
    sem_init(&all_parked, 0, 0);
    sem_init(&let_go, 0, 0);
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, 65536);
    pthread_t* t = malloc((size_t)n * sizeof *t);
    memset(t, 0, (size_t)n * sizeof *t);
    pthread_join(start(nothing, 0), NULL);
    long before = kilobytes("VmRSS:") + kilobytes("VmPTE:");
    for (long i = 0; i < n; i++) {
        int error = pthread_create(&t[i], &a, parks, NULL);
        if (error) {
            fprintf(stderr, "stopped at %ld threads: %s\n", i, strerror(error));
            exit(1);
        }
    }
    for (long i = 0; i < n; i++) sem_wait(&all_parked);
    long after = kilobytes("VmRSS:") + kilobytes("VmPTE:");
    for (long i = 0; i < n; i++) sem_post(&let_go);
    for (long i = 0; i < n; i++) pthread_join(t[i], NULL);
    return (double)(after - before) * 1024 / (double)n;
}

int main(int argc, char** argv) {
    static const struct {
        const char* name;
        void (*run)(long);
        long count;
    } works[] = {{"spawn", spawn, 200000}, {"yield", yield64, 2000000},  {"turns", turns, 400000}, {"ring", ring, 1000000},
                 {"pipes", pipes, 400000}, {"sleep", sleep1000, 200000}, {"skynet", skynet, 10000}, {"own_pipe", own_pipe, 2000000}};
    if (argc >= 2 && !strcmp(argv[1], "memory")) {
        printf("%.0f\n", memory(argc > 2 ? atol(argv[2]) : 100000));
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < sizeof works / sizeof *works; i++) {
        if (strcmp(argv[1], works[i].name)) continue;
        long n = argc > 2 ? atol(argv[2]) : works[i].count;
        double begin = now();
        works[i].run(n);
        printf("%.1f\n", (now() - begin) / (double)n);
        return 0;
    }
    fprintf(stderr, "usage: threads spawn|yield|turns|ring|pipes|sleep|skynet|own_pipe|memory [COUNT]\n");
    return 2;
}
