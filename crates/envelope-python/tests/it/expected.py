"""Runs what `mlflow models predict` runs on each case, in a process of its own.

Arguments: a JSON file with a list of [package, input, content type, output].
"""

import json
import os
import sys

import mlflow.pyfunc
from mlflow.pyfunc import scoring_server

with open(sys.argv[1]) as file:
    cases = json.load(file)
for package, given, content_type, output in cases:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            scoring_server._predict(package, given, output, content_type)
            status = 0
        except BaseException as error:
            print(f"{package}: {error!r}"[:2000], file=sys.stderr)
        os._exit(status)
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(f"{package} failed")
