set pagination off
set width 0
set confirm off
handle SIGABRT nostop noprint pass
python
def attempt(command):
    try:
        gdb.execute(command)
    except gdb.error as e:
        print(e)
end
break main
run
python attempt("info coroutines")
delete
break stop_here
continue
info coroutines
coroutine
echo coroutine 4194307\n
coroutine 4194307
echo backtrace of reader\n
bt
echo up\n
up
info locals
info coroutines 4194306-4194308
echo coroutine none\n
coroutine none
frame
echo computers\n
coroutine apply 4194311-4194314 bt
echo coroutine on a kernel thread\n
coroutine 4194310
bt
echo range\n
coroutine apply 4194304-4194305 4194309 bt
echo stepping on\n
coroutine 4194315
coroutine 4194304
continue
bt 2
echo errors\n
python attempt("coroutine 77")
python attempt("coroutine x")
python attempt("info coroutines y")
python attempt("coroutine apply bt")
kill
