#include <future>
#include <thread>
int main() {
    int n = 0;
    std::thread([&] { n = 1; }).join();
    auto f = std::async(std::launch::async, []() -> int { throw 2; });
    try {
        f.get();
    } catch (int i) {
        n += i;
    }
    return n != 3;
}
