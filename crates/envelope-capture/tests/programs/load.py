"""Loads a processor and memory by known amounts: load.py [how] SECONDS MEGABYTES...

Each MEGABYTES is one child that fills that much memory and computes for SECONDS of processor time. How
they come to be: `fork` waits for each, `daemon` leaves them to themselves with their parent gone, `exec`
becomes another program in the middle, `storm` adds two hundred children that do nothing.
"""

import os
import sys
import time


def work(seconds, megabytes):
    memory = bytearray(megabytes * 1_000_000)
    for page in range(0, len(memory), 4096):
        memory[page] = 1
    while time.process_time() < seconds:
        sum(range(1000))


def child(seconds, megabytes, then=os._exit):
    pid = os.fork()
    if pid == 0:
        work(seconds, megabytes)
        then(0)
    return pid


def daemon(seconds, megabytes):
    middle = os.fork()
    if middle == 0:
        os.setsid()
        if os.fork() == 0:
            work(seconds, megabytes)
        os._exit(0)
    os.waitpid(middle, 0)


def main():
    how, seconds, *sizes = sys.argv[1:]
    seconds, sizes = float(seconds), [int(size) for size in sizes]
    if how == "exec":
        work(seconds, sizes[0])
        os.execv(sys.executable, [sys.executable, __file__, "fork", str(seconds), *map(str, sizes[1:])])
    if how == "daemon":
        for size in sizes:
            daemon(seconds, size)
        return
    children = [child(seconds, size) for size in sizes]
    if how == "storm":
        for _ in range(200):
            os.waitpid(child(0, 0), 0)
    for pid in children:
        os.waitpid(pid, 0)


main()
