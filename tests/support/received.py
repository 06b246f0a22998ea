"""Makes up requests, and records what a model behind MLflow's scoring server receives of each.

A case is {"seed": number, "count": number}; the answer is a list of as many requests with their
outcome, each as a text, so that no number changes on its way: {"signature", "content_type", "body",
"accepted", "http_status"}, and either "received" and "params_received" or "error_code" and "gist".
"""

import base64
import datetime
import json
import logging
import math
import sys
import warnings

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.pyfunc import PyFuncModel, scoring_server

from made_up_requests import requests


class Recorder:
    """A model that remembers what it was given."""

    def predict(self, data, params=None):
        self.data, self.params = data, params
        return 1


def sized(array):
    """The name of a type. Numpy's sizes of texts depend on how an array was made; the longest text
    alone counts here."""
    if array.dtype.kind not in "US":
        return str(array.dtype)
    longest = max([1, *(len(one) for one in array.ravel().tolist())])
    return f"{'<U' if array.dtype.kind == 'U' else '|S'}{longest}"


def nested(array):
    """The elements of an array as lists; times stay numpy's."""
    if array.ndim == 0:
        return plain(array[()] if array.dtype.kind == "M" else array.item())
    inner = plain if array.ndim == 1 else nested
    return [inner(one) for one in array]


def inner_array(array):
    elements = nested(array) if array.ndim else [nested(array)]
    return {"$ndarray": elements, "dtype": sized(array), "shape": [*array.shape]}


def plain_float(number):
    if math.isfinite(number):
        return number
    return {"$float": "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"}


def plain(value):
    """A value in JSON; what JSON has no words for is an object with one key that begins with `$`."""
    if value is pd.NaT or (isinstance(value, np.datetime64) and np.isnat(value)):
        return {"$nat": True}
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return plain_float(value)
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, (datetime.datetime, datetime.date)):
        return {"$datetime": value.isoformat()}
    if isinstance(value, np.ndarray):
        return inner_array(value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return {"$other": repr(value)}


def table(data):
    columns = [[plain(one) for one in data.iloc[:, at].tolist()] for at in range(data.shape[1])]
    rows = [[column[row] for column in columns] for row in range(len(data))]
    dtypes = [str(dtype) for dtype in data.dtypes]
    names = [plain(name) for name in data.columns.tolist()]
    return {"kind": "dataframe", "columns": names, "dtypes": dtypes, "rows": rows}


def described(data):
    """What a model received."""
    if isinstance(data, pd.DataFrame):
        return table(data)
    if isinstance(data, np.ndarray):
        dtype = "str" if data.dtype.kind == "U" else sized(data)
        return {"kind": "ndarray", "dtype": dtype, "shape": [*data.shape], "data": nested(data)}
    if isinstance(data, dict):
        return {"kind": "dict", "items": {key: described(value) for key, value in data.items()}}
    if isinstance(data, list):
        return {"kind": "list", "data": [plain(one) for one in data]}
    return {"kind": "scalar", "type": type(data).__name__, "value": plain(data)}


def model_of(signature):
    """A model with a signature, and its recorder."""
    parts = {key: json.dumps(value) for key, value in (signature or {}).items()}
    model = Model(signature=ModelSignature.from_dict(parts)) if parts else Model()
    model.flavors = {"python_function": {"loader_module": "recorder"}}
    recorder = Recorder()
    return PyFuncModel(model_meta=model, model_impl=recorder), recorder


def asked(case, model):
    """The answer of the scoring server. It decodes CSV itself, but before 3.0 its caller did."""
    is_csv = case["content_type"] == scoring_server.CONTENT_TYPE_CSV
    body = case["body"] if is_csv else case["body"].encode()
    schema = model.metadata.get_input_schema()
    return scoring_server.invocations(body, case["content_type"], model, schema)


def outcome(case):
    model, recorder = model_of(case["signature"])
    try:
        response = asked(case, model)
    except MlflowException as error:
        status, code = error.get_http_status_code(), error.error_code
        refused = {"http_status": status, "error_code": code, "gist": error.message[-300:]}
        return {"accepted": False, **refused}
    except Exception as error:
        gist = f"{type(error).__name__}: {error}"[:200]
        return {"accepted": False, "http_status": 500, "error_code": None, "gist": gist}
    if response.status != 200:
        gist = str(response.response)[:200]
        return {"accepted": False, "http_status": response.status, "error_code": None, "gist": gist}
    received = {"received": described(recorder.data), "params_received": plain(recorder.params)}
    return {"accepted": True, "http_status": 200, **received}


def recorded(case):
    cases = requests(case["seed"], case["count"])
    return [json.dumps({**case, **outcome(case)}) for case in cases]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    answers = [recorded(case) for case in json.load(sys.stdin)]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answers, file)
