"""Saves one package with MLflow, as a script: save.py KIND SOURCES PACKAGE.

KIND is `onnx` or `class`. The requirements and the signature are given, so that MLflow infers
neither; what it writes is what `envelope package` writes from the same sources.
"""

import json
import pathlib
import sys


def save_onnx(sources, package):
    import mlflow.onnx
    import numpy as np
    import onnx
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    float32 = np.dtype("float32")
    signature = ModelSignature(
        Schema([TensorSpec(float32, (-1, 8))]), Schema([TensorSpec(float32, (-1, 4))])
    )
    example = json.loads((sources / "example.json").read_text())
    mlflow.onnx.save_model(
        onnx.load(sources / "model.onnx"),
        package,
        signature=signature,
        input_example=np.array(example, dtype=float32),
        pip_requirements=(sources / "requirements.txt").read_text().split(),
    )


def save_class(sources, package):
    import mlflow.pyfunc
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    if str(sources) not in sys.path:
        sys.path.insert(0, str(sources))
    from bench_class import Scaled

    signature = ModelSignature(
        Schema([ColSpec("double", "a"), ColSpec("double", "b")]), Schema([ColSpec("double")])
    )
    example = json.loads((sources / "example.json").read_text())
    mlflow.pyfunc.save_model(
        package,
        python_model=Scaled(),
        artifacts={"weights": str(sources / "weights.json")},
        code_paths=[str(sources / "bench_class.py")],
        signature=signature,
        input_example=pd.DataFrame(**example),
        pip_requirements=(sources / "requirements.txt").read_text().split(),
    )


SAVE = {"onnx": save_onnx, "class": save_class}

if __name__ == "__main__":
    kind, sources, package = sys.argv[1:]
    SAVE[kind](pathlib.Path(sources), package)
