// A coroutine's name and that of the kernel thread that it was, or becomes in a fork child.
#pragma once
#include "core/coroutine.h"

namespace [[gnu::visibility("hidden")]] coro {

struct Call;

void name_from_kernel(Coroutine* co);
void name_to_kernel(Coroutine* co);
// prctl(2) with PR_SET_NAME or PR_GET_NAME.
long prctl_name(Call& c);

}  // namespace coro
