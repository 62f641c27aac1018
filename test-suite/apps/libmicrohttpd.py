"""libmicrohttpd's own example of a file server, a thread for each connection, under wrk: every body is compared."""
import random
import re
import subprocess

import app

PORT = 8888
CONNECTIONS = 400
# wrk has a Lua state for each of its threads.
SCRIPT = """
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init(args) good, bad = 0, 0; expected = io.open(args[1], "rb"):read("*a") end
function response(status, headers, body)
  if status == 200 and body == expected then good = good + 1 else bad = bad + 1 end
end
function done(summary)
  local good, bad, e = 0, 0, summary.errors
  for _, t in ipairs(threads) do good = good + t:get("good"); bad = bad + t:get("bad") end
  print(string.format("good %d bad %d connect %d read %d write %d timeout %d", good, bad, e.connect, e.read, e.write, e.timeout))
end
"""


def load(args, file, process, cell):
    script = f"{args.work}/check.lua"
    with open(script, "w") as f:
        f.write(SCRIPT)
    command = ["wrk", "-t", "2", "-c", str(CONNECTIONS), "-d", "4s", "--timeout", "60s", "-s", script, f"http://127.0.0.1:{PORT}/{file}", "--", f"{args.work}/{file}"]
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        wrk.wait(timeout=2)
    except subprocess.TimeoutExpired:
        pass  # in the middle of it
    app.check_kernel_threads(cell, app.kernel_threads(process.pid), pthreads=CONNECTIONS + 1)
    text, _ = wrk.communicate(timeout=120)
    result = re.search(r"good (\d+) bad 0 connect 0 read 0 write 0 timeout 0", text)
    app.check(result and int(result[1]) > CONNECTIONS, text)
    print(f"{cell}: {result[1]} responses")


def main():
    args = app.arguments()
    build = app.kept_build(args, "libmicrohttpd", "libmicrohttpd")
    app.alone()
    for cell in args.cells:
        program = app.link(args, "fileserver", app.CELLS[cell][0], f"{build}/fileserver.o", f"{build}/libmicrohttpd.a")
        with open(f"{args.work}/page", "wb") as f:
            f.write(random.randbytes(20000))
        with app.server(cell, [program, str(PORT)], PORT, lambda p: p.stdin.close(), args.work) as process:
            load(args, "page", process, cell)


main()
