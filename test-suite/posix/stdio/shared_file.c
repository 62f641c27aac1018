// Goal: lines that many threads print to one FILE are whole; malloc from all of them.
// RUN: %matrix %s
#include "check.h"
static FILE* f;
static void* prints(void* p) {
    for (int i = 0; i < 300; i++) {
        char* s = malloc(50);
        snprintf(s, 50, "thread %ld line %d", (long)p, i);
        fprintf(f, "<%s>\n", s);
        free(s);
        if (i % 32 == 0) sched_yield();
    }
    return p;
}
int main(void) {
    pthread_t t[30];
    CHECK((f = fopen("out", "w+")));
    for (long i = 0; i < 30; i++) t[i] = start(prints, (void*)i);
    for (int i = 0; i < 30; i++) join(t[i]);
    rewind(f);
    char line[100];
    int n = 0;
    while (fgets(line, sizeof line, f)) {
        CHECK(line[0] == '<' && line[strlen(line) - 2] == '>' && strstr(line, "thread "));
        n++;
    }
    CHECK(n == 9000);
}
