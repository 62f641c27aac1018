// Whether the container forbids what it should: exits with 0 if io_uring_setup(2) is refused, for nobody.
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    char params[120] = {0};
    return getuid() != 65534 || syscall(SYS_io_uring_setup, 8, params) >= 0 || (errno != EPERM && errno != ENOSYS);
}
