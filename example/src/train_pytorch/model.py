"""The network, its configuration, and the scaling around it."""

from dataclasses import dataclass

import torch
from torch import nn

from train_pytorch.constants import HORIZON, WINDOW


@dataclass(frozen=True)
class ModelConfig:
    """What rebuilds the network before its weights are loaded; stored as `model_config.json`."""

    type: str = "lstm"
    input_size: int = 1
    hidden_size: int = 48
    num_layers: int = 1
    window: int = WINDOW
    horizon: int = HORIZON
    output: str = "change_from_last_price"
    scaling: dict[str, float] | None = None
    """The scaler as a dict, for who runs the weights without Python: prices in, prices out."""


@dataclass(frozen=True)
class Scaler:
    """Turns a price into `(price - mean) / scale` and back; stored as `scaler.json`."""

    mean: float
    scale: float

    @classmethod
    def fit(cls, prices: torch.Tensor) -> "Scaler":
        """Takes mean and standard deviation, rounded so that the JSON file stays readable."""
        return cls(mean=round(prices.mean().item(), 4), scale=round(prices.std().item(), 4))


class PriceNetwork(nn.Module):
    """LSTM and linear head on scaled prices: [batch, window] to [batch, horizon].

    The head adds its answer to the last known price: an untrained network then already repeats
    that price, and training only has to learn how prices move away from it.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        if (config.type, config.output) != ("lstm", "change_from_last_price"):
            raise ValueError(f"unknown network `{config.type}` with output `{config.output}`")
        self.lstm = nn.LSTM(config.input_size, config.hidden_size, config.num_layers)
        self.head = nn.Linear(config.hidden_size, config.horizon)

    def forward(self, scaled: torch.Tensor) -> torch.Tensor:
        steps = scaled.transpose(0, 1).unsqueeze(-1)  # [window, batch, 1], the LSTM's own order
        _, (hidden, _) = self.lstm(steps)
        return scaled[:, -1:] + self.head(hidden[-1])


class PriceForecaster(nn.Module):
    """A `PriceNetwork` that reads and answers plain prices: the model that is exported."""

    mean: torch.Tensor
    scale: torch.Tensor

    def __init__(self, network: PriceNetwork, scaler: Scaler) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(scaler.mean))
        self.register_buffer("scale", torch.tensor(scaler.scale))

    def forward(self, prices: torch.Tensor) -> torch.Tensor:
        scaled = (prices - self.mean) / self.scale
        return self.network(scaled) * self.scale + self.mean
