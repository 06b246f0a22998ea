"""Answers requests as `mlflow models predict` does.

Arguments: a JSON file with a list of [package, request, content type], and the file for the answers:
for each the answer as text, or null where MLflow refuses or fails. Each package is loaded once.
"""

import functools
import json
import os
import sys
import tempfile

import mlflow.pyfunc
from mlflow.pyfunc import scoring_server

scoring_server.load_model = functools.cache(scoring_server.load_model)


def answer(package, request, content_type, folder):
    output = os.path.join(folder, "answer")
    try:
        scoring_server._predict(package, request, output, content_type)
    except Exception as error:
        print(f"{package} {request}: {error!r}"[:500], file=sys.stderr)
        return None
    with open(output) as file:
        return file.read()


with open(sys.argv[1]) as file:
    cases = json.load(file)
with tempfile.TemporaryDirectory() as folder:
    answers = [answer(*case, folder) for case in cases]
with open(sys.argv[2], "w") as file:
    json.dump(answers, file)
