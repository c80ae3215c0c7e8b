#!/usr/bin/env python3
"""Writes small ONNX autoencoders to test/model/fixtures and test/expectations/onnx_autoencoder.json: what numpy says of them.

One per way in which a window may lie in a model's input, and with outputs folded in. onnxruntime has to agree with numpy, or
nothing is written.

usage: python3 scripts/expectations/onnx_autoencoder.py
"""
import json
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FIXTURES = os.path.join(ROOT, "test", "model", "fixtures")
ROWS, CHANNELS, WINDOWS = 8, 3, 4
rng = np.random.default_rng(7)


def weights(*shape):
    return (rng.normal(size=shape) / np.sqrt(shape[0])).astype(np.float32)


W1, B1, W2, B2 = weights(24, 5), weights(5), weights(5, 24), weights(24)
K1, K2 = weights(4, 3, 3), weights(3, 4, 3)
CHANNEL_WEIGHT = np.array([0.5, 1.0, 2.0], dtype=np.float32)


def initializer(name, value):
    return numpy_helper.from_array(value, name)


def info(name, dims, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, dims)


def save(name, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="fixture")
    onnx.checker.check_model(model, full_check=True)
    path = os.path.join(FIXTURES, name + ".onnx")
    onnx.save(model, path)
    return path


DENSE = [initializer("w1", W1), initializer("b1", B1), initializer("w2", W2), initializer("b2", B2)]


def dense_nodes(x, y):
    return [
        helper.make_node("Gemm", [x, "w1", "b1"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], [y]),
    ]


def dense(x):
    flat = x.reshape(len(x), -1).astype(np.float64)
    return (np.maximum(flat @ W1 + B1, 0) @ W2 + B2).reshape(x.shape)


def conv(x):
    """Two convolutions over the rows, 'same' padding; x is windows × rows × channels."""

    def layer(v, k):
        padded = np.pad(v, ((0, 0), (0, 0), (1, 1)))
        out = np.zeros((len(v), len(k), v.shape[2]))
        for i in range(3):
            out += np.einsum("oc,bct->bot", k[:, :, i], padded[:, :, i : i + v.shape[2]])
        return out

    v = np.transpose(x, (0, 2, 1)).astype(np.float64)
    return np.transpose(layer(np.tanh(layer(v, K1)), K2), (0, 2, 1))


def reshaped(batch, dims):
    shape = initializer("shape", np.array([batch] + dims, dtype=np.int64))
    flat = initializer("flat", np.array([batch, 24], dtype=np.int64))
    nodes = [
        helper.make_node("Reshape", ["input", "flat"], ["x"]),
        *dense_nodes("x", "y"),
        helper.make_node("Reshape", ["y", "shape"], ["output"]),
    ]
    return nodes, [*DENSE, shape, flat]


def folded(outputs):
    nodes = [
        helper.make_node("Reshape", ["input", "flat"], ["x"]),
        *dense_nodes("x", "y"),
        helper.make_node("Reshape", ["y", "shape"], ["reconstruction"]),
        helper.make_node("Sub", ["input", "reconstruction"], ["d"]),
        helper.make_node("Mul", ["d", "d"], ["d2"]),
        helper.make_node("ReduceMean", ["d2"], ["m"], axes=[1], keepdims=0),
        helper.make_node("Mul", ["m", "weight"], ["channel_error"]),
        helper.make_node("ReduceMean", ["channel_error"], ["score"], axes=[1], keepdims=0),
    ]
    constants = [
        *DENSE,
        initializer("shape", np.array([-1, ROWS, CHANNELS], dtype=np.int64)),
        initializer("flat", np.array([-1, 24], dtype=np.int64)),
        initializer("weight", CHANNEL_WEIGHT),
    ]
    every = {
        "reconstruction": info("reconstruction", ["batch", ROWS, CHANNELS]),
        "channel_error": info("channel_error", ["batch", CHANNELS]),
        "score": info("score", ["batch"]),
    }
    return nodes, [info("input", ["batch", ROWS, CHANNELS])], [every[name] for name in outputs], constants


