// The end of the runtime in a fork child.
#pragma once
#include "core/coroutine.h"

namespace [[gnu::visibility("hidden")]] coro {
void become_plain_thread(Coroutine* co);
}
