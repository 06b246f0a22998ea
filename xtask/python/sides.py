"""Measures commands side by side: reads {"runs": N, "commands": [[PROGRAM, ARGUMENT, ...], ...]}.

Runs all of them in turn, once untimed and then N times: A B C, A B C, ... Prints a line for each
measurement, in the order of running: the number of the command, its user and system time together
in seconds, and its peak memory in bytes. Ends with the status of a command that fails.

A process begins as a copy of this one, so that no peak is less than that of this interpreter.
"""

import json
import os
import sys

work = json.load(sys.stdin)
nowhere = os.open(os.devnull, os.O_RDWR)
streams = [(os.POSIX_SPAWN_DUP2, nowhere, number) for number in (0, 1, 2)]

for run in range(work["runs"] + 1):
    for number, command in enumerate(work["commands"]):
        process = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
        _, status, usage = os.wait4(process, 0)
        if status != 0:
            print(f"`{' '.join(command)}` failed", file=sys.stderr)
            sys.exit(os.waitstatus_to_exitcode(status) or 1)
        if run > 0:
            print(number, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
