"""memcached with four workers, under many connections at once: every value is checked, and what they count together adds up."""
import random

import app

PORT = 11211
CONNECTIONS, ROUNDS = 300, 20


def expect(reader, text):
    got = reader.read(len(text))
    app.check(got == text, f"expected {text[:60]}, got {got[:60]}")


def converse():
    """Each round goes to all connections before any answer is read."""
    made = app.connections(PORT, CONNECTIONS)
    made[0][0].sendall(b"set together 0 0 1\r\n0\r\n")
    expect(made[0][1], b"STORED\r\n")
    count = 0
    for turn in range(ROUNDS):
        values = [random.randbytes(random.choice((1, 100, 3000, 20000))) for _ in made]
        for i, (s, _) in enumerate(made):
            s.sendall(b"set key%d %d 0 %d\r\n%s\r\nget key%d\r\nincr together 1 noreply\r\n" % (i, turn, len(values[i]), values[i], i))
            count += 1
        for i, (_, reader) in enumerate(made):
            expect(reader, b"STORED\r\nVALUE key%d %d %d\r\n%s\r\nEND\r\n" % (i, turn, len(values[i]), values[i]))
        # The answer to one more command: the noreply before it was done.
        for i, (s, _) in enumerate(made):
            other = (i + 7) % CONNECTIONS
            s.sendall(b"get key%d\r\n" % other)
        for i, (_, reader) in enumerate(made):
            other = (i + 7) % CONNECTIONS
            expect(reader, b"VALUE key%d %d %d\r\n%s\r\nEND\r\n" % (other, turn, len(values[other]), values[other]))
    made[0][0].sendall(b"get together\r\n")
    expect(made[0][1], b"VALUE together 0 %d\r\n%d\r\nEND\r\n" % (len(str(count)), count))
    return made


def main():
    args = app.arguments()
    build = app.kept_build(args, "memcached", "libevent", "memcached")
    app.alone()
    for cell in args.cells:
        program = app.link(args, "memcached", app.CELLS[cell][0], f"{build}/memcached.a", f"{build}/libevent.a")
        command = [program, "-u", "root", "-l", "127.0.0.1", "-p", str(PORT), "-U", "0", "-t", "4", "-c", "2000"]
        with app.server(cell, command, PORT, lambda p: p.terminate(), args.work) as process:
            made = converse()
            app.check_kernel_threads(cell, app.kernel_threads(process.pid), pthreads=9)  # main, 4 workers, 4 that maintain the tables
            for s, reader in made:
                reader.close()
                s.close()


main()
