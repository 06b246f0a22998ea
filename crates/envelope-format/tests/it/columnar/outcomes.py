"""Asks real MLflow what a model receives of tables in Parquet and Arrow, for each declared type.

Writes a JSON list of {"name", "content_type", "signature", "body", "accepted", "http_status", "error_code",
"received"}; `received` is absent where values have no common words here and in pandas.
"""

import base64
import datetime as dt
import decimal
import io
import json
import logging
import math
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.models.signature import ModelSignature
from mlflow.pyfunc import PyFuncModel
from mlflow.pyfunc import scoring_server

from tables import tables

PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
SCALARS = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime")


def array(items):
    return {"type": "array", "items": items if isinstance(items, dict) else {"type": items}}


def fields(**types):
    types = {name: {"type": kind} if isinstance(kind, str) else kind for name, kind in types.items()}
    return {"type": "object", "properties": {name: dict(kind, required=name == "x") for name, kind in types.items()}}


def declared(name):
    """The types that a table is held against."""
    nested = [{"type": "any"}, array("long")]
    if "list" in name or "struct" in name or "map" in name:
        nested += [array(kind) for kind in SCALARS if kind != "long"]
        nested += [array(array("long")), array(array("string")), array(fields(x="long")), {"type": "sparkml_vector"}]
        nested += [fields(x=kind) for kind in SCALARS] + [fields(x="long", y="string"), fields(x=array("long"))]
        nested += [{"type": "map", "values": {"type": "long"}}, {"type": "map", "values": array("long")}]
    for kind in [{"type": kind} for kind in SCALARS] + nested:
        for required in (True, False):
            yield [dict(kind, name="a", required=required)]
    yield [{"type": "long", "required": True}]
    for shape, dtypes in (([-1], ("float32", "float64", "int64", "str", "object")), ([-1, 2], ("float32", "float64", "int64")), ([-1, 1], ("float64",))):
        for dtype in dtypes:
            tensor = {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}
            yield [tensor]
            yield [dict(tensor, name="a")]
    yield None


class Unspeakable(Exception):
    """A value without words of its own."""


def scalar(value):
    if value is pd.NaT or (isinstance(value, (np.datetime64, np.timedelta64)) and np.isnat(value)):
        return {"$nat": True}
    if value is None or value is pd.NA:
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)) and not isinstance(value, np.timedelta64):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else {"$float": str(float(value))}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, str):
        return str(value)
    return moment(value)


def moment(value):
    if isinstance(value, (np.datetime64, dt.datetime)):
        value = pd.Timestamp(value)
        value = value.tz_convert("UTC").tz_localize(None) if value.tz else value
        return {"$datetime": value.isoformat()}
    if isinstance(value, dt.date):
        return {"$datetime": value.isoformat()}
    if isinstance(value, (np.timedelta64, dt.timedelta)):
        return {"$other": str(pd.Timedelta(value))}
    if isinstance(value, (decimal.Decimal, dt.time)):
        return {"$other": str(value)}
    raise Unspeakable(repr(value))


def plain(value):
    if isinstance(value, np.ndarray):
        return {"$ndarray": nested(value), "dtype": str(value.dtype), "shape": list(value.shape)}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return scalar(value)


def nested(value):
    return [nested(one) for one in value] if value.ndim > 1 else [plain(one) for one in value]


def dtype_name(dtype):
    """The name of a type; zones and types of pandas that are numpy's but for their names have one name."""
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "datetime64[ns, UTC]"
    if isinstance(dtype, pd.StringDtype):
        return "str"
    return str(dtype)


def column(series):
    missing = {"$float": "nan"} if isinstance(series.dtype, pd.StringDtype) else None
    values = [plain(value) for value in series.tolist()]
    return [missing if value is None and missing else value for value in values]


def described(data):
    if isinstance(data, pd.DataFrame):
        columns = [column(data.iloc[:, place]) for place in range(data.shape[1])]
        rows = [list(row) for row in zip(*columns)] if columns else [[] for _ in range(len(data))]
        names = [plain(name) for name in data.columns.tolist()]
        return {"kind": "dataframe", "columns": names, "dtypes": [dtype_name(kind) for kind in data.dtypes], "rows": rows}
    if isinstance(data, dict):
        return {"kind": "dict", "items": {name: described(value) for name, value in data.items()}}
    kind = "str" if data.dtype.kind == "U" else str(data.dtype)
    return {"kind": "ndarray", "dtype": kind, "shape": list(data.shape), "data": nested(data)}


class Recorder:
    """A model that keeps what it receives."""

    def predict(self, data, params=None):
        self.data = data
        return 1


def outcome(table, body, content_type, inputs):
    signature = None if inputs is None else ModelSignature.from_dict({"inputs": json.dumps(inputs)})
    metadata = Model(signature=signature)
    metadata.flavors = {"python_function": {"loader_module": "none"}}
    recorder = Recorder()
    model = PyFuncModel(model_meta=metadata, model_impl=recorder)
    try:
        if content_type == PARQUET:
            response = scoring_server.invocations(body, content_type, model, metadata.get_input_schema())
            if response.status != 200:
                return {"accepted": False, "http_status": response.status}
        else:
            # MLflow takes no Arrow: what pandas makes of it is given to the model directly.
            model.predict(pa.ipc.open_stream(body).read_pandas())
    except MlflowException as error:
        return {"accepted": False, "http_status": error.get_http_status_code(), "error_code": error.error_code}
    except Exception as error:
        return {"accepted": False, "gist": repr(error)[:200]}
    try:
        return {"accepted": True, "received": described(recorder.data)}
    except Unspeakable:
        return {"accepted": True}


def bodies(table):
    file = io.BytesIO()
    try:
        pa.parquet.write_table(table, file)
        yield PARQUET, file.getvalue()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # Not every type is written.
        pass
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    yield ARROW, stream.getvalue()


def main():
    cases = []
    for name, table in tables():
        for content_type, body in bodies(table):
            text = base64.b64encode(body).decode()
            for inputs in declared(name):
                case = {"name": name, "content_type": content_type, "signature": inputs and {"inputs": inputs}, "body": text}
                cases.append(case | outcome(table, body, content_type, inputs))
    with open(sys.argv[1], "w") as file:
        json.dump(cases, file)


main()
