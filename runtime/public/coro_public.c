/* <coro.h>. A member of its own: a program may have functions of these names. The hooks are the runtime's, and do nothing without it. */
#include <coro.h>
#include <string.h>
#include "pthread_impl.h"

hidden void __coro_stats(struct coro_stats *);
hidden int __coro_dump(int);

static int coroutines(void)
{
	pthread_t self = __pthread_self();
	return self->coro && !self->coro_raw;
}

int coro_stats(struct coro_stats *s)
{
	struct coro_stats now = { 0 };
	size_t n = s->size;
	if (n < sizeof now.size) return __syscall_ret(-EINVAL);
	now.threads = now.kernel_threads = libc.threads_minus_1 + 1;
	if (coroutines()) __coro_stats(&now);
	now.size = n < sizeof now ? n : sizeof now;
	memset(s, 0, n);
	memcpy(s, &now, now.size);
	return 0;
}

int coro_dump(int fd)
{
	static const char none[] = "coro-musl: no coroutines: no thread was made yet, or CORO_MODE=kernel\n";
	long r = coroutines() ? __coro_dump(fd) : __syscall(SYS_write, fd, none, sizeof none - 1);
	return __syscall_ret(r < 0 ? r : 0);
}
