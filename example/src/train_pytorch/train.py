"""Trains the forecaster and writes everything that its package holds.

    python src/train_pytorch/train.py --num-epochs 30 --seed 0

The same seed gives the same weights on the same processor and versions. It writes `model.onnx`,
`model_state.pt`, `scaler.json`, `model_config.json` and `metrics.json` to `artifacts/`, and the
example input and output of the package to `examples/`, both beside `src/`.
"""

import argparse
import copy
import json
import sys
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import torch
from onnxscript import ir, optimizer
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

if not __package__:
    # Run as a file: Python looks for modules beside it, and not beside the package that it is in.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from train_pytorch.constants import HORIZON, ONNX_INPUT, ONNX_OPSET, ONNX_OUTPUT  # noqa: E402
from train_pytorch.dataset import Windows, cut_windows, generate_prices  # noqa: E402
from train_pytorch.model import ModelConfig, PriceForecaster, PriceNetwork, Scaler  # noqa: E402

PROJECT = Path(__file__).resolve().parents[2]
BATCH_SIZE = 64
LEARNING_RATE = 3e-3
ONNX_TOLERANCE = 1e-5
"""Largest relative difference allowed between PyTorch and onnxruntime."""


def main() -> None:
    """Trains, exports, checks and measures."""
    args = parse_arguments()
    make_deterministic(args.seed)
    prices = pd.read_csv(args.data) if args.data else generate_prices(args.seed)
    training, validation, test = (
        cut_windows(prices, split) for split in ("train", "validation", "test")
    )

    config = ModelConfig()
    scaler = Scaler.fit(torch.from_numpy(training.inputs))
    model = PriceForecaster(PriceNetwork(config), scaler)
    fit(model, training, validation, args.num_epochs)

    args.out.mkdir(parents=True, exist_ok=True)
    torch.save(model.network.state_dict(), args.out / "model_state.pt")
    write_json(args.out / "scaler.json", asdict(scaler))
    write_json(args.out / "model_config.json", asdict(replace(config, scaling=asdict(scaler))))
    export_onnx(model, test.inputs[:2], args.out / "model.onnx")
    check_onnx(model, test.inputs, args.out / "model.onnx")

    metrics = {"num_epochs": args.num_epochs, "seed": args.seed, "test": evaluate(model, test)}
    write_json(args.out / "metrics.json", metrics)
    print(json.dumps(metrics["test"], indent=2))
    write_examples(test.inputs, args.out / "model.onnx", args.examples)


