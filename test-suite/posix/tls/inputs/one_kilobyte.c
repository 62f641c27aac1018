// A library with 1 KB of thread-local storage.
static __thread char block[1024] = {'a', [1023] = 'z'};
char* thread_block(void) { return block; }
