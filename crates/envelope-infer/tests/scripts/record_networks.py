"""Makes small PyTorch networks with random weights, and records what they answer.

    python -m venv venv
    venv/bin/pip install torch numpy safetensors
    venv/bin/python record_networks.py ../fixtures/state_dict

Each case is a folder with `model_config.json`, `model_state.pt` (some also `model.safetensors`), and
`case.json`: one input and the output for it.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn


class Forecaster(nn.Module):
    """A recurrent network with a linear head, as `Architecture`'s second family declares it."""

    def __init__(self, kind, input_size, hidden_size, num_layers, horizon):
        super().__init__()
        cell = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind]
        self.kind = kind
        self.plain = input_size == 1
        setattr(self, kind, cell(input_size, hidden_size, num_layers))
        self.head = nn.Linear(hidden_size, horizon)

    def forward(self, x):
        steps = x.transpose(0, 1)
        _, hidden = getattr(self, self.kind)(steps.unsqueeze(-1) if self.plain else steps)
        return self.head((hidden[0] if self.kind == "lstm" else hidden)[-1])


class Last(nn.Module):
    """A recurrent layer whose last hidden state goes on, both directions side by side."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        _, hidden = self.inner(x)
        hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        directions = 2 if self.inner.bidirectional else 1
        return torch.cat(list(hidden[-directions:]), dim=-1)


class Sequence(nn.Module):
    """A recurrent layer whose answers to all steps go on."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)[0]


class Permute(nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


def tensor(value):
    kind = str(value.dtype).removeprefix("torch.")
    return {"type": kind, "shape": list(value.shape), "values": value.flatten().tolist()}


def record(folder, name, network, config, x, *, safe=False):
    for part in network.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(part.running_mean)
            nn.init.uniform_(part.running_var, 0.5, 2)
            nn.init.normal_(part.weight)
            nn.init.normal_(part.bias)
    network.eval()
    with torch.no_grad():
        y = network(x)
    case = folder / name
    case.mkdir(parents=True)
    state = {k.replace(".inner.", "."): v.contiguous() for k, v in network.state_dict().items()}
    torch.save(state, case / "model_state.pt")
    if safe:
        save_file(state, case / "model.safetensors")
    (case / "model_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (case / "case.json").write_text(json.dumps({"input": tensor(x), "output": tensor(y)}) + "\n")


def forecasters(folder):
    for kind in ["lstm", "gru", "rnn"]:
        for layers, width in [(1, 1), (2, 3)]:
            config = {
                "type": kind,
                "input_size": width,
                "hidden_size": 5,
                "num_layers": layers,
                "horizon": 4,
            }
            x = torch.randn(3, 7) if width == 1 else torch.randn(3, 7, width)
            network = Forecaster(kind, width, 5, layers, 4)
            record(folder, f"{kind}_{layers}", network, config, x, safe=layers == 1)


def sequential(folder, name, layers, declared, x, **options):
    shape = [None, *x.shape[1:]]
    config = {"type": "sequential", "input": {"shape": shape}, "layers": declared}
    if x.dtype == torch.int64:
        config["input"]["data_type"] = "int64"
    record(folder, name, nn.Sequential(*layers), config, x, **options)


def convolutions(folder):
    sequential(
        folder,
        "images",
        [
            nn.Conv2d(2, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 6, (3, 2), stride=(2, 1), groups=2, bias=False),
            nn.GELU(),
            nn.AvgPool2d(2, stride=1, padding=1),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(6 * 4 * 6, 3),
            nn.Softmax(dim=-1),
        ],
        [
            {"type": "conv2d", "padding": 1},
            {"type": "batch_norm"},
            {"type": "relu"},
            {"type": "max_pool2d", "kernel_size": 2},
            {"type": "conv2d", "stride": [2, 1], "groups": 2},
            {"type": "gelu"},
            {"type": "avg_pool2d", "kernel_size": 2, "stride": 1, "padding": 1},
            {"type": "flatten"},
            {"type": "dropout", "p": 0.3},
            {"type": "linear"},
            {"type": "softmax"},
        ],
        torch.randn(2, 2, 14, 12),
        safe=True,
    )
    sequential(
        folder,
        "signals",
        [
            nn.Conv1d(2, 4, 4, padding="same", dilation=2),
            nn.BatchNorm1d(4, eps=1e-3),
            nn.SiLU(),
            nn.MaxPool1d(2),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(4, 2),
        ],
        [
            {"type": "conv1d", "padding": "same", "dilation": 2},
            {"type": "batch_norm", "eps": 1e-3},
            {"type": "silu"},
            {"type": "max_pool1d", "kernel_size": 2},
            {"type": "global_avg_pool"},
            {"type": "flatten"},
            {"type": "linear"},
        ],
        torch.randn(2, 2, 15),
    )


def words(folder):
    sequential(
        folder,
        "words",
        [
            nn.Embedding(11, 6),
            nn.LayerNorm(6),
            Sequence(nn.GRU(6, 4, bidirectional=True, batch_first=True)),
            nn.Tanh(),
            Last(nn.LSTM(8, 3, num_layers=2, bidirectional=True, batch_first=True)),
            nn.Linear(6, 2, bias=False),
            nn.Sigmoid(),
        ],
        [
            {"type": "embedding"},
            {"type": "layer_norm"},
            {"type": "gru", "bidirectional": True, "batch_first": True},
            {"type": "tanh"},
            {
                "type": "lstm",
                "num_layers": 2,
                "bidirectional": True,
                "batch_first": True,
                "returns": "last",
            },
            {"type": "linear"},
            {"type": "sigmoid"},
        ],
        torch.randint(0, 11, (3, 5)),
    )


def steps(folder):
    sequential(
        folder,
        "steps",
        [
            Permute((1, 0, 2)),
            Sequence(nn.RNN(3, 4, nonlinearity="relu", bias=False)),
            nn.LeakyReLU(0.2),
            nn.Linear(4, 5),
            nn.ELU(0.7),
            Last(nn.GRU(5, 3)),
            nn.GELU(approximate="tanh"),
            nn.Softplus(),
        ],
        [
            {"type": "permute", "dims": [1, 0, 2]},
            {"type": "rnn", "nonlinearity": "relu"},
            {"type": "leaky_relu", "negative_slope": 0.2},
            {"type": "linear"},
            {"type": "elu", "alpha": 0.7},
            {"type": "gru", "returns": "last"},
            {"type": "gelu", "approximate": "tanh"},
            {"type": "softplus"},
        ],
        torch.randn(2, 6, 3),
    )


def main():
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(5)
    forecasters(folder)
    convolutions(folder)
    words(folder)
    steps(folder)


if __name__ == "__main__":
    main()
