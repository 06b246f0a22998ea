"""Runs a command as a job of an interactive shell, presses Ctrl-Z once it has said `ready`, and brings it
back to the foreground: job.py COMMAND-LINE. Gives what the terminal showed."""

import os
import pty
import sys


def show_until(terminal, words, shown=b""):
    """Copies what the terminal shows until one of the words has come."""
    while not any(word in shown for word in words):
        try:
            some = os.read(terminal, 4096)
        except OSError:
            break
        if not some:
            break
        shown += some
        sys.stdout.write(some.decode(errors="replace"))
        sys.stdout.flush()


pid, terminal = pty.fork()
if pid == 0:
    os.environ["PS1"] = "prompt> "
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
show_until(terminal, [b"prompt>"])
# The words in quotes are those that the shell puts together, not those that it repeats.
os.write(terminal, (sys.argv[1] + "; echo 'en''ded' $?\r").encode())
show_until(terminal, [b"ready"])
os.write(terminal, b"\x1a")
show_until(terminal, [b"Stopped"])
os.write(terminal, b"fg; echo 'con''tinued' $?; exit\r")
show_until(terminal, [b"continued"])
os.waitpid(pid, 0)
