#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The municipalities of Mexico, learned from the direct estimates of ENIGH 2016 by municipality and the
census of 2020: which estimates are used, and what becomes of them.

    area_model_mexico.py PROGRAM SOURCE SCRATCH      real data: below $MIRTI_REAL_DATA
"""
import collections
import json
import os
import pathlib
import shutil
import sys

import results

program, source, scratch = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
data = os.environ.get("MIRTI_REAL_DATA") or results.skip("MIRTI_REAL_DATA is not set")
shutil.rmtree(scratch, ignore_errors=True)
project = source / "examples/mexico-2020-areas/mirti.yaml"
one, two = scratch / "one", scratch / "two"
results.run(program, "run", project, "--data", data, "--output", one, "--threads", 1)
results.run(program, "run", project, "--data", data, "--output", two, "--threads", 2)

findings = results.Findings()
check = findings.check
different = results.same_files(one, two)
check(not different, f"one thread and two threads give the same bytes; not so: {different}")
rows = results.check_results(findings, one, "municipality")
check(len(rows) == 2469 and all(r["risk"] for r in rows), "2,469 municipalities have a risk")

# What the survey says of each, counted here.
children = collections.defaultdict(list)
for r in results.read_table(pathlib.Path(data, "survey/enigh2016_adolescentes_12_17.csv"))[1]:
    children[r["ubica_geo"][:5]].append((float(r["factor"]), float(r["trabaja"])))
rate = {code: sum(w * y for w, y in c) / sum(w for w, _ in c) for code, c in children.items()}
enough = {code for code, c in children.items() if len(c) >= 15}
method = {r["code"]: r["method"] for r in rows}
check({code for code, m in method.items() if m == "eb"} == enough & set(method),
      "those with 15 rows and more are learned from, and no others")

model = json.loads((one / "model.json").read_text(encoding="utf-8"))
direct = {d["code"]: d for d in model["direct_estimates"]}
check(set(direct) == set(rate) & set(method), "every municipality of the survey has its direct estimate in model.json")
check(all(abs(d["estimate"] - rate[code]) < 1e-12 for code, d in direct.items()), "which is the weighted rate")
check(all(d["rows"] == len(children[code]) for code, d in direct.items()), "with its rows")
check(all((d["weight"] > 0) == (code in enough) for code, d in direct.items()), "and a weight where it is used")

risk = {r["code"]: float(r["risk"]) for r in rows}
for code in enough & set(method):
    if direct[code]["weight"] > 0.9:
        check(abs(risk[code] - rate[code]) < 0.03, f"a large sample speaks for itself: {code}")
whole = sum(float(r["at_risk"]) for r in rows) / sum(float(r["children"]) for r in rows)
survey = sum(w * y for c in children.values() for w, y in c) / sum(w for c in children.values() for w, _ in c)
print(f"{len(enough & set(method))} of {len(direct)} direct estimates used; of all children {whole:.1%}, in the survey {survey:.1%}")
# The census is four years younger and the means are of other children: points, not digits.
check(abs(whole - survey) < 0.03, "together they are about what the survey says of the country")
manifest = json.loads((one / "run.json").read_text(encoding="utf-8"))["area_model"]
check(manifest["used"] == len(enough & set(method)), "run.json says how many")
findings.finish()
