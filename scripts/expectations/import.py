#!/usr/bin/env python3
"""Writes test/model/fixtures/import/: small files as scikit-learn, joblib, numpy, Keras and TFLite write them, and what they
mean to test/expectations/import.json.

Needs numpy, scikit-learn, pandas, joblib, h5py and flatbuffers; neither Keras nor TensorFlow (their layouts are written by hand).
usage: python3 scripts/expectations/import.py
"""
import io
import json
import pickle
import zipfile
from pathlib import Path

import flatbuffers
import h5py
import joblib
import joblib.numpy_pickle as numpy_pickle
import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

root = Path(__file__).resolve().parents[2]
folder = root / "test" / "model" / "fixtures" / "import"
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(20240611)
expected = {"scalers": {}, "arrays": {}, "networks": {}}

learned = np.round(rng.normal([0.2, 9.8, -3, 500], [0.5, 0.03, 2, 90], (40, 4)), 4)
asked = np.round(rng.normal([0.2, 9.8, -3, 500], [2, 0.1, 6, 400], (5, 4)), 4)


def scaler(name, fitted, write):
    write(fitted, folder / name)
    rows = pd.DataFrame(asked, columns=fitted.feature_names_in_) if hasattr(fitted, "feature_names_in_") else asked
    output = np.asarray(fitted.transform(rows))
    entry = {"input": asked.tolist(), "output": output.tolist()}
    if hasattr(fitted, "feature_names_in_"):
        entry["names"] = list(fitted.feature_names_in_)
    if not getattr(fitted, "clip", False):
        entry["inverse"] = np.asarray(fitted.inverse_transform(output)).tolist()
    expected["scalers"][name] = entry


def by_pickle(protocol):
    return lambda fitted, path: path.write_bytes(pickle.dumps(fitted, protocol=protocol))


def by_joblib(**options):
    return lambda fitted, path: joblib.dump(fitted, path, **options)


def by_old_joblib(fitted, path):
    """joblib before 1.2: no padding, and wrappers that do not speak of it."""
    made = numpy_pickle.NumpyPickler._create_array_wrapper

    def without_padding(self, array):
        wrapper = made(self, array)
        wrapper.numpy_array_alignment_bytes = None
        return wrapper

    numpy_pickle.NumpyPickler._create_array_wrapper = without_padding
    joblib.dump(fitted, path)
    numpy_pickle.NumpyPickler._create_array_wrapper = made


named = pd.DataFrame(learned, columns=["ax", "az", "temp °C", "rpm"])
for protocol in (2, 3, 4, 5):
    scaler(f"standard_p{protocol}.pkl", StandardScaler().fit(learned), by_pickle(protocol))
scaler("minmax_p2.pkl", MinMaxScaler((-1, 1)).fit(learned), by_pickle(2))
scaler("minmax.joblib", MinMaxScaler().fit(learned), by_joblib())
scaler("minmax_clip.joblib", MinMaxScaler((0.5, 2.5), clip=True).fit(learned), by_joblib(compress=("gzip", 3)))
scaler("minmax_zlib.joblib", MinMaxScaler().fit(learned), by_joblib(compress=3))
scaler("minmax_old.joblib", MinMaxScaler().fit(learned), by_old_joblib)
scaler("minmax_named.joblib", MinMaxScaler().fit(named), by_joblib())
scaler("standard_named_p5.pkl", StandardScaler().fit(named), by_pickle(5))
scaler("standard_nomean.joblib", StandardScaler(with_mean=False).fit(learned), by_joblib())
scaler("standard_nostd.joblib", StandardScaler(with_std=False).fit(learned), by_joblib())
scaler("robust.joblib", RobustScaler(unit_variance=True).fit(learned), by_joblib())
scaler("robust_nocenter.pkl", RobustScaler(with_centering=False).fit(learned), by_pickle(4))
scaler("robust_noscale.pkl", RobustScaler(with_scaling=False).fit(learned), by_pickle(4))

swapped = StandardScaler().fit(learned)
swapped.mean_, swapped.scale_, swapped.var_ = (a.astype(">f8") for a in (swapped.mean_, swapped.scale_, swapped.var_))
scaler("standard_bigendian.joblib", swapped, by_joblib())

joblib.dump(MinMaxScaler().fit(learned), folder / "refused_bz2.joblib", compress=("bz2", 3))
joblib.dump(make_pipeline(MinMaxScaler()).fit(learned), folder / "refused_pipeline.joblib")
joblib.dump(MaxAbsScaler().fit(learned), folder / "refused_maxabs.joblib")


def array(name, values, dtype, fortran=False, version=None):
    values = np.asarray(values).astype(dtype)
    values = np.asfortranarray(values) if fortran else np.ascontiguousarray(values)
    with open(folder / name, "wb") as file:
        np.lib.format.write_array(file, values, version=version, allow_pickle=False)
    expected["arrays"][name] = {"shape": list(values.shape), "values": values.astype("f8").ravel(order="C").tolist()}


