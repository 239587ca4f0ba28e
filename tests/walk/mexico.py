#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every municipality of Mexico from the files as INEGI publishes them: what the first walk has to show.

    mexico.py PROGRAM SOURCE SCRATCH      real data: below $MIRTI_REAL_DATA
"""
import os
import pathlib
import shutil
import sys

import results

program, source, scratch = sys.argv[1:4]
data = os.environ.get("MIRTI_REAL_DATA") or results.skip("MIRTI_REAL_DATA is not set")
shutil.rmtree(scratch, ignore_errors=True)
project = pathlib.Path(source, "examples/mexico-2020/mirti.yaml")
one, two = pathlib.Path(scratch, "one"), pathlib.Path(scratch, "two")
results.run(program, "run", project, "--data", data, "--output", one, "--threads", 1)
results.run(program, "run", project, "--data", data, "--output", two, "--threads", 2)

findings = results.Findings()
check = findings.check
different = results.same_files(one, two)
check(not different, f"one thread and two threads give the same bytes; not so: {different}")

rows = results.check_results(findings, one, "municipality")
check(len(rows) == 2469, f"2,469 municipalities; there are {len(rows)}")
check(all(r["risk"] for r in rows), "every municipality has a risk")
check(all(len(r["code"]) == 5 for r in rows), "codes have five digits")

layer, srs, _ = results.read_layer(one / "areas.gpkg", "municipality")
check(len(layer) == 2469 and all(r["geom"] for r in layer), f"2,469 polygons; there are {len(layer)}")
check({r["code"] for r in layer} == {r["code"] for r in rows}, "all of them are joined")
check(srs == "EPSG:6372", f"the CRS is that of the Marco Geoestadístico; it is {srs}")
name = {r["code"]: r["name"] for r in rows}
check(name["09010"] == "Álvaro Obregón" and name["24028"] == "San Luis Potosí",
      f"names are correct UTF-8: {name['09010']}, {name['24028']}")

mexico_state = sorted((int(r["rank"]), r["code"]) for r in rows if r["code"].startswith("15"))
place = [code for _, code in mexico_state].index("15114") + 1
check(len(mexico_state) == 125, "Estado de México has 125 municipalities")
check(place <= 8, f"Villa Victoria is among the eight highest of Estado de México; it is number {place}")

_, conapo = results.read_table(pathlib.Path(data, "reference/conapo_imm_2020.csv"))
index = {r["CVE_MUN"].zfill(5): float(r["IM_2020"]) for r in conapo}
pairs = [(float(r["risk"]), index[r["code"]]) for r in rows if r["code"] in index]
spearman = results.spearman(*zip(*pairs))
check(len(pairs) == 2469, f"CONAPO has an index for all; {len(pairs)} matched")
check(spearman < -0.8, f"the ranking goes with CONAPO's marginalisation index; Spearman {spearman:.3f}")
print(f"Villa Victoria: {place} of 125; Spearman with IM_2020: {spearman:.3f}")
findings.finish()
