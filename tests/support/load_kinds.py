"""Loads packages of our own, predicts on their example, and tells all that MLflow shows of them.

A case is {"path": folder, "kind": kind}.
"""

import json
import os

import mlflow
import mlflow.onnx
import mlflow.pyfunc
import onnx
import onnxruntime  # noqa: F401  (imported once, before the processes fork)
import yaml
from mlflow.models import get_model_info, validate_serving_input
from mlflow.utils.environment import _PythonEnv

import forked
from plain import plain


def environments(path):
    """The environment files as MLflow itself reads them."""
    by_file = _PythonEnv.from_yaml(os.path.join(path, "python_env.yaml"))
    by_conda = _PythonEnv.from_conda_yaml(os.path.join(path, "conda.yaml"))
    with open(os.path.join(path, "conda.yaml")) as file:
        conda = yaml.safe_load(file)
    with open(mlflow.pyfunc.get_model_dependencies(path, format="pip")) as file:
        pip = file.read().splitlines()
    return {
        "python_env": by_file.to_dict(),
        "python_by_conda": by_conda.python,
        "dependencies_by_conda": by_conda.dependencies,
        "pip_by_conda": next(d["pip"] for d in conda["dependencies"] if isinstance(d, dict)),
        "pip": pip,
        "conda_file": mlflow.pyfunc.get_model_dependencies(path, format="conda"),
    }


def load(case):
    path = case["path"]
    messages = forked.record_warnings()
    model = mlflow.pyfunc.load_model(path)
    warned = list(messages)
    params = model.metadata.load_input_example_params(path)
    given = {"params": params} if params is not None else {}
    info = get_model_info(path)
    with open(os.path.join(path, "serving_input_example.json")) as file:
        serving = file.read()
    answer = {
        "warned": warned,
        "example": plain(model.input_example),
        "params": params,
        "predicted": plain(model.predict(model.input_example, **given)),
        "signature": info.signature.to_dict() if info.signature else None,
        "metadata": model.metadata.metadata,
        "run_id": model.metadata.run_id,
        "model_uuid": model.metadata.model_uuid,
        "mlflow_version": model.metadata.mlflow_version,
        "environments": environments(path),
        "served": plain(validate_serving_input(path, serving)),
    }
    if case["kind"] == "onnx":
        graph = mlflow.onnx.load_model(path)
        onnx.checker.check_model(graph)
        answer["onnx_inputs"] = [value.name for value in graph.graph.input]
    return answer


forked.main(load)
