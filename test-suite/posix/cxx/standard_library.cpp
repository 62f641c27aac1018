// Goal: the C++ standard library's threads: thread, mutex, condition_variable, latch, barrier, semaphore, async, shared_mutex,
// atomic::wait, call_once; exceptions across parks; thread_local objects with destructors.
// RUN: %matrix %s
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>
#define CHECK(x) ((x) ? void() : (std::fprintf(stderr, "line %d: %s\n", __LINE__, #x), std::_Exit(1)))
using namespace std::chrono_literals;
static std::atomic<int> destroyed;
struct Object {
    int value = 1;
    ~Object() { destroyed++; }
};
static thread_local Object object;
static void throws_across_park(int depth) {
    Object local;
    if (depth == 0) {
        std::this_thread::sleep_for(1ms);
        throw std::runtime_error("deep");
    }
    throws_across_park(depth - 1);
}
int main() {
    std::vector<std::thread> threads;
    std::latch latch(50);
    std::barrier barrier(50);
    std::counting_semaphore<8> room(4);
    std::shared_mutex shared;
    std::once_flag once;
    std::atomic<int> gate{0}, caught{0}, onces{0}, inside{0};
    for (int i = 0; i < 50; i++)
        threads.emplace_back([&, i] {
            object.value = i;
            try {
                throws_across_park(5);
            } catch (const std::runtime_error&) {
                caught++;
                std::this_thread::yield();
            }
            CHECK(object.value == i && std::uncaught_exceptions() == 0);
            std::call_once(once, [&] { onces++; });
            room.acquire();
            CHECK(++inside <= 4);
            std::this_thread::sleep_for(100us);
            inside--;
            room.release();
            if (i % 5) std::shared_lock hold(shared);
            else std::unique_lock hold(shared);
            latch.count_down();
            gate.wait(0);
            barrier.arrive_and_wait();
        });
    latch.wait();
    gate = 1;
    gate.notify_all();
    for (auto& t : threads) t.join();
    CHECK(caught == 50 && onces == 1 && destroyed >= 50 * 6);
    auto f = std::async(std::launch::async, [] { return 6 * 7; });
    CHECK(f.get() == 42);
    auto g = std::async(std::launch::async, []() -> int { throw 5; });
    try {
        g.get();
        CHECK(false);
    } catch (int n) {
        CHECK(n == 5);
    }
    std::mutex m;
    std::condition_variable c;
    std::unique_lock hold(m);
    CHECK(c.wait_for(hold, 10ms) == std::cv_status::timeout);
}
