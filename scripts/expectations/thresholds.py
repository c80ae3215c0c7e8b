"""Expectations of test/core/thresholds: scipy's beta, binomial and generalized Pareto distributions, numpy's quantile.

Run: python3 scripts/expectations/thresholds.py  (writes test/expectations/thresholds.json)
"""
import json
from math import log
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.optimize import minimize

rng = np.random.default_rng(20240517)


def beta_cases():
    cases = []
    for n in (5, 30, 99, 230, 1000, 20000, 1200000):
        for alpha in (1e-6, 1e-4, 0.001, 0.01, 0.05, 0.3):
            for k in sorted({1, n // 2, max(1, int(n * (1 - alpha))), n - 1, n}):
                a, b = n + 1 - k, k
                cases.append([alpha, a, b, float(stats.beta.cdf(alpha, a, b)), float(stats.beta.sf(alpha, a, b))])
    return cases


def binomial_cases():
    return [[m, n, p, float(stats.binom.cdf(m, n, p))] for n in (10, 150, 5000) for p in (0.01, 0.2, 0.9)
            for m in sorted({0, int(n * p), int(n * p) + 3, n - 1})]


def pac_ranks():
    """Smallest k with P(Beta(n + 1 - k, k) > alpha) <= delta, by trying all k."""
    cases = []
    for n in (29, 59, 99, 230, 299, 1000, 5000):
        for alpha in (0.05, 0.01):
            for delta in (0.1, 0.05):
                k = np.arange(1, n + 1)
                fits = k[stats.beta.sf(alpha, n + 1 - k, k) <= delta]
                cases.append([n, alpha, delta, int(fits[0]) if len(fits) else None])
    return cases


def samples():
    return {
        'chi': stats.chi(6).rvs(99, random_state=rng).tolist(),
        'lognormal': stats.lognorm(0.5).rvs(400, random_state=rng).tolist(),
        'ties': [1.0] * 5 + [2.0] * 5 + [3.5],
    }


def quantiles(data):
    return [[name, alpha, float(np.quantile(values, 1 - alpha)), float(np.mean(values) + 3 * np.std(values))]
            for name, values in data.items() for alpha in (0.5, 0.1, 0.03, 0.01, 0.001)]


def zhang_stephens(y):
    """The estimator as in the paper (Technometrics 51, 316-325), vectorised."""
    y = np.sort(y)
    n = len(y)
    m = 30 + int(np.sqrt(n))
    j = np.arange(1, m + 1) - 0.5
    b = 1 / y[-1] + (1 - np.sqrt(m / j)) / (3 * y[int(n / 4 + 0.5) - 1])
    shape = np.mean(np.log1p(-b[:, None] * y), axis=1)
    loglik = n * (np.log(-b / shape) - shape - 1)
    weights = 1 / np.exp(loglik - loglik[:, None]).sum(axis=1)
    b = (b * weights).sum() / weights.sum()
    shape = np.mean(np.log1p(-b * y))
    return float(shape), float(-shape / b)


def maximum_likelihood(y):
    start = zhang_stephens(y)
    f = lambda p: -stats.genpareto.logpdf(y, p[0], 0, np.exp(p[1])).sum()
    best = minimize(f, [start[0], log(start[1])], method='Nelder-Mead', options={'xatol': 1e-10, 'fatol': 1e-12, 'maxiter': 10000})
    return float(best.x[0]), float(np.exp(best.x[1])), float(-best.fun)


def pareto_fits():
    cases = []
    for shape, count in ((-0.3, 30), (-0.1, 200), (0.0, 20), (0.2, 60), (0.5, 400)):
        y = np.sort(stats.genpareto.rvs(shape, scale=2.0, size=count, random_state=rng))
        xi, sigma = zhang_stephens(y)
        ml = maximum_likelihood(y)
        cases.append({
            'true': [shape, 2.0],
            'excesses': y.tolist(),
            'count': count,
            'shape': xi, 'scale': sigma,
            'ml': ml,
            'loglik': float(stats.genpareto.logpdf(y, xi, 0, sigma).sum()),
        })
    return cases


def pareto_quantiles():
    return [[shape, 2.0, tail, float(stats.genpareto.isf(tail, shape, 0, 2.0))]
            for shape in (-0.4, -1e-14, 0.0, 0.1, 0.6) for tail in (0.9, 0.2, 0.01, 1e-5)]


data = samples()
out = {
    'beta': beta_cases(),
    'binomial': binomial_cases(),
    'pacRanks': pac_ranks(),
    'samples': data,
    'quantiles': quantiles(data),
    'paretoFits': pareto_fits(),
    'paretoQuantiles': pareto_quantiles(),
}
target = Path(__file__).resolve().parents[2] / 'test' / 'expectations' / 'thresholds.json'
target.write_text(json.dumps(out, separators=(',', ':')) + '\n')
print(target, target.stat().st_size, 'bytes')
