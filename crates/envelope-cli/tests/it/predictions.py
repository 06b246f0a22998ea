"""Answers requests as `mlflow models predict` does, each in a process of its own.

Arguments: a JSON file with a list of [package, request, content type], and the file for the answers:
for each the answer as text, or null where MLflow refuses or fails.
"""

import json
import os
import sys
import tempfile

import mlflow.pyfunc
from mlflow.pyfunc import scoring_server


def answer(package, request, content_type):
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "answer")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                scoring_server._predict(package, request, output, content_type)
                status = 0
            except BaseException as error:
                print(f"{package} {request}: {error!r}"[:500], file=sys.stderr)
            os._exit(status)
        _, status = os.waitpid(child, 0)
        if status != 0:
            return None
        with open(output) as file:
            return file.read()


with open(sys.argv[1]) as file:
    cases = json.load(file)
with open(sys.argv[2], "w") as file:
    json.dump([answer(*case) for case in cases], file)
