#include <counter.h>
#include <stdio.h>

int main(void) {
    int n = count_threads(1000);
    printf("%d threads\n", n);
    return n != 1000;
}
