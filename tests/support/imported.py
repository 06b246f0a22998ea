"""Tells which files below a folder Python executes to import a module, each case in a new process."""

import json
import subprocess
import sys

PROGRAM = """
import json, os, sys
root, module = sys.argv[1:]
sys.path.insert(0, root)
__import__(module)
files = (getattr(module, "__file__", None) or "" for module in list(sys.modules.values()))
inside = (os.path.relpath(file, root) for file in files if file.startswith(root + os.sep))
print("\\n" + json.dumps(sorted(set(inside))))
"""


def imported(case):
    # Without `site`, nothing is imported beforehand.
    command = [sys.executable, "-S", "-B", "-c", PROGRAM, case["root"], case["module"]]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(said.splitlines()[-1])


answers = [imported(case) for case in json.load(sys.stdin)]
with open(sys.argv[1], "w") as file:
    json.dump(answers, file)
