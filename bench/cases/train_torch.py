"""One training of the train bench with PyTorch on one thread: `train_torch.py FOLDER EPOCHS`; prints what train-run.ts does.

Same network, windows, weights to begin with and order of rows, all read from FOLDER; plain torch.optim.Adam and MSE.
"""
import json
import os
import sys
import time

import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)
torch.set_num_interop_threads(1)
folder, epochs = sys.argv[1], int(sys.argv[2])
with open(os.path.join(folder, "case.json")) as file:
    case = json.load(file)
spec, rows, batch = case["spec"], case["rows"], case["batch"]
steps, columns = spec["steps"], spec["columns"]
data = torch.from_numpy(np.fromfile(os.path.join(folder, "data"), np.float32).reshape(rows, steps, columns))
order = torch.from_numpy(np.fromfile(os.path.join(folder, "order"), np.uint32).astype(np.int64).reshape(-1, rows))
weights = torch.from_numpy(np.fromfile(os.path.join(folder, "weights"), np.float32))
taken = 0


def take(*shape):
    global taken
    size = int(np.prod(shape))
    taken += size
    return weights[taken - size : taken].reshape(shape).clone()


def set_weights(parameter, values):
    parameter.data = values.contiguous()


ACTIVATIONS = {"linear": None, "tanh": torch.tanh, "relu": torch.relu}


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        dense = spec["kind"] == "dense"
        width, length = steps * columns if dense else columns, steps
        self.layers, self.plan = nn.ModuleList(), []
        for layer in spec["layers"]:
            kind, cut = layer["type"], None
            if kind == "repeat":
                self.plan.append((kind, None, None, length))
                continue
            if kind == "dense":
                made, out = nn.Linear(width, layer["units"]), layer["units"]
                set_weights(made.weight, take(width, out).T)
            elif kind == "lstm":
                made, out = nn.LSTM(width, layer["units"], batch_first=True), layer["units"]
                set_weights(made.weight_ih_l0, take(width, 4 * out).T)
                set_weights(made.weight_hh_l0, take(out, 4 * out).T)
                set_weights(made.bias_ih_l0, take(4 * out))
                # Two biases that are added: the second stays nothing, or Adam would move the sum twice.
                made.bias_hh_l0.data.zero_()
                made.bias_hh_l0.requires_grad_(False)
                cut = layer["sequence"]
            else:
                kernel, stride, out = layer["kernel"], layer["stride"], layer["filters"]
                down = kind == "conv"
                made = (nn.Conv1d if down else nn.ConvTranspose1d)(width, out, kernel, stride)
                first, second = (width, out) if down else (out, width)
                set_weights(made.weight, take(kernel, first, second).permute(2, 1, 0))
                coarse, fine = (-(-length // stride), length) if down else (length, layer["length"])
                spare = max(0, (coarse - 1) * stride + kernel - fine)
                cut = (spare // 2, spare - spare // 2)
                length = coarse if down else fine
            if kind != "lstm":
                set_weights(made.bias, take(out))
            self.layers.append(made)
            self.plan.append((kind, made, ACTIVATIONS[layer.get("activation", "linear")], cut))
            width = out
        assert taken == len(weights)

    def forward(self, x):
        conv = spec["kind"] == "conv1d"
        y = x.transpose(1, 2) if conv else x.flatten(1) if spec["kind"] == "dense" else x
        for kind, layer, activation, extra in self.plan:
            if kind == "repeat":
                y = y[:, None].expand(-1, extra, -1)
            elif kind == "lstm":
                every, (last, _) = layer(y)
                y = every if extra else last[0]
            elif kind == "conv":
                y = layer(nn.functional.pad(y, extra))
            elif kind == "conv-transpose":
                y = layer(y)
                y = y[:, :, extra[0] : y.shape[2] - extra[1]]
            else:
                y = layer(y)
            if activation is not None:
                y = activation(y)
        return y.transpose(1, 2) if conv else y.view_as(x)


model = Autoencoder()
adam = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], case["rate"], eps=1e-8)
error = nn.MSELoss()
losses = []
wall, cpu = time.perf_counter(), time.process_time()
for epoch in range(epochs):
    total = 0.0
    for start in range(0, rows, batch):
        x = data[order[epoch, start : start + batch]]
        adam.zero_grad()
        value = error(model(x), x)
        value.backward()
        adam.step()
        total += value.item() * len(x)
    losses.append(total / rows)
seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
with open("/proc/self/status") as status:  # ru_maxrss is taken over from the process that started this one
    megabytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "losses": losses, "megabytes": megabytes}))
