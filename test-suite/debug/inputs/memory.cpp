// For valgrind: threads that switch, are preempted, handle signals, fork and read files. With an argument: one that reads what was not written, and one
// that writes to a mapping that is not there any more.
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

static std::mutex mutex;
static std::condition_variable condition;
static int turn;
static volatile bool stop;
static volatile sig_atomic_t signals;

static void takes_turns(int me, int all) {
    char local[300];
    memset(local, me, sizeof local);
    for (int round = 0; round < 20; round++) {
        std::unique_lock<std::mutex> hold(mutex);
        condition.wait(hold, [&] { return turn % all == me; });
        turn++;
        condition.notify_all();
        for (char c : local)
            if (c != me) abort();
    }
}
static void works() {
    std::vector<std::string> made;
    for (int i = 0; !stop; i++) made.resize(1), made[0] = std::string(size_t(i % 200), 'x');
}
static void reads_a_file(const char* name) {
    int fd = open(name, O_RDONLY);
    std::vector<char> buffer(5000);
    ssize_t n = pread(fd, buffer.data(), buffer.size(), 0);
    int sum = 0;
    for (ssize_t i = 0; i < n; i++) sum += buffer[size_t(i)];
    if (n != 5000 || sum == 1) abort();
    close(fd);
}
static void catches() {
    try {
        throw std::runtime_error("caught");
    } catch (std::exception& e) {
        if (strcmp(e.what(), "caught")) abort();
    }
}
[[gnu::noinline]] static void depends_on(volatile int* p) {
    if (*p == 77) puts("never");
}
[[gnu::noinline]] static void reads_too_early() {
    volatile int never_written[64];
    depends_on(&never_written[7]);
}
[[gnu::noinline]] static void writes_behind(char* p) { *(volatile char*)p = 1; }

int main(int argc, char** argv) {
    signal(SIGUSR1, [](int) { signals = signals + 1; });
    std::vector<std::thread> threads;
    for (int i = 0; i < 10; i++) threads.emplace_back(takes_turns, i, 10);
    std::thread workers[2] = {std::thread(works), std::thread(works)};
    threads.emplace_back(reads_a_file, argv[0]);
    threads.emplace_back(catches);
    for (int i = 0; i < 5; i++) pthread_kill(workers[i % 2].native_handle(), SIGUSR1), usleep(30000);
    if (pid_t child = fork()) {
        int status;
        if (waitpid(child, &status, 0) != child || status) abort();
    } else {
        std::thread([] { std::thread(catches).join(); }).join();
        _exit(0);
    }
    if (getenv("CORO_MODE")) stop = true;  // kernel threads take 2,000 turns beside two that compute: 20 s
    for (std::thread& t : threads) t.join();
    stop = true;
    for (std::thread& t : workers) t.join();
    if (!signals) abort();
    if (argc > 1) {
        std::thread(reads_too_early).join();
        signal(SIGSEGV, [](int) { puts("done"), fflush(stdout), exit(0); });
        std::thread(writes_behind, static_cast<char*>(malloc(8)) + 8).join();
    }
    puts("done");
}
