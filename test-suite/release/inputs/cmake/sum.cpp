// As many threads as the argument says add one each; all are alive at once. Exceptions and futures too, since the libraries are under test.
#include <barrier>
#include <cstdlib>
#include <future>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10, sum = 0;
    std::barrier all(n);
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int i = 0; i < n; i++)
        threads.emplace_back([&] {
            all.arrive_and_wait();
            std::lock_guard lock(mutex);
            sum++;
        });
    for (auto& t : threads) t.join();
    auto thrown = std::async(std::launch::async, [&]() -> int { throw std::runtime_error(std::to_string(sum)); });
    try {
        thrown.get();
    } catch (std::runtime_error& e) {
        std::cout << e.what() << " threads\n";
        return e.what() != std::to_string(n);
    }
    return 1;
}
