"""Runs a command and adds a line to what it prints: the most memory it had, in bytes.

Usage: peak_memory.py COMMAND [ARGUMENTS]
"""

import resource
import subprocess
import sys

status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, flush=True)
sys.exit(status)
