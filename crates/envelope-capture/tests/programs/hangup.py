"""Runs a command on a terminal of its own, as the leader of its session, and takes the terminal away once it
has said `ready`: hangup.py COMMAND... Says how the command ended."""

import os
import pty
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
while b"ready" not in shown:
    shown += os.read(terminal, 4096)
os.close(terminal)
status = os.waitpid(pid, 0)[1]
print(f"ended {os.waitstatus_to_exitcode(status)}")