def main():
    os.makedirs(FIXTURES, exist_ok=True)
    x = np.round(rng.normal(size=(WINDOWS, ROWS, CHANNELS)), 4).astype(np.float32)
    paths = {}
    for name, batch in (("dense_rows", "batch"), ("dense_batch1", 1), ("dense_batch3", 3)):
        nodes, constants = reshaped(batch if isinstance(batch, int) else -1, [ROWS, CHANNELS])
        dims = [batch, ROWS, CHANNELS]
        paths[name] = save(name, nodes, [info("input", dims)], [info("output", dims)], constants)
    paths["dense_flat"] = save("dense_flat", dense_nodes("input", "output"), [info("input", ["batch", 24])], [info("output", ["batch", 24])], DENSE)
    nodes, constants = reshaped(1, [ROWS, CHANNELS])
    constants = [c for c in constants if c.name != "shape"] + [initializer("shape", np.array([ROWS, CHANNELS], dtype=np.int64))]
    paths["dense_nobatch"] = save("dense_nobatch", nodes, [info("input", [ROWS, CHANNELS])], [info("output", [ROWS, CHANNELS])], constants)
    nodes = [
        helper.make_node("Conv", ["input", "k1"], ["h"], pads=[1, 1]),
        helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Conv", ["t", "k2"], ["output"], pads=[1, 1]),
    ]
    dims = ["batch", CHANNELS, ROWS]
    paths["conv_channels"] = save("conv_channels", nodes, [info("input", dims)], [info("output", dims)], [initializer("k1", K1), initializer("k2", K2)])
    # states an open batch, but its Reshape holds one window
    nodes, constants = reshaped(1, [ROWS, CHANNELS])
    dims = ["batch", ROWS, CHANNELS]
    paths["dense_falsebatch"] = save("dense_falsebatch", nodes, [info("input", dims)], [info("output", ["b", ROWS, CHANNELS])], constants)
    for name, outputs in (("folded", ["reconstruction", "channel_error", "score"]), ("folded_score", ["score"]), ("folded_errors", ["channel_error"])):
        nodes, inputs, outs, constants = folded(outputs)
        paths[name] = save(name, nodes, inputs, outs, constants)

    result = {"rows": ROWS, "channels": CHANNELS, "input": x.reshape(WINDOWS, -1).astype(float).tolist(), "models": {}}
    for name, path in paths.items():
        y = conv(x) if name == "conv_channels" else dense(x)
        weight = CHANNEL_WEIGHT if name.startswith("folded") else np.ones(CHANNELS)
        mae = np.abs(x - y).mean(axis=1)
        mse = ((x - y) ** 2).mean(axis=1) * weight
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        feed = {
            "conv_channels": lambda v: np.transpose(v, (0, 2, 1)).copy(),
            "dense_flat": lambda v: v.reshape(1, 24),
            "dense_nobatch": lambda v: v[0],
        }.get(name, lambda v: np.repeat(v, 3 if name == "dense_batch3" else 1, axis=0))
        for i in range(WINDOWS):
            got = session.run(None, {"input": feed(x[i : i + 1])})[0]
            expected = {"folded": y[i], "folded_score": mse[i].mean(), "folded_errors": mse[i]}.get(name, y[i])
            if name == "conv_channels":
                expected = expected.T
            assert np.allclose(got[0] if got.ndim > 2 else got.reshape(np.shape(expected)), expected, atol=1e-6), name
        result["models"][name] = {"mae": mae.tolist(), "mse": mse.tolist()}
    with open(os.path.join(ROOT, "test", "expectations", "onnx_autoencoder.json"), "w") as file:
        json.dump(result, file)
        file.write("\n")


if __name__ == "__main__":
    main()