def parse_arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Train the item price forecaster.")
    parser.add_argument("--num-epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=PROJECT / "artifacts")
    parser.add_argument("--examples", type=Path, default=PROJECT / "examples")
    parser.add_argument("--data", type=Path, help="CSV file of prices; default: synthetic ones")
    return parser.parse_args()


def make_deterministic(seed: int) -> None:
    """Fixes every choice that could differ between two runs, the order of additions included."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)


def fit(model: PriceForecaster, training: Windows, validation: Windows, num_epochs: int) -> None:
    """Trains the model and leaves it with the weights of its best epoch on `validation`."""
    loader = DataLoader(TensorDataset(*as_tensors(training)), batch_size=BATCH_SIZE, shuffle=True)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=num_epochs)
    best_loss, best_state = float("inf"), model.state_dict()

    for epoch in range(1, num_epochs + 1):
        model.train()
        for inputs, targets in loader:
            optimiser.zero_grad()
            scaled_loss(model, inputs, targets).backward()
            optimiser.step()
        schedule.step()

        model.eval()
        with torch.no_grad():
            loss = scaled_loss(model, *as_tensors(validation)).item()
        print(f"epoch {epoch:3d}: validation loss {loss:.5f}")
        if loss < best_loss:
            best_loss, best_state = loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)


def scaled_loss(
    model: PriceForecaster, inputs: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Mean squared error in units of the scaler, so that it does not depend on the currency."""
    return nn.functional.mse_loss(model(inputs) / model.scale, targets / model.scale)


def as_tensors(windows: Windows) -> tuple[torch.Tensor, torch.Tensor]:
    """Copies windows into tensors."""
    return torch.from_numpy(windows.inputs.copy()), torch.from_numpy(windows.targets.copy())


def evaluate(model: PriceForecaster, test: Windows) -> dict[str, dict[str, float]]:
    """Measures the model beside two forecasts that need no training."""
    forecasts = {
        "model": predict(model, test.inputs),
        "repeat_last_price": np.repeat(test.inputs[:, -1:], HORIZON, axis=1),
        "repeat_last_week": test.inputs[:, -HORIZON:],
    }
    return {name: errors(forecast, test.targets) for name, forecast in forecasts.items()}


def errors(forecast: np.ndarray, actual: np.ndarray) -> dict[str, float]:
    """Mean absolute error, root mean squared error, and mean absolute percentage error."""
    difference = np.abs(forecast - actual)
    return {
        "mae": round(float(difference.mean()), 4),
        "rmse": round(float(np.sqrt(np.square(difference).mean())), 4),
        "mape_percent": round(float((100 * difference / actual).mean()), 4),
    }


def predict(model: PriceForecaster, prices: np.ndarray) -> np.ndarray:
    """Runs the PyTorch model."""
    with torch.no_grad():
        return model(torch.from_numpy(prices.copy())).numpy()


def export_onnx(model: PriceForecaster, sample: np.ndarray, path: Path) -> None:
    """Writes the model as one ONNX file of standard operators with a free batch dimension."""
    with warnings.catch_warnings():
        # The exporter warns about its own ways of handling an LSTM; `check_onnx` proves the result.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model,
            (torch.from_numpy(sample.copy()),),
            input_names=[ONNX_INPUT],
            output_names=[ONNX_OUTPUT],
            dynamic_shapes={"prices": {0: "batch"}},
            opset_version=ONNX_OPSET,
            dynamo=True,
            optimize=False,
            verbose=False,
        )
    exported = tidy_graph(program.model)
    onnx.checker.check_model(ir.to_proto(exported), full_check=True)
    ir.save(exported, path)


def tidy_graph(exported: ir.Model) -> ir.Model:
    """Leaves one LSTM node among a few simple ones, and no traces of the machine that exported."""
    for node in exported.graph:
        if node.op_type == "LSTM":
            # ONNX starts from zeros by itself; the exporter spells zeros out in several nodes.
            initial_hidden, initial_cell = 5, 6
            node.replace_input_with(initial_hidden, None)
            node.replace_input_with(initial_cell, None)

    # Reordering the LSTM weights for ONNX is part of the graph until constants of any size fold.
    no_limit = 2**31 - 1
    optimizer.optimize(exported, input_size_limit=no_limit, output_size_limit=no_limit)

    # Stack traces, which name files of this machine, and the notes of the exporter.
    ir.passes.common.ClearMetadataAndDocStringPass()(exported)
    graph = exported.graph
    values = [*graph.inputs, *graph.initializers.values()]
    values += [output for node in graph for output in node.outputs]
    for value in values:
        value.metadata_props.clear()
    return exported


def check_onnx(model: PriceForecaster, prices: np.ndarray, path: Path) -> None:
    """Raises unless onnxruntime answers as PyTorch does."""
    expected = predict(model, prices)
    difference = float(np.max(np.abs(run_onnx(path, prices) - expected) / np.abs(expected)))
    print(f"largest relative difference between PyTorch and onnxruntime: {difference:.1e}")
    if difference > ONNX_TOLERANCE:
        raise ValueError(f"{path} differs by {difference:.1e}, expected at most {ONNX_TOLERANCE}")


def run_onnx(path: Path, prices: np.ndarray) -> np.ndarray:
    """Runs the exported model."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run([ONNX_OUTPUT], {ONNX_INPUT: prices})[0]


def write_examples(prices: np.ndarray, model_path: Path, folder: Path) -> None:
    """Writes two windows of different items as example input, and the answer to them."""
    inputs = prices[[0, len(prices) // 2]]
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / "input.json", inputs)
    write_rows(folder / "output.json", run_onnx(model_path, inputs))


def write_rows(path: Path, rows: np.ndarray) -> None:
    """Writes a nested list, each number in the fewest digits that give the same float32 again."""
    lines = ["  [" + ", ".join(str(value) for value in row) + "]" for row in rows]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def write_json(path: Path, value: dict) -> None:
    """Writes a JSON file that ends with a line break."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
