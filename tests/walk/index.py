#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of vulnerability of Mexico's municipalities, reckoned again from INEGI's file, and held against
the model's risk and CONAPO's index.

    index.py PROGRAM SOURCE SCRATCH MODEL      real data: below $MIRTI_REAL_DATA; MODEL: results of mexico-2020
"""
import json
import os
import pathlib
import shutil
import sys

import results

program, source, scratch, model = sys.argv[1:5]
data = pathlib.Path(os.environ.get("MIRTI_REAL_DATA") or results.skip("MIRTI_REAL_DATA is not set"))
shutil.rmtree(scratch, ignore_errors=True)
example = pathlib.Path(source, "examples/mexico-2020-index")
one, two = pathlib.Path(scratch, "one"), pathlib.Path(scratch, "two")
for folder, threads in (one, 1), (two, 2):
    results.run(program, "run", example / "mirti.yaml", "--data", data, "--output", folder, "--threads", threads)

findings = results.Findings()
check = findings.check
different = results.same_files(one, two)
check(not different, f"one thread and two threads give the same bytes; not so: {different}")

# What the index leaves empty, and the column it adds.
EMPTY = ("risk risk_se risk_lo risk_hi risk_cv at_risk at_risk_lo at_risk_hi level_prob rank_lo rank_hi quality").split()
names, rows = results.read_table(one / "municipality.csv")
check(names == results.COLUMNS + ["index"], f"the columns of the contract and index; there are {names}")
check(len(rows) == 2469, f"2,469 municipalities; there are {len(rows)}")
check(all(not r[c] for r in rows for c in EMPTY), "an index claims no risk, no error and no quality")
check(all(r["method"] == "index" and r["level"] for r in rows), "every municipality has an index and a level")
index = [float(r["index"]) for r in rows]
check(index == sorted(index, reverse=True) and all(0 <= i <= 100 for i in index), "sorted, 100 to 0")
check([int(r["rank"]) for r in rows] == list(range(1, 2470)), "ranks from 1 to 2,469")
layer, srs, styles = results.read_layer(one / "areas.gpkg", "municipality")
check(srs == "EPSG:6372" and styles == 1 and len(layer) == 2469, f"a map with a style; {srs}, {styles}, {len(layer)}")
drawn = {r["code"]: r for r in layer}
check(all(abs(drawn[r["code"]]["index"] - float(r["index"])) < 1e-9 and drawn[r["code"]]["level"] == r["level"]
          and drawn[r["code"]]["risk"] is None for r in rows), "layer and CSV say the same")
run = json.loads((one / "run.json").read_text(encoding="utf-8"))
check(run["index"] == "mx-vulnerability" and "survey" not in run and "confidence" not in run, "run.json is of an index")

# The same from the file itself: min-max, four dimensions that count alike.
_, iter_rows = results.read_table(data / "census/iter2020_municipios.csv")


def figure(row, name):
    return float(row[name])


INDICATORS = {
    "education": [(1, lambda r: figure(r, "P12A14NOA") / figure(r, "P_12A14")),
                  (1, lambda r: figure(r, "P15YM_AN") / figure(r, "P_15YMAS")),
                  (-1, lambda r: figure(r, "GRAPROES"))],
    "dwelling": [(1, lambda r, c=c: figure(r, c) / figure(r, "VIVPARH_CV"))
                 for c in ("VPH_PISOTI", "VPH_AGUAFV", "VPH_NODREN")],
    "communication": [(-1, lambda r, c=c: figure(r, c) / figure(r, "VIVPARH_CV")) for c in ("VPH_INTER", "VPH_CEL")],
    "protection": [(1, lambda r: figure(r, "PSINDER") / figure(r, "POBTOT")), (1, lambda r: figure(r, "PROM_HNV"))],
}
expected = [0.0] * len(iter_rows)
for dimension in INDICATORS.values():
    for sign, indicator in dimension:
        value = [sign * indicator(r) for r in iter_rows]
        low, high = min(value), max(value)
        for i, v in enumerate(value):
            expected[i] += 100 * (v - low) / (high - low) / len(dimension) / len(INDICATORS)
expected = {r["ENTIDAD"].zfill(2) + r["MUN"].zfill(3): e for r, e in zip(iter_rows, expected)}
worst = max(abs(float(r["index"]) - expected[r["code"]]) for r in rows)
check(worst < 1e-9, f"the index is that of the formula; it differs by {worst}")

# Does it agree with what a model learns from a survey, and with CONAPO's marginalisation?
_, risks = results.read_table(pathlib.Path(model, "municipality.csv"))
risk = {r["code"]: float(r["risk"]) for r in risks}
with_model = results.spearman([float(r["index"]) for r in rows], [risk[r["code"]] for r in rows])
_, conapo = results.read_table(data / "reference/conapo_imm_2020.csv")
marginalisation = {r["CVE_MUN"].zfill(5): float(r["IM_2020"]) for r in conapo}
with_conapo = results.spearman([float(r["index"]) for r in rows], [marginalisation[r["code"]] for r in rows])
print(f"Spearman's rank correlation of the index with the model's risk: {with_model:.3f}")
print(f"Spearman's rank correlation of the index with CONAPO's IM_2020: {with_conapo:.3f} (there, less is worse)")
check(with_model > 0.8, f"index and risk order municipalities much alike; Spearman {with_model:.3f}")
check(with_conapo < -0.8, f"so does CONAPO's index, the other way round; Spearman {with_conapo:.3f}")

# `mirti compare` says the same, and the README what it says.
lists = (one / "municipality.csv", pathlib.Path(model, "municipality.csv"))
told = json.loads(results.run(program, "compare", *lists, "--json").stdout)
check(told["joined"] == told["compared"] == 2469, f"compare joins all: {told['joined']}, {told['compared']}")
check(abs(told["spearman"] - with_model) < 1e-9, f"compare gives {told['spearman']}, Python {with_model}")
pearson = results.correlation([float(r["index"]) for r in rows], [risk[r["code"]] for r in rows])
check(abs(told["pearson"] - pearson) < 1e-9, f"compare gives {told['pearson']}, Python {pearson}")
level = {r["code"]: r["level"] for r in risks}
cross = [[sum(r["level"] == a and level[r["code"]] == b for r in rows) for b in told["second"]["levels"]]
         for a in told["first"]["levels"]]
check(told["first"]["levels"] == told["second"]["levels"] == ["bajo", "medio", "alto"], "levels in order")
check(told["cross"] == cross, f"the levels cross as counted: {told['cross']}, {cross}")
text = results.run(program, "compare", *lists).stdout
readme = (example / "README.md").read_text(encoding="utf-8")
check(text in readme, f"the example's README shows what compare prints now:\n{text}")

# Localities of Yucatán: suppressed ones have no index, and say why.
localities = pathlib.Path(scratch, "localities")
project = pathlib.Path(scratch, "yucatan.yaml")
project.write_text(f"""mirti-project: 1
name: yucatan
model: {os.path.relpath(pathlib.Path(source, "models/mx-vulnerability-index.yaml").resolve(), pathlib.Path(scratch).resolve())}
census: {{file: census/ITER_31CSV20.csv, source: iter-2020}}
boundaries:
  locality: {{file: boundaries/localidades_31_yucatan.gpkg}}
""", encoding="utf-8")
results.run(program, "run", project, "--data", data, "--output", localities)
_, rows = results.read_table(localities / "locality.csv")
quality = {}
for r in rows:
    quality[r["quality"]] = quality.get(r["quality"], 0) + 1
    check((r["index"] == "") == (r["quality"] != "") == (r["rank"] == "") == (r["level"] == ""),
          f"{r['code']}: an index, a level and a rank, or a reason")
check(len(rows) == 2434, f"2,434 localities; there are {len(rows)}")
check(quality.get("missing: suppressed") == 1604, f"1,604 of them suppressed; {quality}")
print("localities of Yucatán:", quality)
findings.finish()
