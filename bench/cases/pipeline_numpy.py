"""The default features, standard scaling and Mahalanobis distance (Ledoit-Wolf) of windows, batched over all of them at once.

usage: pipeline_numpy.py SAMPLES  ( rows of 3 little-endian float32)
Scaling is learned from windows 0 to 59, the covariance from windows 60 to 119. Prints {"cpu": CPU µs per window, "features": those of
five windows from 120 on, "distances": their distances}; the features in the order of the package's own.
"""
import json
import sys
import time

import numpy as np
from scipy.linalg import solve_triangular
from scipy.signal import get_window

ROWS, HOP, BANDS = 100, 50, 8
samples = np.fromfile(sys.argv[1], dtype="<f4").reshape(-1, 3)
hann = get_window("hann", ROWS)
starts = np.maximum(1, np.ceil(np.arange(BANDS + 1) * ROWS / (2 * BANDS)).astype(int))
starts[-1] = ROWS // 2 + 1
weights = np.full(ROWS // 2 + 1, 2 / (ROWS * (hann**2).sum()))
weights[[0, -1]] /= 2


def features(windows):
    x = windows - windows.mean(axis=1, keepdims=True)
    square = x * x
    variance = square.mean(axis=1)
    rms = np.sqrt(variance)
    centre = np.median(x, axis=1, keepdims=True)
    mad = 1.4826 * np.median(np.abs(x - centre), axis=1)
    skewness = (square * x).mean(axis=1) / variance**1.5
    kurtosis = (square * square).mean(axis=1) / variance**2 - 3
    crest = np.abs(x).max(axis=1) / rms
    power = np.abs(np.fft.rfft(x * hann[None, :, None], axis=1)) ** 2 * weights[None, :, None]
    bands = np.log(np.add.reduceat(power[:, 1:], starts[:-1] - 1, axis=1))
    pairs = [(x[:, :, i] * x[:, :, j]).mean(axis=1) / (rms[:, i] * rms[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    scalars = np.stack([np.log(rms), mad, skewness, kurtosis, crest], axis=2)
    axes = np.concatenate([scalars, bands.transpose(0, 2, 1)], axis=2)
    return np.concatenate([axes.reshape(len(x), -1), np.stack(pairs, 1)], axis=1)


def ledoit_wolf(x):
    """As sklearn.covariance.LedoitWolf."""
    n, p = x.shape
    location = x.mean(axis=0)
    x = x - location
    empirical = x.T @ x / n
    mu = np.trace(empirical) / p
    beta = (((x**2).T @ (x**2)).sum() / n - (empirical**2).sum()) / (p * n)
    delta = ((empirical**2).sum() - p * mu**2) / p
    shrinkage = min(beta, delta) / delta
    return location, (1 - shrinkage) * empirical + shrinkage * mu * np.eye(p)


def windows_of(rows):
    return np.lib.stride_tricks.sliding_window_view(rows, ROWS, axis=0)[::HOP].transpose(0, 2, 1).astype(np.float64)


def run(mean, scale, location, factor):
    made = features(windows_of(samples))
    z = (made - mean) / scale - location
    return made, np.sqrt((solve_triangular(factor, z.T, lower=True, check_finite=False) ** 2).sum(axis=0))


first = features(windows_of(samples[: 120 * HOP + ROWS - HOP]))
mean, scale = first[:60].mean(axis=0), first[:60].std(axis=0)
location, covariance = ledoit_wolf((first[60:120] - mean) / scale)
learned = (mean, scale, location, np.linalg.cholesky(covariance))
made, distances = run(*learned)
times = []
for _ in range(5):
    start = time.process_time()
    run(*learned)
    times.append((time.process_time() - start) / len(distances) * 1e6)
print(json.dumps({"cpu": sorted(times)[2], "features": made[120:125].tolist(), "distances": distances[120:125].tolist()}))
