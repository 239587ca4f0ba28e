#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Localities from INEGI's original file: every locality once, with its reason where it has no result, as a
polygon or as a point; and the sentence that an official quotes, reckoned again from the CSVs.

    yucatan.py PROGRAM SOURCE SCRATCH      real data: below $MIRTI_REAL_DATA
"""
import collections
import json
import math
import os
import pathlib
import shutil
import struct
import sys

import results

program, source, scratch = sys.argv[1:4]
data = os.environ.get("MIRTI_REAL_DATA") or results.skip("MIRTI_REAL_DATA is not set")
shutil.rmtree(scratch, ignore_errors=True)
project = pathlib.Path(source, "examples/yucatan-2020/mirti.yaml")
results.run(program, "run", project, "--data", data, "--output", scratch)
findings = results.Findings()
check = findings.check

municipalities = results.check_results(findings, scratch, "municipality")
localities = results.check_results(findings, scratch, "locality")
check(len(municipalities) == 106, f"106 municipalities; there are {len(municipalities)}")
check(len(localities) == 2434, f"2,434 localities; there are {len(localities)}")
quality = collections.Counter(r["quality"] for r in localities)
check(quality["missing: suppressed"] == 1604, f"1,604 suppressed; there are {quality['missing: suppressed']}")

layer, _, _ = results.read_layer(pathlib.Path(scratch, "areas.gpkg"), "locality")
check(len({r["code"] for r in layer}) == len(layer), "each locality stands once in the layer")


def kind_and_middle(blob):
    """Type of a GeoPackage geometry (1 point, 3 polygon, 6 multipolygon) and, of a point, where it is."""
    envelope = (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7]
    order = "<" if blob[8 + envelope] else ">"
    kind = struct.unpack_from(order + "I", blob, 9 + envelope)[0] % 1000
    return kind, struct.unpack_from(order + "dd", blob, 13 + envelope) if kind == 1 else None


kinds = collections.Counter(kind_and_middle(r["geom"])[0] for r in layer)
check(kinds[3] + kinds[6] == 656, f"656 polygons; there are {kinds[3] + kinds[6]}")
check(kinds[1] == 2434 - 651, f"the other localities are points; there are {kinds[1]}")
known = {r["code"]: kind_and_middle(r["geom"])[1] for r in layer}
x, y = known["310010065"]  # in the file: 89°43'01.615" W, 20°42'28.660" N
check(abs(x + (89 + 43 / 60 + 1.615 / 3600)) < 1e-9 and abs(y - (20 + 42 / 60 + 28.66 / 3600)) < 1e-9,
      f"a point stands where its degrees, minutes and seconds say; {x}, {y}")

# So many localities with information, so many at high risk, holding so many children.
for code in ("31019", "31050", "31102"):
    inside = [r for r in localities if r["parent_code"] == code]
    scored = [r for r in inside if r["risk"]]
    high = [r for r in scored if r["level"] == "alto"]
    told = json.loads(results.run(program, "explain", project, code, "--data", data, "--json").stdout)["inside"]
    check(told["areas"] == len(inside) and told["with_information"] == len(scored), f"{code}: localities with information")
    check(told["at_high_risk"] == len(high), f"{code}: localities at high risk")
    check(math.isclose(told["children_at_high_risk"], sum(float(r["children"]) for r in high), abs_tol=1e-6),
          f"{code}: children in them")
findings.finish()
