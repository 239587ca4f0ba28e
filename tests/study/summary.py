# SPDX-License-Identifier: GPL-3.0-or-later
"""From the sums of replicates to bias and coverage, each with its Monte Carlo error.

Areas of one country share the error of its coefficients and are not independent: the Monte Carlo error is
that of a ratio of sums between replicates, which are (Cochran 1977, sec. 6.4).
"""
import math


def ratio(above, below):
    """Σ above / Σ below over replicates, and its standard error (NaN of a single one)."""
    count, total = len(above), sum(below)
    value = sum(above) / total
    if count < 2:
        return value, math.nan
    spread = sum((a - value * b) ** 2 for a, b in zip(above, below))
    return value, (spread * count / (count - 1)) ** 0.5 / total


def cell_of(sums):
    """Figures of one group of areas, in percentage points; `sums` has one row a replicate."""
    number, true, error, square, held, width = zip(*sums)
    bias, bias_error = ratio(error, number)
    coverage, coverage_error = ratio(held, number)
    areas = sum(number)
    shown = {"risk": sum(true) / areas, "bias": bias, "bias_error": bias_error, "rmse": (sum(square) / areas) ** 0.5,
             "coverage": coverage, "coverage_error": coverage_error, "width": sum(width) / areas}
    return {"areas": areas, **{name: round(100 * value, 4) for name, value in shown.items()}}


def sigma_of(fitted):
    """Mean and standard deviation of the fitted σ, and in how many fits it is zero."""
    if not fitted or None in fitted:
        return None
    mean = sum(fitted) / len(fitted)
    spread = (sum((s - mean) ** 2 for s in fitted) / max(1, len(fitted) - 1)) ** 0.5
    return {"mean": round(mean, 4), "sd": round(spread, 4), "zeros": sum(s == 0 for s in fitted)}


def summarise(records):
    """What one method did in one scenario; `records` as countries.replicate makes them, one a replicate."""
    by_group = {}
    fitted = [r for r in records if r["groups"]]
    for record in fitted:
        for kind, words, *sums in record["groups"]:
            by_group.setdefault(kind, {}).setdefault(words, []).append(sums)
    return {"replicates": len(fitted), "without_fit": len(records) - len(fitted),
            "sigma": sigma_of([r["sigma"] for r in fitted]),
            "cells": {kind: {words: cell_of(sums) for words, sums in sorted(groups.items())}
                      for kind, groups in sorted(by_group.items())}}
