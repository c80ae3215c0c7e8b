"""The work of `edge-anomaly score` in pandas: read_csv in chunks, the same Mahalanobis distance and shares, to_csv of the same columns.

usage: cli_pandas.py MODEL.json INPUT.csv OUT.csv; MODEL.json holds what the terminal learned. Prints the seconds of wall and of CPU time that it took.
"""
import json
import sys
import time

import numpy as np
import pandas as pd

model = json.load(open(sys.argv[1]))
channels = model["channels"]
scale_center, scale = np.array(model["scaler"]["center"]), np.array(model["scaler"]["scale"])
center, deviation = np.array(model["center"]), np.array(model["deviation"])
p = len(channels)
whitening = np.zeros((p, p))
whitening[np.triu_indices(p)] = model["whitening"]
whitening = whitening + np.triu(whitening, 1).T
calibration = np.sort(np.array(model["scores"]))
threshold = model["threshold"]

begin, cpu = time.perf_counter(), time.process_time()
row = 0
with open(sys.argv[3], "w") as out:
    for chunk in pd.read_csv(sys.argv[2], chunksize=100_000):
        x = chunk[channels].to_numpy(dtype=np.float64)
        z = ((x - scale_center) / scale - center) / deviation
        squares = (z @ whitening) ** 2
        total = squares.sum(axis=1)
        score = np.sqrt(total)
        rows = np.arange(row, row + len(x))
        p_value = (1 + len(calibration) - np.searchsorted(calibration, score, side="left")) / (len(calibration) + 1)
        anomaly = score > threshold
        table = {
            "start": rows,
            "end": rows,
            "group": "",
            "score": score,
            "threshold": threshold,
            "is_anomaly": anomaly.astype(np.int8),
            "p_value": p_value.round(9),
            "reason": np.where(anomaly, "ANOMALY", "NORMAL"),
        }
        shares = squares / total[:, None]
        table |= {f"share.{name}": shares[:, i].round(6) for i, name in enumerate(channels)}
        pd.DataFrame(table).to_csv(out, index=False, header=row == 0)
        row += len(x)
print(time.perf_counter() - begin, time.process_time() - cpu)
