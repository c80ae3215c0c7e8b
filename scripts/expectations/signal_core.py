#!/usr/bin/env python3
"""Writes test/expectations/signal_core.json: what numpy, scipy and scikit-learn say of fixed inputs, for the tests of the signal core.

usage: python3 scripts/expectations/signal_core.py
"""
import json
import os

import numpy as np
import scipy
import sklearn
from scipy import signal, stats
from sklearn.covariance import EmpiricalCovariance, LedoitWolf
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

rng = np.random.default_rng(20240229)


def tidy(a, digits=5):
    """Numbers that a Float32 holds exactly, so that what is stored as one is the very input of both sides."""
    return np.round(np.asarray(a, dtype=float), digits).astype(np.float32).astype(float)


def windows():
    def case(n, rate, channels):
        t = np.arange(n) / rate
        cols = [
            0.3 * np.sin(2 * np.pi * 12.3 * t + 0.4) + 0.05 * rng.normal(size=n) - 0.012,
            0.1 * np.sin(2 * np.pi * 33.1 * t) ** 3 + 0.02 * rng.standard_t(3, size=n) + 0.2047,
            0.04 * rng.normal(size=n) + 0.98,
        ]
        return tidy(np.stack(cols[: len(channels)], axis=1)), rate, channels

    out = []
    for n, rate, channels, bands in [
        (100, 200, ["ax", "ay", "az"], 8),
        (200, 200, ["ax", "ay", "az"], 8),
        (128, 1000, ["ax", "ay"], 5),
        (37, 90.5, ["v"], 3),
        (97, 200, ["ax", "ay", "az"], [0.5, 10, 30.25, 99]),
    ]:
        data, rate, channels = case(n, rate, channels)
        for mean_removed in (True, False):
            out.append(
                {
                    "rows": n,
                    "rate": rate,
                    "channels": channels,
                    "bands": bands,
                    "removeMean": mean_removed,
                    "data": data.ravel().tolist(),
                    "expected": features(data, rate, channels, bands, mean_removed),
                }
            )
    return out


def features(data, rate, channels, bands, mean_removed):
    n = len(data)
    out = {}
    for c, name in enumerate(channels):
        raw = data[:, c]
        x = raw - raw.mean() if mean_removed else raw
        resolution = 1e-6 * np.abs(raw).max()
        rms = np.sqrt(np.mean(x * x))
        f, power = signal.periodogram(x, rate, window="hann", detrend=False, scaling="density")
        power = power * rate / n
        if isinstance(bands, int):
            edges = np.linspace(0, rate / 2, bands + 1)
        else:
            edges = np.array(bands)
        put = lambda end, value: out.__setitem__(f"{name}.{end}", float(value))
        put("log_rms", np.log(max(rms, resolution / np.sqrt(12))))
        put("mad", stats.median_abs_deviation(x, scale=1 / 1.4826))
        put("skewness", stats.skew(x))
        put("kurtosis", stats.kurtosis(x))
        put("crest", np.abs(x).max() / rms)
        put("rms", rms)
        put("std", raw.std())
        put("peak", np.abs(x).max())
        put("peak_to_peak", np.ptp(raw))
        put("mean", raw.mean())
        put("median", np.median(raw))
        line, amplitude = dominant(power, n)
        put("dominant_frequency", line * rate / n)
        put("dominant_amplitude", amplitude)
        put("spectral_centroid", np.sum(f[1:] * power[1:]) / np.sum(power[1:]))
        for b in range(len(edges) - 1):
            last = b == len(edges) - 2
            inside = (f > 0) & (f >= edges[b] - 1e-9) & ((f <= edges[b + 1] + 1e-9) if last else (f < edges[b + 1] - 1e-9))
            put(f"band{b + 1}", np.log(power[inside].sum()))
        for lag in range(5):
            put(f"lag{lag + 1}", raw[n - 1 - lag])
        for lag in range(4):
            put(f"diff{lag + 1}", raw[n - 1 - lag] - raw[n - 2 - lag])
    for i in range(len(channels)):
        for j in range(i + 1, len(channels)):
            out[f"corr.{channels[i]}.{channels[j]}"] = float(np.corrcoef(data[:, i], data[:, j])[0, 1])
    return out


def dominant(power, n):
    """Line and amplitude of the strongest sine, interpolated for a Hann window (Grandke 1983)."""
    last = len(power) - 1
    # Amplitude of a sine on each line: a Hann window has sum(w^2) = 3n/8 and sum(w)^2 = n^2/4; the last line of an even n counts once.
    single = np.where((np.arange(last + 1) == 0) | (2 * np.arange(last + 1) == n), 1, 2)
    magnitude = np.sqrt(power / single)
    top = 1 + int(np.argmax(power[1:]))
    side = -1 if top == last or (top > 1 and power[top - 1] >= power[top + 1]) else 1
    ratio = magnitude[top + side] / magnitude[top]
    delta = np.clip((2 * ratio - 1) / (ratio + 1), 0, 0.5)
    lobe = (1 - delta**2) / np.sinc(delta)
    return top + side * delta, np.sqrt(1.5 * power[top] * single[top]) * lobe


def fourier():
    out = []
    for n in (1, 2, 3, 5, 7, 12, 35, 64, 62, 67, 100, 121, 134):
        z = tidy(rng.normal(size=n), 3) + 1j * tidy(rng.normal(size=n), 3)
        f = np.fft.fft(z)
        out.append({"re": z.real.tolist(), "im": z.imag.tolist(), "fftRe": f.real.tolist(), "fftIm": f.imag.tolist()})
    return out


