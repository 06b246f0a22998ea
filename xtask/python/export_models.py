"""Exports real architectures with random weights from PyTorch to ONNX, with an input and PyTorch's own output beside each.

Usage: export_models.py OUT [NAME ...]
Writes OUT/NAME.onnx and OUT/NAME.npz (inputs x0, x1, ... and output y).
"""
import os, sys
import numpy as np
import torch
from torch import nn
from torchvision import models as tv


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, 128, 2, batch_first=True), nn.Linear(128, 7)

    def forward(self, x):
        y, _ = self.lstm(x)
        return self.head(y[:, -1])


class MiniLm(nn.Module):
    def __init__(self):
        super().__init__()
        from transformers import BertConfig, BertModel
        self.bert = BertModel(BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536))

    def forward(self, ids, mask):
        return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state


def mlp():
    layers = [nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)]
    return nn.Sequential(*layers)


IMAGE = lambda: (torch.randn(1, 3, 224, 224),)
MODELS = {
    "mlp": (mlp, lambda: (torch.randn(32, 64),)),
    "lstm": (Lstm, lambda: (torch.randn(16, 60, 8),)),
    "resnet18": (tv.resnet18, IMAGE),
    "resnet50": (tv.resnet50, IMAGE),
    "mobilenet_v2": (tv.mobilenet_v2, IMAGE),
    "vit_b_16": (tv.vit_b_16, IMAGE),
    "minilm": (MiniLm, lambda: (torch.randint(0, 30000, (8, 64)), torch.ones(8, 64, dtype=torch.long))),
}


def main(out, names):
    os.makedirs(out, exist_ok=True)
    for name in names or MODELS:
        torch.manual_seed(0)
        build, inputs = MODELS[name]
        model, args = build().eval(), inputs()
        for parameter in model.parameters():
            # Some begin with a head of zeros, which would answer zeros whatever came before.
            if parameter.dim() > 1 and not parameter.any():
                nn.init.normal_(parameter, std=0.02)
        keys = [f"x{i}" for i in range(len(args))]
        torch.onnx.export(model, args, f"{out}/{name}.onnx", input_names=keys, output_names=["y"], dynamo=True, external_data=False)
        with torch.no_grad():
            y = model(*args)
        np.savez(f"{out}/{name}.npz", y=y.numpy(), **{k: a.numpy() for k, a in zip(keys, args)})
        print(name, os.path.getsize(f"{out}/{name}.onnx"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
