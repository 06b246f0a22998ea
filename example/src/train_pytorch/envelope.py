"""The MLflow model around the exported network; needs onnxruntime, not PyTorch."""

from typing import Any

import mlflow.pyfunc
import numpy as np
import onnxruntime

from train_pytorch.constants import ONNX_INPUT, ONNX_OUTPUT, WINDOW


class ItemPriceModel(mlflow.pyfunc.PythonModel):
    """Forecasts the prices of the next `HORIZON` days from those of the last `WINDOW` days."""

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        """Opens the ONNX file that the package lists as artifact `model`."""
        self.session = onnxruntime.InferenceSession(
            context.artifacts["model"], providers=["CPUExecutionProvider"]
        )

    # `model_input` has no type hint: MLflow would take one for the signature of the model, and it
    # knows no hint for arrays. The signature in `envelope.yaml` says what comes in.
    def predict(
        self,
        context: mlflow.pyfunc.PythonModelContext,
        model_input,
        params: dict[str, Any] | None = None,
    ) -> np.ndarray:
        """Answers float32 [N, HORIZON] for an array, DataFrame or nested list [N, WINDOW]."""
        prices = np.asarray(model_input, dtype=np.float32)
        if prices.ndim != 2 or prices.shape[1] != WINDOW:
            raise ValueError(f"prices have shape {list(prices.shape)}, expected [N, {WINDOW}]")
        (forecast,) = self.session.run([ONNX_OUTPUT], {ONNX_INPUT: prices})
        return forecast
