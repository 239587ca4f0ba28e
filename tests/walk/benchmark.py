#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarking on the real walk: municipalities agree with the survey's direct estimate of their state,
localities with their municipality, and it is written down.

    benchmark.py PROGRAM SOURCE SCRATCH      real data: below $MIRTI_REAL_DATA
"""
import collections
import json
import os
import pathlib
import shutil
import sys

import results

program, source, scratch = sys.argv[1:4]
data = os.environ.get("MIRTI_REAL_DATA") or results.skip("MIRTI_REAL_DATA is not set")
shutil.rmtree(scratch, ignore_errors=True)
os.makedirs(scratch)
findings = results.Findings()
check = findings.check


def run(example):
    """The example with benchmarking on; its folder of results."""
    here = pathlib.Path(source, "examples", example)
    text = (here / "mirti.yaml").read_text(encoding="utf-8")
    text = text.replace("model: ../../", f"model: {os.path.relpath(source, scratch)}/")
    text = "\n".join(line for line in text.split("\n") if not line.startswith("benchmark:"))
    project = pathlib.Path(scratch, f"{example}.yaml")
    project.write_text(text + "\nbenchmark: true\nbenchmark_cv: 0.10\n", encoding="utf-8")
    out = pathlib.Path(scratch, example)
    results.run(program, "run", project, "--data", data, "--output", out)
    return out


def rows_of(path):
    return [r for r in results.read_table(path)[1] if r["risk"]]


def rates(rows):
    """Risk of all children of each parent area."""
    total, at_risk = collections.Counter(), collections.Counter()
    for r in rows:
        total[r["parent_code"]] += float(r["children"])
        at_risk[r["parent_code"]] += float(r["children"]) * float(r["risk"])
    return {code: at_risk[code] / total[code] for code in total}, total


# Risks are written with all their digits, so what is left is the rounding of sums.
close = 1e-9
mexico = run("mexico-2020")
rows = rows_of(mexico / "municipality.csv")
layer = json.loads((mexico / "run.json").read_text(encoding="utf-8"))["layers"][0]
benchmark = layer["benchmark"]
found, children = rates(rows)
own = {s["code"]: s["rate"] for s in benchmark["shifts"] if s["code"] != "other"}
rest = [s for s in benchmark["shifts"] if s["code"] == "other"]
check(benchmark["to"] == "survey", "municipalities are benchmarked to the survey")
check(len(own) + benchmark["pooled"] == 32, "every state has its own estimate or is pooled")
check(5 <= len(own) <= 31 and len(rest) == 1, f"at 10 % some states are pooled; {len(own)} are not")
off = {c: found[c] - r for c, r in own.items() if abs(found[c] - r) > close}
check(not off, f"states with their own estimate agree with it; not so: {off}")
pooled = [c for c in found if c not in own]
together = sum(found[c] * children[c] for c in pooled) / sum(children[c] for c in pooled)
check(abs(together - rest[0]["rate"]) < close, "the others agree with theirs together")
check(all(s["rate_se"] <= 0.10 * s["rate"] for s in benchmark["shifts"]),
      "no estimate is less precise than the project allows")
check(all(0 < float(r["risk_lo"]) <= float(r["risk"]) <= float(r["risk_hi"]) < 1 for r in rows),
      "probabilities stay between 0 and 1")

yucatan = run("yucatan-2020")
municipality = {r["code"]: float(r["risk"]) for r in rows_of(yucatan / "municipality.csv")}
found, _ = rates(rows_of(yucatan / "locality.csv"))
off = {c: r - municipality[c] for c, r in found.items() if abs(r - municipality[c]) > close}
check(len(found) > 100 and not off, f"localities agree with their municipality; not so: {off}")
layers = json.loads((yucatan / "run.json").read_text(encoding="utf-8"))["layers"]
check([x["benchmark"]["to"] for x in layers] == ["survey", "parent"], "and it is written down")

findings.finish()
