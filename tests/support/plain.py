"""Turns what models answer into plain JSON values, and makes inputs for models without example."""

import base64
import datetime
import math

import numpy as np
import pandas as pd

BY_TYPE = {
    "boolean": True,
    "integer": np.int32(3),
    "long": 4,
    "float": np.float32(0.5),
    "double": 0.25,
    "string": "text",
    "binary": b"bytes",
    "datetime": np.datetime64("2026-11-21T10:00:00"),
}


def plain(value):
    """Any answer as JSON; tables as {columns, data}, as in the recorded outputs."""
    if isinstance(value, pd.DataFrame):
        rows = [[plain(cell) for cell in row] for row in value.itertuples(index=False)]
        return {"columns": [plain(column) for column in value.columns], "data": rows}
    if isinstance(value, pd.Series):
        return [plain(cell) for cell in value]
    if isinstance(value, np.ndarray):
        return [plain(cell) for cell in value] if value.ndim else plain(value.item())
    if isinstance(value, np.generic):
        return plain(value.item()) if not isinstance(value, np.datetime64) else str(value)
    if isinstance(value, dict):
        # Chat models say when they answered, which is never twice the same.
        return {str(key): plain(cell) for key, cell in value.items() if key != "created"}
    if isinstance(value, (list, tuple)):
        return [plain(cell) for cell in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if isinstance(value, (datetime.date, pd.Timestamp)):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    return repr(type(value))


def cell(kind):
    """A value of a column's type, whatever it is."""
    if getattr(kind, "name", None) in BY_TYPE:
        return BY_TYPE[kind.name]
    name = type(kind).__name__
    if name == "Array":
        return [cell(kind.dtype)]
    if name == "Object":
        return {field.name: cell(field.dtype) for field in kind.properties}
    return {"a": cell(kind.value_type)} if name == "Map" else "text"


def tensor(spec):
    """A small array for a tensor of the signature."""
    kind = np.dtype(spec.type)
    shape = [2 if size == -1 else size for size in spec.shape]
    if kind.kind in "US" or kind == object:
        return np.full(shape, "text")
    count = math.prod(shape)
    return (np.arange(count) % 5 / 2 if kind.kind == "f" else np.arange(count) % 5).astype(
        kind
    ).reshape(shape)


def input_of_graph(inputs):
    """Arrays for the inputs of an ONNX graph, which says itself what it takes."""
    numbers = {"tensor(float)": "f4", "tensor(double)": "f8", "tensor(int64)": "i8"}
    arrays = {}
    for one in inputs:
        shape = [size if isinstance(size, int) else 2 for size in one.shape]
        arrays[one.name] = np.ones(shape, dtype=numbers[one.type])
    return arrays


def input_for(model):
    """The stored example, or else something that fits the signature or the model itself."""
    if model.input_example is not None:
        return model.input_example
    schema = model.metadata.get_input_schema()
    impl = model.unwrap_python_model() if hasattr(model._model_impl, "context") else model._model_impl
    if schema is None and hasattr(impl, "rt"):
        return input_of_graph(impl.rt.get_inputs())
    if schema is None:
        names = getattr(getattr(impl, "sklearn_model", None), "feature_names_in_", ["a"])
        return pd.DataFrame({name: [1, 2] for name in names})
    if schema.is_tensor_spec():
        arrays = {spec.name: tensor(spec) for spec in schema.inputs}
        return arrays if None not in arrays else arrays[None]
    names = schema.input_names() or [0]
    return pd.DataFrame({n: [cell(spec.type)] * 2 for n, spec in zip(names, schema.inputs)})
