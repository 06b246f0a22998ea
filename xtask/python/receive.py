"""Reads and enforces requests with MLflow in one process: receive.py SIGNATURE.

For each line of input, the path of a request in JSON, it parses the request and enforces the
signature as MLflow's scoring server does, and answers with the seconds that took, the bytes being in
memory.
"""

import json
import os
import pathlib
import sys
import time

# What MLflow itself prints belongs to nobody's measurement.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.models.utils import _enforce_schema
from mlflow.pyfunc.scoring_server import _parse_json_data

signature = json.loads(pathlib.Path(sys.argv[1]).read_text())
signature = ModelSignature.from_dict({key: json.dumps(part) for key, part in signature.items()})
metadata = Model(signature=signature)
metadata.flavors = {"python_function": {"loader_module": "none"}}
schema = metadata.get_input_schema()

for line in sys.stdin:
    body = pathlib.Path(line.rstrip("\n")).read_bytes()
    start = time.perf_counter()
    data = _parse_json_data(body, metadata, schema).data
    _enforce_schema(data, schema)
    print(time.perf_counter() - start, file=answers, flush=True)
