"""Writes the sources of the benchmark's packages: make_sources.py FOLDER.

Makes FOLDER/onnx, FOLDER/class and FOLDER/large, each with an envelope.yaml. The artifact of the
last one, weights.bin, is written by the benchmark itself.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

REQUIREMENTS = ["mlflow==3.17.2", "numpy==2.4.6", "onnxruntime==1.31.1"]

ONNX_SPEC = """\
name: bench_onnx
kind: onnx
python: 3.11.7
mlflow: 3.17.2
model: {file: model.onnx}
requirements: requirements.txt
signature:
  inputs: [{type: tensor, tensor-spec: {dtype: float32, shape: [-1, 8]}}]
  outputs: [{type: tensor, tensor-spec: {dtype: float32, shape: [-1, 4]}}]
example: {input: example.json}
"""

CLASS_SPEC = """\
name: bench_class
kind: class
python: 3.11.7
mlflow: 3.17.2
model: {class: "bench_class:Scaled"}
artifacts: {weights: WEIGHTS}
code: [bench_class.py]
requirements: requirements.txt
signature:
  inputs: [{name: a, type: double, required: true}, {name: b, type: double, required: true}]
  outputs: [{type: double, required: true}]
example: {input: example.json}
"""

CLASS_CODE = '''\
"""A model that multiplies its columns by stored weights."""

import json

import mlflow
import pandas as pd


class Scaled(mlflow.pyfunc.PythonModel):
    """Reads its weights when it is loaded."""

    def load_context(self, context):
        with open(context.artifacts["weights"], encoding="utf-8") as file:
            self.weights = json.load(file)

    def predict(self, context, model_input: pd.DataFrame, params=None):
        return model_input["a"] * self.weights["a"] + model_input["b"] * self.weights["b"]
'''


def onnx_model():
    """Two layers, about 20 KB of weights."""
    random = np.random.default_rng(0)
    shapes = {"w1": (8, 512), "w2": (512, 4)}
    weights = [
        numpy_helper.from_array(random.standard_normal(shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("MatMul", ["active", "w2"], ["y"]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 8])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])]
    graph = helper.make_graph(nodes, "bench", inputs, outputs, weights)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9)


def write(folder, files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(folder):
    requirements = "\n".join(REQUIREMENTS) + "\n"
    write(
        folder / "onnx",
        {
            "envelope.yaml": ONNX_SPEC,
            "requirements.txt": requirements,
            "example.json": json.dumps([[0.5] * 8]),
        },
    )
    onnx.save(onnx_model(), folder / "onnx" / "model.onnx")
    example = json.dumps({"columns": ["a", "b"], "data": [[1.0, 2.0], [3.0, 4.0]]})
    shared = {
        "requirements.txt": requirements,
        "example.json": example,
        "bench_class.py": CLASS_CODE,
    }
    small = {
        "envelope.yaml": CLASS_SPEC.replace("WEIGHTS", "weights.json"),
        "weights.json": json.dumps({"a": 2.0, "b": 0.5}),
    }
    write(folder / "class", shared | small)
    large = {"envelope.yaml": CLASS_SPEC.replace("WEIGHTS", "weights.bin")}
    write(folder / "large", shared | large)


main(pathlib.Path(sys.argv[1]))
