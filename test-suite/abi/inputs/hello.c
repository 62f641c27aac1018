#include <stdio.h>
#include <unistd.h>
int main(void) {
    puts("hello");
    return close(0);
}
