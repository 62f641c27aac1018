set pagination off
set width 0
info coroutines
coroutine apply 4194306 4194315 bt
coroutine 4194307
up
info locals
