"""Daily item prices: a synthetic data set, and the windows cut from it.

The prices are made up, so that the example needs no download. Each item has its own level, trend,
weekly and yearly rhythm, and noise; the same seed always gives the same prices.

    python -m train_pytorch.dataset --seed 0 --out item_prices.csv
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from train_pytorch.constants import HORIZON, WINDOW

FIRST_DAY = "2022-01-01"
NUM_DAYS = 3 * 365

SPLITS = {"train": (0.0, 0.70), "validation": (0.70, 0.85), "test": (0.85, 1.0)}
"""Share of the days, from and to, whose prices each split forecasts; the test days come last."""


@dataclass(frozen=True)
class Item:
    """How the price of one item moves. All shares are relative to `level`."""

    name: str
    level: float
    yearly_trend: float
    weekly_swing: float
    yearly_swing: float
    noise: float


ITEMS = (
    Item("coffee_machine", 118.0, 0.05, 0.05, 0.06, 0.008),
    Item("desk_lamp", 46.0, 0.03, 0.07, 0.04, 0.010),
    Item("electric_kettle", 52.0, -0.03, 0.06, 0.05, 0.009),
    Item("garden_hose", 41.0, 0.06, 0.05, 0.12, 0.010),
    Item("hiking_boots", 97.0, 0.04, 0.04, 0.09, 0.007),
    Item("office_chair", 109.0, -0.02, 0.05, 0.03, 0.008),
    Item("rain_jacket", 74.0, 0.02, 0.06, 0.10, 0.009),
    Item("wool_blanket", 63.0, 0.05, 0.04, 0.11, 0.010),
)


class Windows(NamedTuple):
    """Pairs of known and following prices, float32 [n, WINDOW] and [n, HORIZON]."""

    inputs: np.ndarray
    targets: np.ndarray


def generate_prices(seed: int) -> pd.DataFrame:
    """Makes the data set: one row per item and day, with columns `date`, `item`, `price`."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range(FIRST_DAY, periods=NUM_DAYS, freq="D").strftime("%Y-%m-%d")
    frames = [
        pd.DataFrame({"date": dates, "item": item.name, "price": _price_series(item, rng)})
        for item in ITEMS
    ]
    return pd.concat(frames, ignore_index=True)


def _price_series(item: Item, rng: np.random.Generator) -> np.ndarray:
    """Draws the prices of one item, rounded to cents."""
    day = np.arange(NUM_DAYS)
    week_phase, half_week_phase, year_phase = rng.uniform(0, 2 * np.pi, size=3)
    weekly = np.sin(2 * np.pi * day / 7 + week_phase)
    weekly += 0.5 * np.sin(4 * np.pi * day / 7 + half_week_phase)
    yearly = np.sin(2 * np.pi * day / 365 + year_phase)

    # A slow drift that keeps 90 % of yesterday's value, and noise that is new every day.
    drift = np.zeros(NUM_DAYS)
    shocks = rng.normal(0, item.noise, size=NUM_DAYS)
    for today in range(1, NUM_DAYS):
        drift[today] = 0.9 * drift[today - 1] + shocks[today]
    daily_noise = rng.normal(0, item.noise / 2, size=NUM_DAYS)

    factor = 1 + item.yearly_trend * day / 365 + drift + daily_noise
    factor += item.weekly_swing * weekly + item.yearly_swing * yearly
    return np.round(item.level * factor, 2)


def cut_windows(prices: pd.DataFrame, split: str) -> Windows:
    """Cuts every window whose forecast days all lie within the named split.

    The known prices before them may reach back into the split before, as they would in use.
    """
    windows = np.concatenate(
        [_windows_of_item(group["price"].to_numpy(), split) for _, group in prices.groupby("item")]
    ).astype(np.float32)
    return Windows(inputs=windows[:, :WINDOW], targets=windows[:, WINDOW:])


def _windows_of_item(series: np.ndarray, split: str) -> np.ndarray:
    start, end = (round(share * len(series)) for share in SPLITS[split])
    known_and_forecast = series[max(0, start - WINDOW) : end]
    return np.lib.stride_tricks.sliding_window_view(known_and_forecast, WINDOW + HORIZON)


def main() -> None:
    """Writes the data set as a CSV file."""
    parser = argparse.ArgumentParser(description="Write the synthetic item prices as a CSV file.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    generate_prices(args.seed).to_csv(args.out, index=False)


if __name__ == "__main__":
    main()