cube = np.arange(24).reshape(2, 3, 4) - 7
for kind in ("<f8", "<f4", ">f8", ">f4", "<i2", "<i4", "<i8", ">i8"):
    array(f"c_{'big' if kind[0] == '>' else 'little'}_{kind[1:]}.npy", cube, kind)
array("fortran_f4.npy", cube, "<f4", fortran=True)
array("fortran_i2_big.npy", cube, ">i2", fortran=True)
array("scalar.npy", 2.5, "<f8")
array("version2.npy", cube[0], "<f8", version=(2, 0))
array("version3.npy", cube[0], "<f8", version=(3, 0))
np.save(folder / "refused_object.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)

mean = np.array([0.011, 0.007, 0.005])
factor = rng.normal(0, 1e-3, (3, 3))
covariance = factor @ factor.T
expected["mahalanobis"] = {"mean": mean.tolist(), "covariance": covariance.tolist(), "inverse": np.linalg.inv(covariance).tolist()}
np.savez(folder / "stored.npz", model_mu=mean, model_cov=covariance)
np.savez_compressed(folder / "deflated.npz", model_mu=mean, model_cov=covariance)
np.savez(folder / "f4_fortran.npz", model_mu=mean.astype("f4"), model_cov=np.asfortranarray(covariance.astype("f4")))


def c_array(values):
    return "{" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "}"


(folder / "model.h").write_text(
    "#ifndef MODEL_H\n#define MODEL_H\n\n"
    "const unsigned int model_mu_dim1 = 3;\n"
    f"const float model_mu[3] = {c_array(mean)};\n\n"
    "const unsigned int model_inv_cov_dim1 = 3;\nconst unsigned int model_inv_cov_dim2 = 3;\n"
    f"const float model_inv_cov[3][3] = {c_array(np.linalg.inv(covariance))};\n\n#endif //MODEL_H"
)


def network(name, layers):
    functions = {
        "linear": lambda x: x,
        "relu": lambda x: np.maximum(x, 0),
        "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
        "tanh": np.tanh,
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    }
    x = np.round(rng.normal(0, 1, (4, layers[0][0].shape[0])), 3)
    y = x
    for kernel, bias, activation in layers:
        y = functions[activation](y @ kernel.astype("f8") + bias.astype("f8"))
    expected["networks"][name] = {
        "input": x.tolist(),
        "output": y.tolist(),
        "activations": [activation for _, _, activation in layers],
        "kernels": [kernel.tolist() for kernel, _, _ in layers],
    }


def weights(inputs, units):
    return rng.normal(0, 1, (inputs, units)).astype("f4"), rng.normal(0, 0.3, units).astype("f4")


def keras2(name, layers, config, chunks=None):
    with h5py.File(folder / name, "w") as file:
        file.attrs["keras_version"] = np.bytes_("2.2.4-tf")
        file.attrs["model_config"] = np.bytes_(json.dumps(config))
        group = file.create_group("model_weights")
        for layer, (kernel, bias, _) in layers.items():
            inner = group.create_group(layer).create_group(layer)
            options = {"chunks": kernel.shape, "compression": "gzip"} if chunks else {}
            inner.create_dataset("kernel:0", data=kernel, **options)
            if bias is not None:
                inner.create_dataset("bias:0", data=bias)


def dense2(name, units, activation, **more):
    return {"class_name": "Dense", "config": {"name": name, "units": units, "activation": activation, "use_bias": True, **more}}


two = {"dense_1": (*weights(3, 2), "relu"), "dense_2": (*weights(2, 3), "tanh")}
sequential = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            dense2("dense_1", 2, "relu", batch_input_shape=[None, 3]),
            {"class_name": "Dropout", "config": {"name": "dropout_1", "rate": 0.2}},
            dense2("dense_2", 3, "linear"),
            {"class_name": "Activation", "config": {"name": "activation_1", "activation": "tanh"}},
        ],
    },
}
keras2("keras2.h5", two, sequential)
network("keras2.h5", list(two.values()))
keras2("refused_chunked.h5", two, sequential, chunks=True)


def keras3_layer(kind, name, before, **config):
    inbound = (
        [{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [before, 0, 0]}}], "kwargs": {}}]
        if before
        else []
    )
    return {"class_name": kind, "config": {"name": name, **config}, "name": name, "inbound_nodes": inbound}


three = {"enc": (*weights(4, 3), "elu"), "mid": (rng.normal(0, 1, (3, 2)).astype("f4"), None, "sigmoid"), "dec": (*weights(2, 4), "linear")}
functional = {
    "class_name": "Functional",
    "config": {
        "name": "functional",
        "layers": [
            keras3_layer("InputLayer", "input_layer", None, batch_shape=[None, 4]),
            keras3_layer("Dense", "enc", "input_layer", units=3, activation="elu", use_bias=True),
            keras3_layer("Dense", "mid", "enc", units=2, activation="sigmoid", use_bias=False),
            keras3_layer("Dense", "dec", "mid", units=4, activation="linear", use_bias=True),
        ],
    },
}
with h5py.File(folder / "keras3.h5", "w") as file:
    file.attrs["keras_version"] = "3.6.0"
    file.attrs["model_config"] = json.dumps(functional)
    group = file.create_group("model_weights")
    group.create_group("input_layer")
    for layer, (kernel, bias, _) in three.items():
        inner = group.create_group(layer).create_group("functional").create_group(layer)
        inner.create_dataset("kernel", data=kernel)
        if bias is not None:
            inner.create_dataset("bias", data=bias)
