#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the plug-in's bias the spread within cells removes, by size of area, on simulated countries
whose true risks are known. The truth is the model family itself (no effect of the municipality), so
that what is seen is the bias of working with shares; what is left of the error of the fit averages
out over several countries.

    spread.py PROGRAM SCRATCH [COUNTRIES]
"""
import collections
import os
import pathlib
import shutil
import sys

import results

program, scratch = sys.argv[1:3]
countries = int(sys.argv[3]) if len(sys.argv) > 3 else 4
shutil.rmtree(scratch, ignore_errors=True)
os.makedirs(scratch)
SIZES = ((20, "under 20"), (100, "20 to 99"), (500, "100 to 499"), (float("inf"), "500 and more"))
KINDS = ("municipality", "locality")


def size_of(children):
    return next(name for limit, name in SIZES if children < limit)


# children-weighted sums: (kind, size, with the spread?) -> [areas, children, children × error]
sums = collections.defaultdict(lambda: [0, 0.0, 0.0])
for seed in range(1, countries + 1):
    country = pathlib.Path(scratch, f"country-{seed}")
    results.run(program, "simulate", country, "--seed", seed, "--truth", "sigma_municipality=0")
    text = (country / "mirti.yaml").read_text(encoding="utf-8")
    for spread in (False, True):
        project = country / f"spread-{spread}.yaml"
        project.write_text(text + f"\ndispersion: {str(spread).lower()}\n", encoding="utf-8")
        out = pathlib.Path(scratch, f"results-{seed}-{spread}")
        results.run(program, "run", project, "--output", out)
        for kind in KINDS:
            truth = {r["code"]: float(r["risk_6_17"] or "nan")
                     for r in results.read_table(country / "truth" / f"{kind}.csv")[1]}
            for row in results.read_table(out / f"{kind}.csv")[1]:
                if row["risk"]:
                    cell = sums[kind, size_of(float(row["children"])), spread]
                    cell[0] += 1
                    cell[1] += float(row["children"])
                    cell[2] += float(row["children"]) * (float(row["risk"]) - truth[row["code"]])

findings = results.Findings()
print("| areas | children in it | number | bias of the plug-in | with the spread | removed |")
print("|---|---|---|---|---|---|")
for kind in KINDS:
    for _, size in SIZES:
        number, children, plug_in = sums[kind, size, False]
        if number < 100:
            continue
        plug_in, spread = 100 * plug_in / children, 100 * sums[kind, size, True][2] / children
        print(f"| {kind} | {size} | {number} | {plug_in:+.2f} points | {spread:+.2f} points | {100 * (1 - spread / plug_in):.0f} % |")
        findings.check(plug_in < -0.3, f"{kind}, {size}: shares plugged in are biased downwards; {plug_in:+.2f}")
        findings.check(abs(spread) < abs(plug_in) / 2,
                       f"{kind}, {size}: the spread removes most of it; {plug_in:+.2f} becomes {spread:+.2f}")
findings.finish()
