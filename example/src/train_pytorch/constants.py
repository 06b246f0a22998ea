"""Numbers and names that training and serving must agree on."""

WINDOW = 30
"""Days of known prices that one forecast looks at."""

HORIZON = 7
"""Days that one forecast covers."""

ONNX_INPUT = "prices"
"""Name of the ONNX input, float32 [batch, WINDOW], in the currency of the data."""

ONNX_OUTPUT = "forecast"
"""Name of the ONNX output, float32 [batch, HORIZON], in the currency of the data."""

ONNX_OPSET = 18
"""Version of the ONNX operator set that the exported model uses."""