network("keras3.h5", [(k, np.zeros(k.shape[1]) if b is None else b, a) for k, b, a in three.values()])

with h5py.File(folder / "refused_latest.h5", "w", libver="latest") as file:
    file.attrs["model_config"] = json.dumps(sequential)


def tflite(name, layers, weight_type=0):
    """Fields by number, as in schema.fbs. A layer is FULLY_CONNECTED with ReLU or tanh fused, or with LOGISTIC or ELU behind."""
    fused = {"linear": 0, "relu": 1, "tanh": 4}
    behind = {"sigmoid": 14, "elu": 111}
    b = flatbuffers.Builder(1024)

    def vector(offsets):
        b.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            b.PrependUOffsetTRelative(offset)
        return b.EndVector()

    def ints(values):
        b.StartVector(4, len(values), 4)
        for value in reversed(values):
            b.PrependInt32(value)
        return b.EndVector()

    def table(fields, count):
        b.StartObject(count)
        for slot, kind, value in fields:
            {
                "table": b.PrependUOffsetTRelativeSlot,
                "int": b.PrependInt32Slot,
                "uint": b.PrependUint32Slot,
                "byte": b.PrependInt8Slot,
            }[kind](slot, value, 0)
        return b.EndObject()

    buffers, tensors, operators = [table([], 1)], [], []
    codes = [9, 14, 111]

    def tensor(shape, data=None):
        index = 0
        if data is not None:
            content = b.CreateByteVector(data.astype("<f4").tobytes())
            index = len(buffers)
            buffers.append(table([(0, "table", content)], 1))
        extents = ints(shape)
        tensors.append(table([(0, "table", extents), (1, "byte", weight_type if data is not None else 0), (2, "uint", index)], 4))
        return len(tensors) - 1

    def operator(code, inputs, outputs, options=None):
        fields = [(0, "uint", codes.index(code)), (1, "table", ints(inputs)), (2, "table", ints(outputs))]
        if options is not None:
            fields += [(3, "byte", 8), (4, "table", options)]
        operators.append(table(fields, 5))

    first = current = tensor([1, layers[0][0].shape[0]])
    for kernel, bias, activation in layers:
        w = tensor([kernel.shape[1], kernel.shape[0]], kernel.T)
        extra = [tensor([kernel.shape[1]], bias)] if bias is not None else [-1]
        out = tensor([1, kernel.shape[1]])
        operator(9, [current, w, *extra], [out], table([(0, "byte", fused.get(activation, 0))], 4))
        current = out
        if activation in behind:
            out = tensor([1, kernel.shape[1]])
            operator(behind[activation], [current], [out])
            current = out
    graph = table([(0, "table", vector(tensors)), (1, "table", ints([first])), (2, "table", ints([current])), (3, "table", vector(operators))], 5)
    operator_codes = vector([table([(0, "byte", code), (3, "int", code)], 4) for code in codes])
    subgraphs = vector([graph])
    all_buffers = vector(buffers)
    b.Finish(table([(0, "uint", 3), (1, "table", operator_codes), (2, "table", subgraphs), (4, "table", all_buffers)], 8), b"TFL3")
    (folder / name).write_bytes(bytes(b.Output()))


mixed = [(*weights(4, 3), "relu"), (rng.normal(0, 1, (3, 2)).astype("f4"), None, "tanh"), (*weights(2, 3), "elu"), (*weights(3, 4), "sigmoid")]
tflite("dense.tflite", mixed)
network("dense.tflite", [(k, np.zeros(k.shape[1]) if b is None else b, a) for k, b, a in mixed])
tflite("refused_int8.tflite", mixed[:1], weight_type=9)
data = (folder / "dense.tflite").read_bytes()
lines = ",\n  ".join(", ".join(f"0x{byte:02x}" for byte in data[i : i + 12]) for i in range(0, len(data), 12))
(folder / "dense.h").write_text(f"unsigned int dense_len = {len(data)};\nconst unsigned char dense[{len(data)}] = {{\n  {lines}\n}};\n")

buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w") as archive:
    for name in ("config.json", "metadata.json", "model.weights.h5"):
        archive.writestr(zipfile.ZipInfo(name), b"{}")
(folder / "refused.keras").write_bytes(buffer.getvalue())

(root / "test" / "expectations" / "import.json").write_text(json.dumps(expected) + "\n")
print(sum(path.stat().st_size for path in folder.iterdir()), "bytes")
