"""Tells the versions of Python and of the distributions named on the command line, as JSON."""

import json
import platform
import sys
from importlib.metadata import version

print(json.dumps({"python": platform.python_version(), **{n: version(n) for n in sys.argv[1:]}}))
