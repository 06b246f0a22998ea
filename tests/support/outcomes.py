"""Loads packages and predicts: tells the answer, or what MLflow raised and in which step.

A case is {"path": folder, "input": null, a table {columns, data} or an array {data}, "environment": {name: value}};
arrays are of float32.
"""

import os

import mlflow.pyfunc
import numpy as np
import pandas as pd

for module in ("mlflow.onnx", "mlflow.sklearn", "onnxruntime", "sklearn.linear_model", "torch"):
    try:  # Once, before the processes fork; not every environment has each.
        __import__(module)
    except ImportError:
        pass

import forked
from plain import input_for, plain


def given(case, model):
    """The input: the one of the case, or one that fits the model."""
    table = case.get("input")
    if table is None:
        return input_for(model)
    rows = np.array(table["data"], dtype=None if "columns" in table else np.float32)
    return pd.DataFrame(rows, columns=table["columns"]) if "columns" in table else rows


def outcome(case):
    os.environ.update(case.get("environment") or {})
    step = "load"
    try:
        model = mlflow.pyfunc.load_model(case["path"])
        step = "predict"
        data = given(case, model)
        params = None
        if model.input_example is not None:
            params = model.metadata.load_input_example_params(case["path"])
        arguments = {"params": params} if params is not None else {}
        return {"predicted": plain(model.predict(data, **arguments))}
    except Exception as error:
        message = str(error).replace(case["path"], "PACKAGE")
        return {"step": step, "raised": type(error).__name__, "message": message[:600]}


forked.main(outcome)
