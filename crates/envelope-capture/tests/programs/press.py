"""Runs a command on a terminal of its own and presses Ctrl-C once it has said `ready`:
press.py COMMAND... Gives what the terminal showed, and how the command ended as its last line."""

import os
import pty
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown, pressed = b"", False
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:
        break
    if not some:
        break
    shown += some
    if b"ready" in shown and not pressed:
        os.write(terminal, b"\x03")
        pressed = True
status = os.waitpid(pid, 0)[1]
sys.stdout.write(shown.decode())
print(f"\nended {os.waitstatus_to_exitcode(status)}")
