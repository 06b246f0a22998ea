"""Measures the processor time of a command: cpu_time.py RUNS COMMAND [ARGUMENTS].

Runs it once untimed, then RUNS times, and prints user and system time together in seconds, a line
for each run. Ends with the command's status when that is not 0.
"""

import os
import sys

runs, command = int(sys.argv[1]), sys.argv[2:]
nowhere = os.open(os.devnull, os.O_WRONLY)

for run in range(runs + 1):
    actions = [(os.POSIX_SPAWN_DUP2, nowhere, 1)]
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        sys.exit(os.waitstatus_to_exitcode(status) or 1)
    if run > 0:
        print(usage.ru_utime + usage.ru_stime)