def resampling():
    out = []
    irregular = tidy(np.cumsum(rng.uniform(1, 40, size=60)), 2)
    for times, rate in [(irregular, 50), (irregular, 13.7), (np.arange(60) * 5.0, 100), (np.arange(60) * 5.0, 271.3)]:
        values = tidy(rng.normal(size=(len(times), 2)), 4)
        span = times[-1] - times[0]
        grid = times[0] + np.arange(int(np.floor(span * rate / 1000 + 1e-9)) + 1) * (1000 / rate)
        got = np.stack([np.interp(grid, times, values[:, c]) for c in range(2)], axis=1)
        out.append({"times": times.tolist(), "rate": rate, "data": values.ravel().tolist(), "expected": got.ravel().tolist()})
    return out


def scalers():
    data = tidy(rng.normal(size=(40, 4)) * [1, 100, 1e-3, 0] + [0, 1e4, 5, 3.25], 6)
    probe = tidy(rng.normal(size=(5, 4)) * [3, 300, 3e-3, 1] + [0, 1e4, 5, 3.25], 6)
    made = {
        "standard": (StandardScaler(), {"method": "standard"}),
        "minmax": (MinMaxScaler(), {"method": "minmax"}),
        "minmax range": (MinMaxScaler(feature_range=(-1, 2)), {"method": "minmax", "range": [-1, 2]}),
        "minmax clip": (MinMaxScaler(clip=True), {"method": "minmax", "clip": True}),
        "robust": (RobustScaler(), {"method": "robust"}),
    }
    constant = 3

    def expected(scaler, options):
        made = scaler.fit(data).transform(probe)
        # A constant column is divided by 0.1 % of its value here; scikit-learn divides it by 1.
        level = data[0, constant]
        shares = (probe[:, constant] - level) / (1e-3 * abs(level))
        low, high = options.get("range", (0, 1))
        if options["method"] == "minmax":
            shares = low + (high - low) * shares
            if options.get("clip"):
                shares = np.clip(shares, low, high)
        made[:, constant] = shares
        return made.ravel().tolist()

    return {
        "columns": 4,
        "constant": constant,
        "data": data.ravel().tolist(),
        "probe": probe.ravel().tolist(),
        "cases": [
            {"name": name, "options": options, "expected": expected(scaler, options)}
            for name, (scaler, options) in made.items()
        ],
    }


def covariance():
    p, n = 6, 80
    mix = rng.normal(size=(p, p))
    data = tidy(rng.normal(size=(n, p)) @ mix + rng.normal(size=p) * 3)
    probe = tidy(rng.normal(size=(10, p)) @ mix * 1.5 + rng.normal(size=p))
    few = data[:30]
    out = {"columns": p, "data": data.ravel().tolist(), "probe": probe.ravel().tolist(), "cases": []}
    for name, rows in (("80 rows", data), ("30 rows", few)):
        for method, estimator in (("ledoit-wolf", LedoitWolf()), ("empirical", EmpiricalCovariance())):
            estimator.fit(rows)
            out["cases"].append(
                {
                    "name": name,
                    "rows": len(rows),
                    "method": method,
                    "shrinkage": float(getattr(estimator, "shrinkage_", 0.0)),
                    "covariance": estimator.covariance_.ravel().tolist(),
                    "distances": np.sqrt(estimator.mahalanobis(probe)).tolist(),
                    "contributions": zca_cor(estimator, probe).ravel().tolist(),
                }
            )
    return out


def zca_cor(estimator, probe):
    """Shares of the columns: squares of ZCA-cor whitened deviations (Kessy, Lewin, Strimmer 2018)."""
    scale = np.sqrt(np.diag(estimator.covariance_))
    correlation = estimator.covariance_ / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlation)
    whitening = vectors @ np.diag(values**-0.5) @ vectors.T @ np.diag(1 / scale)
    squares = ((probe - estimator.location_) @ whitening.T) ** 2
    return squares / squares.sum(axis=1, keepdims=True)


def robust():
    data = tidy(rng.normal(size=(51, 3)) * [1, 20, 0.03] + [50, 5, 0.8])
    probe = tidy(rng.normal(size=(6, 3)) * [4, 60, 0.3] + [50, 5, 0.8])
    median = np.median(data, axis=0)
    mad = stats.median_abs_deviation(data, axis=0, scale=1 / 1.4826)
    z = np.abs(probe - median) / mad
    return {
        "columns": 3,
        "data": data.ravel().tolist(),
        "probe": probe.ravel().tolist(),
        "max": z.max(axis=1).tolist(),
        "mean": z.mean(axis=1).tolist(),
    }


def order_statistics():
    out = []
    for n in (1, 2, 3, 10, 33, 100):
        values = tidy(rng.standard_t(2, size=n), 3)
        quantiles = [0, 0.1, 0.25, 0.5, 0.75, 0.995, 1]
        out.append(
            {
                "values": values.tolist(),
                "median": float(np.median(values)),
                "mad": float(stats.median_abs_deviation(values)),
                "quantiles": [[q, float(np.quantile(values, q))] for q in quantiles],
            }
        )
    return out


if __name__ == "__main__":
    result = {
        "made": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "windows": windows(),
        "fourier": fourier(),
        "resampling": resampling(),
        "scalers": scalers(),
        "covariance": covariance(),
        "robust": robust(),
        "orderStatistics": order_statistics(),
    }
    path = os.path.join(os.path.dirname(__file__), "..", "..", "test", "expectations", "signal_core.json")
    with open(path, "w") as f:
        json.dump(result, f, separators=(",", ":"))
        f.write("\n")
    print(os.path.getsize(path), "bytes")
