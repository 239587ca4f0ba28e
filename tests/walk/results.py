# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a run of mirti leaves, by other means than mirti's own: csv, json and sqlite3 of Python.

The checks here hold for every run; what is particular to one project stands in the test of that project.
"""
import csv
import json
import pathlib
import sqlite3
import subprocess
import sys

COLUMNS = (
    "code name parent_code parent_name children risk risk_se risk_lo risk_hi risk_cv at_risk at_risk_lo "
    "at_risk_hi level level_prob rank rank_lo rank_hi factor_1 factor_2 factor_3 method quality"
).split()


class Findings:
    """Collects what is wrong, so that one run shows all of it."""

    def __init__(self):
        self.found = []
        self.looked = 0

    def check(self, holds, words):
        self.looked += 1
        if not holds:
            self.found.append(words)
            print("NOT SO:", words, file=sys.stderr)

    def finish(self):
        if self.found:
            sys.exit(f"{len(self.found)} of {self.looked} statements do not hold")
        print(f"{self.looked} statements hold")
        sys.exit(0)


def skip(reason):
    print("SKIP:", reason)
    sys.exit(77)


def run(program, *arguments):
    """Runs the program; its words are shown only when it fails."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"mirti {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def number(text):
    return float(text) if text else None


def read_table(path):
    with open(path, encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        return reader.fieldnames, list(reader)


def check_support(findings, out, kinds):
    """support.csv beside run.json: every area of every layer once, shares that are shares."""
    columns, rows = read_table(out / "support.csv")
    findings.check(columns == ["layer", "code", "name", "children", "unseen", "beyond"], f"columns of support.csv: {columns}")
    findings.check(all(r["unseen"] == "" or 0 <= float(r["unseen"]) <= 1 for r in rows), "unseen is a share, or empty")
    layers = json.loads((out / "run.json").read_text(encoding="utf-8"))["layers"]
    for layer, kind in zip(layers, kinds):
        mine = [r for r in rows if r["layer"] == kind]
        ranked = {r["code"]: r["children"] for r in read_table(out / f"{kind}.csv")[1]}
        findings.check(ranked == {r["code"]: r["children"] for r in mine} and len(mine) == len(ranked),
                       f"support.csv has the areas of {kind}.csv, with their children")
        limit = layer["support"]["unseen_limit"]
        more = sum(r["unseen"] != "" and float(r["unseen"]) > limit for r in mine)
        findings.check(layer["support"]["areas_with_more_unseen"] == more, f"areas above the limit: {more}")
        for p in layer["support"]["predictors"]:
            named = sum(p["predictor"] in r["beyond"].split(" ") for r in mine)
            findings.check(named == p["areas_beyond"], f"{p['predictor']} is beyond in {named} areas of {kind}")


def read_layer(gpkg, layer):
    """Rows of a layer as dictionaries of texts, as the CSV gives them; the geometry as bytes under `geom`."""
    with sqlite3.connect(f"file:{gpkg}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        (column,) = connection.execute(
            "select column_name from gpkg_geometry_columns where table_name = ?", (layer,)).fetchone()
        rows = []
        for row in connection.execute(f'select * from "{layer}"'):
            record = dict(row)
            record["geom"] = record.pop(column)
            rows.append(record)
        (srs,) = connection.execute(
            "select organization || ':' || organization_coordsys_id from gpkg_geometry_columns "
            "join gpkg_spatial_ref_sys using (srs_id) where table_name = ?", (layer,)).fetchone()
        styles = connection.execute(
            "select count(*) from layer_styles where f_table_name = ? and useAsDefault", (layer,)).fetchone()[0]
    return rows, srs, styles


def same_files(first, second):
    """Names of files that are not byte for byte the same in both folders."""
    names = {p.relative_to(d) for d in (first, second) for p in pathlib.Path(d).rglob("*") if p.is_file()}
    different = []
    for name in sorted(names):
        a, b = pathlib.Path(first, name), pathlib.Path(second, name)
        if not a.exists() or not b.exists() or a.read_bytes() != b.read_bytes():
            different.append(str(name))
    return different


def check_results(findings, folder, kind):
    """What holds for the results of any run: returns the rows of the ranked CSV."""
    folder = pathlib.Path(folder)
    check = findings.check
    names, rows = read_table(folder / f"{kind}.csv")
    check(names == COLUMNS, f"{kind}.csv has the columns of the contract, in their order; it has {names}")
    check(len({r["code"] for r in rows}) == len(rows), f"{kind}.csv has each code once")
    check(len({len(r["code"]) for r in rows}) == 1, f"{kind}.csv has codes of one width")
    ranked = [r for r in rows if r["rank"]]
    ranks = [int(r["rank"]) for r in ranked]
    check(ranks == sorted(ranks) and ranks[:1] == [1], f"{kind}.csv is sorted by rank, from 1")
    check([r for r in rows if not r["rank"]] == rows[len(ranked):], "areas without a result come last")
    risks = [number(r["risk"]) for r in ranked]
    check(all(a >= b for a, b in zip(risks, risks[1:])), "the risk falls along the ranking")
    for r in rows:
        code, risk = r["code"], number(r["risk"])
        if risk is None:
            check(r["quality"] not in ("", "good", "fair", "poor"), f"{code}: a missing risk has its reason")
            check(not r["at_risk"] and not r["level"], f"{code}: what follows from the risk is missing with it")
            continue
        low, high = number(r["risk_lo"]), number(r["risk_hi"])
        check(0 < risk < 1, f"{code}: the risk is a probability: {risk}")
        check(low is not None and 0 <= low < risk < high <= 1, f"{code}: {low} < {risk} < {high}")
        check(abs(number(r["at_risk"]) - risk * number(r["children"])) <= 1e-6 * number(r["children"]) + 0.5,
              f"{code}: at_risk is children times risk")
        check(r["level"] != "" and r["method"] in ("direct", "eb", "synthetic", "aggregate"),
              f"{code}: it has a level and a method")
        cv = number(r["risk_cv"])
        band = "good" if cv < 0.15 else "fair" if cv < 0.30 else "poor"
        check(r["quality"] == band, f"{code}: quality {r['quality']} goes with a coefficient of variation of {cv}")
    layer, _, styles = read_layer(folder / "areas.gpkg", kind)
    check(styles == 1, f"layer {kind} has one default style")
    by_code = {str(r["code"]): r for r in layer}
    for r in rows:
        drawn = by_code.get(r["code"])
        if drawn is None:
            continue
        for name in ("name", "parent_name", "level", "method", "quality"):
            check((drawn[name] or "") == r[name], f"{r['code']}: {name} is the same in layer and CSV")
        for name in ("risk", "children", "at_risk", "rank"):
            same = (drawn[name] is None) == (r[name] == "") and (
                drawn[name] is None or abs(drawn[name] - number(r[name])) <= 1e-9 * max(1, abs(drawn[name])))
            check(same, f"{r['code']}: {name} is the same in layer and CSV")
    json.loads((folder / "run.json").read_text(encoding="utf-8"))
    json.loads((folder / "model.json").read_text(encoding="utf-8"))
    leftovers = [p.name for p in folder.iterdir() if p.suffix in (".tmp", ".gpkg-wal", ".gpkg-shm", ".gpkg-journal")]
    check(not leftovers, f"nothing half done is left behind: {leftovers}")
    return rows


def ranks(values):
    """Ranks from 1, ties by their mean."""
    order = sorted(range(len(values)), key=values.__getitem__)
    out = [0.0] * len(values)
    i = 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in order[i:j + 1]:
            out[k] = (i + j) / 2 + 1
        i = j + 1
    return out


def correlation(x, y):
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y))
    xx = sum((a - mean_x) ** 2 for a in x)
    yy = sum((b - mean_y) ** 2 for b in y)
    return xy / (xx * yy) ** 0.5


def spearman(x, y):
    """Spearman's rank correlation."""
    return correlation(ranks(x), ranks(y))
