#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real microdata, person by person: the extract of the Censo 2020 for four municipalities of Zacatecas, whose codes
have lost their zeros and whose ids have more digits than a number holds. Children and risks of each municipality
are reckoned again by Python; the file cut in two between any two dwellings makes, merged, the cube of the whole.

    zacatecas.py PROGRAM SOURCE SCRATCH      real data: below $MIRTI_REAL_DATA
"""
import collections
import json
import math
import os
import pathlib
import random
import shutil
import sys

import results

program, source, scratch = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
data = pathlib.Path(os.environ.get("MIRTI_REAL_DATA") or results.skip("MIRTI_REAL_DATA is not set"))
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
findings = results.Findings()
check = findings.check
project = source / "examples/zacatecas-2020-persons/mirti.yaml"
persons = data / "census/censo2020_personas_zacatecas.csv"

results.run(program, "run", project, "--data", data, "--output", scratch / "run", "--quiet")
rows = results.check_results(findings, scratch / "run", "municipality")
results.check_support(findings, scratch / "run", ["municipality"])
check(sorted(r["code"] for r in rows) == ["32055", "32056", "32057", "32058"], "codes have their zeros again")
check({r["name"] for r in rows} == {"Villanueva", "Zacatecas", "Trancoso", "Santa María de la Paz"}, "names of the boundaries")

# ------------------------------------------------------------------------------- the same by Python --
people = results.read_table(persons)[1]
residents = collections.Counter(p["id_viv"] for p in people)
b = {c["name"]: c["estimate"] for c in json.loads((scratch / "run/model.json").read_text(encoding="utf-8"))["coefficients"]}
weight, working = collections.defaultdict(list), collections.defaultdict(list)
used = 0
for p in people:
    age = int(p["edad"])
    if not 12 <= age <= 17:
        continue
    used += 1
    old, man = age >= 15, p["sexo"] == "1"
    eta = math.fsum([
        b["(intercept)"], b["age[15-17]"] * old, b["sex[man]"] * man, b["age[15-17]:sex[man]"] * (old and man),
        b["not_attending"] * (p["asisten"] == "3"), b["indigenous"] * (p["hlengua"] == "1"),
        b["rural"] * (p["tamloc"] == "1"), b["residents"] * residents[p["id_viv"]]])
    code = p["ent"].zfill(2) + p["mun"].zfill(3)
    weight[code].append(float(p["factor"]))
    working[code].append(float(p["factor"]) / (1 + math.exp(-eta)))
for r in rows:
    children, risk = math.fsum(weight[r["code"]]), math.fsum(working[r["code"]]) / math.fsum(weight[r["code"]])
    check(float(r["children"]) == children, f"{r['code']}: {children} adolescents, in whole numbers; {r['children']}")
    # Sums of some hundred products in another order.
    check(abs(float(r["risk"]) - risk) < 1e-12, f"{r['code']}: a risk of {risk}; {r['risk']}")
    check(float(r["risk_se"]) > 0, f"{r['code']}: with its error")

layer = json.loads((scratch / "run/run.json").read_text(encoding="utf-8"))["layers"][0]
counts = layer["rows"]
check((counts["read"], counts["used"], counts["outside"], counts["dropped"]) == (len(people), used, len(people) - used, 0),
      f"every row is accounted for: {counts}")
check([n["rows"] for n in counts["notes"]] == [len(people)], f"every code of a municipality was repaired, and that is said: {counts['notes']}")

# ---------------------------------------------------------------------------------- parts and whole --
results.run(program, "cube", project, "--data", data, "--output", scratch / "whole.cube", "--quiet")
whole = (scratch / "whole.cube").read_bytes()
lines = persons.read_bytes().splitlines(keepends=True)
borders = [i + 1 for i in range(1, len(people)) if people[i]["id_viv"] != people[i - 1]["id_viv"]]  # line 0 is the header
random.seed(1921)
for border in random.sample(borders, 4) + [borders[0], borders[-1]]:
    folder = scratch / f"cut-{border}"
    for name, part in (("a", lines[:border]), ("b", lines[:1] + lines[border:])):
        (folder / name / "census").mkdir(parents=True)
        (folder / name / "census" / persons.name).write_bytes(b"".join(part))
        for other in ("survey", "boundaries"):
            os.symlink(data / other, folder / name / other)
        results.run(program, "cube", project, "--data", folder / name, "--output", folder / f"{name}.cube", "--quiet")
    for order in ("ab", "ba"):
        results.run(program, "merge", *[folder / f"{n}.cube" for n in order], "--output", folder / f"{order}.cube", "--quiet")
        check((folder / f"{order}.cube").read_bytes() == whole, f"cut before line {border + 1}, merged {order}: the cube of the whole")

# A run from the cube gives what the run from the persons gave.
(scratch / "from-cube").mkdir()
text = project.read_text(encoding="utf-8").replace("model: ../..", f"model: {source.resolve()}").replace(
    "census/censo2020_personas_zacatecas.csv", str((scratch / "whole.cube").resolve()))
(scratch / "from-cube/mirti.yaml").write_text(text, encoding="utf-8")
results.run(program, "run", scratch / "from-cube/mirti.yaml", "--data", data, "--output", scratch / "from-cube/out", "--quiet")
for name in ("municipality.csv", "support.csv", "model.json"):
    check((scratch / "from-cube/out" / name).read_bytes() == (scratch / "run" / name).read_bytes(), f"{name} from the cube")
findings.finish()
