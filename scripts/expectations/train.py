"""Makes test/expectations/train.json: `python3 scripts/expectations/train.py`.

`losses`: PyTorch's training losses for three autoencoders from the same weights, windows and order as in
test/train/pytorch.test.ts (all made by formulas that both sides know).
`onnx`: for every file that test/train/reference-examples.ts writes, its SHA-256, the word of onnx.checker and the
outputs of onnxruntime.
"""
import hashlib
import json
import math
import os
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROWS, BATCH, EPOCHS, RATE = 96, 32, 4, 0.002
torch.set_num_threads(1)


def numbers(count, seed):
    """mulberry32, as in src/core/random.ts: even numbers in [0, 1)."""
    state, out, mask = seed, np.empty(count), 0xFFFFFFFF
    for i in range(count):
        state = (state + 0x6D2B79F5) & mask
        t = ((state ^ (state >> 15)) * (state | 1)) & mask
        t = (t ^ (t + (((t ^ (t >> 7)) * (t | 61)) & mask))) & mask
        out[i] = ((t ^ (t >> 14)) & mask) / 4294967296
    return out


def windows(steps, columns):
    """The windows of `pytorchWindows` in test/train/pytorch.test.ts."""
    row, step, column = np.meshgrid(np.arange(ROWS), np.arange(steps), np.arange(columns), indexing="ij")
    noise = numbers(ROWS * steps * columns, 9).reshape(row.shape) - 0.5
    return (np.sin(0.7 * row + 0.2 * step + column) + 0.2 * noise).astype(np.float32)


class Dense(nn.Module):
    """300-64-16-64-300."""

    shape = (50, 6)

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in ((300, 64), (64, 16), (16, 64), (64, 300)))

    def forward(self, x):
        y = x.flatten(1)
        for i, layer in enumerate(self.layers):
            y = layer(y) if i == 3 else torch.tanh(layer(y))
        return y.view_as(x)

    def load(self, take):
        for layer in self.layers:
            layer.weight.data = take(layer.in_features, layer.out_features).T.contiguous()
            layer.bias.data = take(layer.out_features)


class Conv(nn.Module):
    """Conv 3-16-8, kernel 7, stride 2, padding as in TensorFlow's 'same', and back."""

    shape = (128, 3)

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList((nn.Conv1d(3, 16, 7, 2), nn.Conv1d(16, 8, 7, 2)))
        self.up = nn.ModuleList((nn.ConvTranspose1d(8, 16, 7, 2), nn.ConvTranspose1d(16, 3, 7, 2)))

    def forward(self, x):
        y = x.transpose(1, 2)
        for layer in self.down:
            y = torch.tanh(layer(nn.functional.pad(y, (2, 3))))
        for i, layer in enumerate(self.up):
            y = layer(y)[:, :, 2:-3]
            y = torch.tanh(y) if i == 0 else y
        return y.transpose(1, 2)

    def load(self, take):
        for layer in self.down:
            layer.weight.data = take(7, layer.in_channels, layer.out_channels).permute(2, 1, 0).contiguous()
            layer.bias.data = take(layer.out_channels)
        for layer in self.up:
            layer.weight.data = take(7, layer.out_channels, layer.in_channels).permute(2, 1, 0).contiguous()
            layer.bias.data = take(layer.out_channels)


class Lstm(nn.Module):
    """LSTM 32, repeated, LSTM 32, linear per step."""

    shape = (50, 6)

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(6, 32, batch_first=True)
        self.decoder = nn.LSTM(32, 32, batch_first=True)
        self.output = nn.Linear(32, 6)

    def forward(self, x):
        _, (state, _) = self.encoder(x)
        y, _ = self.decoder(state[0][:, None].repeat(1, x.shape[1], 1))
        return self.output(y)

    def load(self, take):
        for lstm in (self.encoder, self.decoder):
            lstm.weight_ih_l0.data = take(lstm.input_size, 128).T.contiguous()
            lstm.weight_hh_l0.data = take(32, 128).T.contiguous()
            lstm.bias_ih_l0.data = take(128)
            # Two biases that are added: the second stays nothing, or Adam would move the sum twice.
            lstm.bias_hh_l0.data = torch.zeros(128)
            lstm.bias_hh_l0.requires_grad_(False)
        self.output.weight.data = take(32, 6).T.contiguous()
        self.output.bias.data = take(6)


def losses(model, loss):
    count = sum(p.numel() for p in model.parameters() if p.requires_grad)
    if isinstance(model, Lstm):
        count -= 256
    flat = torch.tensor(numbers(count, 4) * 0.4 - 0.2, dtype=torch.float32)
    at = 0

    def take(*shape):
        nonlocal at
        size = math.prod(shape)
        piece = flat[at : at + size].reshape(shape).clone()
        at += size
        return piece

    model.load(take)
    assert at == count
    data = torch.tensor(windows(*model.shape))
    adam = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], RATE, eps=1e-8)
    error = nn.MSELoss() if loss == "mse" else nn.L1Loss()
    out = []
    for epoch in range(EPOCHS):
        order = [(i * 35 + epoch * 7) % ROWS for i in range(ROWS)]
        total = 0.0
        for start in range(0, ROWS, BATCH):
            x = data[order[start : start + BATCH]]
            adam.zero_grad()
            value = error(model(x), x)
            value.backward()
            adam.step()
            total += value.item() * len(x)
        out.append(total / ROWS)
    return out


def onnx_files():
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        example = os.path.join("test", "train", "reference-examples.ts")
        subprocess.run(["node", "--require", "tsx/cjs", example, folder], cwd=ROOT, check=True)
        with open(os.path.join(folder, "inputs.json")) as file:
            inputs = json.load(file)
        for i, each in enumerate(inputs):
            path = os.path.join(folder, f"{i}.onnx")
            with open(path, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            onnx.checker.check_model(onnx.load(path), full_check=True)
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            x = np.array(each["windows"], np.float32).reshape(each["dims"])
            names = ["score", "channel_error", "reconstruction"]
            results = session.run(names, {"input": x})
            values = {name: [float(f"{v:.9g}") for v in result.ravel()] for name, result in zip(names, results)}
            values["reconstruction"] = values["reconstruction"][: int(np.prod(each["dims"][1:]))]
            out[each["name"]] = {"sha256": digest, "checker": "ok", **values}
    return out


expectations = {
    "versions": {"torch": torch.__version__, "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__},
    "losses": {
        name: {loss: losses(kind(), loss) for loss in ("mse", "mae")}
        for name, kind in (("dense", Dense), ("conv1d", Conv), ("lstm", Lstm))
    },
    "onnx": onnx_files(),
}
with open(os.path.join(ROOT, "test", "expectations", "train.json"), "w") as file:
    json.dump(expectations, file, indent=1)
    file.write("\n")
