"""Tells whether MLflow's scoring server would take requests, without running a model.

A case is {"signature": {inputs, outputs, params as JSON texts} or null, "package": folder or null,
"content_type": text, "body": text}. The answer is null, or what MLflow says against the request.
The signature of a package is that of its `MLmodel`; only models whose type hints check the input
are loaded, since nothing else knows the hints.
"""

import json
import os
import sys
from io import StringIO

os.environ["_MLFLOW_IS_IN_SERVING_ENVIRONMENT"] = "true"

from mlflow.models import Model, ModelSignature
from mlflow.pyfunc import _validate_prediction_input, load_model, scoring_server
from mlflow.types.type_hints import _validate_data_against_type_hint


class Metadata:
    """What the scoring server asks of a model, for a bare signature."""

    def __init__(self, signature):
        self.signature = ModelSignature.from_dict(signature) if signature else None

    def get_input_schema(self):
        return self.signature.inputs if self.signature else None

    def get_params_schema(self):
        return self.signature.params if self.signature else None

    def _is_signature_from_type_hint(self):
        return False


def hints_of(package, cache={}):
    """The type of the input of a model's `predict`."""
    if package not in cache:
        model = load_model(package).unwrap_python_model()
        cache[package] = model.predict_type_hints.input
    return cache[package]


def parse(metadata, case):
    if case["content_type"] == scoring_server.CONTENT_TYPE_CSV:
        schema = metadata.get_input_schema()
        return scoring_server.parse_csv_input(StringIO(case["body"]), schema=schema), None
    parsed = scoring_server._parse_json_data(case["body"], metadata, metadata.get_input_schema())
    return parsed.data, parsed.params


def refusal(case):
    try:
        package = case.get("package")
        metadata = Model.load(package) if package else Metadata(case["signature"])
        data, params = parse(metadata, case)
        schema = metadata.get_input_schema()
        if metadata._is_signature_from_type_hint():
            _validate_data_against_type_hint(data, hints_of(package))
            schema = None
        _validate_prediction_input(data, params, schema, metadata.get_params_schema())
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:1000]


if __name__ == "__main__":
    answers = [refusal(case) for case in json.load(sys.stdin)]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answers, file)
