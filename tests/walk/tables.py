#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A survey of several tables – persons, dwellings, households, jobs – laid out as statistical offices do, in one file
or one for each state, plain, in .gz, in .zip, sorted or not: the model learned from it is that of the one flat table
that Python makes of them. What matches nothing or comes twice is counted. Of sorted tables the large one is never held.

The survey is generated here; it is nobody's, and its codes are ours. Only the names of the design (FAC, EST_D,
UPM_DIS) are those of Mexico's child-labour survey.

    tables.py PROGRAM SCRATCH
"""
import csv
import gzip
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import zipfile

import results

program, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
findings = results.Findings()
check = findings.check
STATES = ("01", "07", "15")
KEY = ("ENT", "CON", "V_SEL")


def make_survey(dwellings_by_state, rng):
    """Tables as lists of dictionaries, sorted by key."""
    sdem, viv, hog, coe = [], [], [], []
    for ent in STATES:
        for n in range(dwellings_by_state):
            con, v_sel = f"{n // 5 + 1:05d}", f"{n % 5 + 1}"
            home = {"ENT": ent, "CON": con, "V_SEL": v_sel}
            viv.append(home | {"PISO": rng.choice("1222"), "CUARTOS": rng.randint(1, 5)})
            for n_hog in ("1", "2")[: 1 + (rng.random() < 0.1)]:
                hog.append(home | {"N_HOG": n_hog, "APOYO": rng.choice("12")})
                for n_ren in range(1, rng.randint(3, 7)):
                    age = rng.randint(5, 17) if n_ren > 2 else rng.randint(20, 60)
                    person = home | {"N_HOG": n_hog, "N_REN": f"{n_ren:02d}"}
                    sdem.append(person | {"SEX": rng.choice("12"), "EDA": age, "ASISTE": rng.choice("1112"),
                                          "FAC": rng.randint(50, 400), "EST_D": f"{ent}{n // 5 % 3}", "UPM_DIS": con})
                    if rng.random() < (0.9 if age > 17 else 0.1 + 0.02 * (age - 5)):
                        for _ in range(1 + (rng.random() < 0.15)):
                            coe.append(person | {"TIPO": rng.choice("112"), "HORAS": rng.randint(1, 48)})
    return {"SDEM": sdem, "VIV": viv, "HOG": hog, "COE1": coe}


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


PREDICTORS = """
    predictors:
      sex: MAP(SEX, '1' -> 'boy', '2' -> 'girl')
      age: EDA
      not_attending: ASISTE = '2'
      dirt_floor: PISO = '1'
      rooms: CUARTOS
      support: APOYO = '1'"""
MODEL = """
mirti-model: 1
name: of-several-tables
outcome: {name: works}
predictors:
  sex: {kind: category, levels: [girl, boy]}
  age: {kind: number}
  not_attending: {kind: binary}
  dirt_floor: {kind: binary}
  rooms: {kind: number}
  support: {kind: binary}
terms: [sex, age, not_attending, dirt_floor, rooms, support]
sources:
  survey:
    kind: survey
    filter: EDA BETWEEN 5 AND 17TABLES
    outcome: OUTCOME
    weight: FAC
    stratum: EST_D
    psu: ENT || UPM_DIS
    area: ENT
    household: {key: "ENT || CON || V_SEL || N_HOG", person: N_REN}PREDICTORS
  persons:
    kind: census
    filter: EDA BETWEEN 5 AND 17TABLES
    weight: FAC
    area: ENTPREDICTORS
"""
JOINS = """
    tables:
      dwellings: {key: [ENT, CON, V_SEL]}
      households: {key: [ENT, CON, V_SEL, N_HOG]}
      jobs:
        key: [ENT, CON, V_SEL, N_HOG, N_REN]
        values:
          works: {how: exists, where: TIPO = '1' AND HORAS >= 10}
          hours: {how: sum, column: HORAS, where: TIPO = '1'}
          most: {how: max, column: HORAS}
          least: {how: min, column: HORAS}
          jobs: {how: count}"""
# Two questions of the jobs in one outcome: all five ways of reducing are used.
OUTCOME = "works AND hours >= 10 AND most >= least AND jobs >= 1"


def analyse(folder, files, flat=False):
    """What `mirti check --json` says, and the fitted model, of tables or of the flat table; the survey is its own census."""
    folder.mkdir(parents=True, exist_ok=True)
    model = MODEL.replace("TABLES", "" if flat else JOINS).replace("OUTCOME", "WORKS = '1'" if flat else OUTCOME)
    (folder / "model.yaml").write_text(model.replace("PREDICTORS", PREDICTORS), encoding="utf-8")
    tables = "" if flat else f"  tables: {{dwellings: '{files['VIV']}', households: '{files['HOG']}', jobs: '{files['COE1']}'}}\n"
    section = f"  file: '{files['SDEM']}'\n{tables}"
    (folder / "mirti.yaml").write_text(f"mirti-project: 1\nname: t\nmodel: model.yaml\nsurvey:\n{section}  source: survey\n"
                                       f"  lonely_psu: adjust\ncensus:\n{section}  source: persons\n", encoding="utf-8")
    results.run(program, "fit", folder / "mirti.yaml", "--output", folder / "model.json", "--overwrite", "--quiet")
    # 1: there is something to look at, as the census is the survey and children are few
    done = subprocess.run([program, "check", folder / "mirti.yaml", "--json", "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(f"check in {folder} ended with {done.returncode}: {done.stderr}")
    return json.loads((folder / "model.json").read_text(encoding="utf-8")), json.loads(done.stdout)["run"]


def noticed(part):
    return {(n["what"], n["first_column"]): n for n in part["noticed"] if n["what"] not in ("encoding", "delimiter")}


rng = random.Random(1906)
survey = make_survey(200, rng)
plain = scratch / "plain"
plain.mkdir()
for name, rows in survey.items():
    (plain / f"{name}.csv").write_bytes(as_csv(rows))

# The flat table, by dictionaries.
viv = {tuple(r[k] for k in KEY): r for r in survey["VIV"]}
hog = {tuple(r[k] for k in KEY + ("N_HOG",)): r for r in survey["HOG"]}
jobs = {}
for r in survey["COE1"]:
    jobs.setdefault(tuple(r[k] for k in KEY + ("N_HOG", "N_REN")), []).append(r)
flat = []
for p in survey["SDEM"]:
    mine = jobs.get(tuple(p[k] for k in KEY + ("N_HOG", "N_REN")), [])
    works = any(j["TIPO"] == "1" and j["HORAS"] >= 10 for j in mine)
    home = viv[tuple(p[k] for k in KEY)]
    flat.append(p | {"PISO": home["PISO"], "CUARTOS": home["CUARTOS"], "APOYO": hog[tuple(p[k] for k in KEY + ("N_HOG",))]["APOYO"],
                     "WORKS": int(works)})
(scratch / "flat").mkdir()
(scratch / "flat/all.csv").write_bytes(as_csv(flat))
expected, flat_run = analyse(scratch / "flat", {"SDEM": "all.csv"}, flat=True)
check(expected["fit"]["rows"] == sum(5 <= p["EDA"] <= 17 for p in flat), "every child is in the fit")

# The same tables in other wrappings.
for name, rows in survey.items():
    states = scratch / "states"
    states.mkdir(exist_ok=True)
    for ent in STATES:
        (states / f"{name}_{ent}.csv").write_bytes(as_csv([r for r in rows if r["ENT"] == ent]))
    shuffled = scratch / "shuffled"
    shuffled.mkdir(exist_ok=True)
    other = rows if name == "SDEM" else rng.sample(rows, len(rows))
    (shuffled / f"{name}.csv").write_bytes(as_csv(other))
    zipped = scratch / "zipped"
    zipped.mkdir(exist_ok=True)
    (zipped / f"{name}.csv.gz").write_bytes(gzip.compress(as_csv(rows)))
with zipfile.ZipFile(zipped / "survey.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name, rows in survey.items():
        for ent in STATES:
            archive.writestr(f"{name}_{ent}.csv", as_csv([r for r in rows if r["ENT"] == ent]))
for folder, pattern in (("plain", "{}.csv"), ("states", "{}_??.csv"), ("shuffled", "{}.csv"), ("zipped", "{}.csv.gz"),
                        ("zipped", "survey.zip/{}_*.csv")):
    model, run = analyse(scratch / folder, {name: pattern.format(name) for name in survey})
    check(model == expected, f"{folder}, {pattern}: the model of the flat table")
    for mine, theirs in ((run["survey"], flat_run["survey"]), (run["layers"][0], flat_run["layers"][0])):
        check(mine["rows"]["used"] == theirs["rows"]["used"], f"{folder}, {pattern}: as many rows as of the flat table")
    # Most persons have no job, which is nothing odd; the census does not ask for jobs, and they are not even read.
    check(set(noticed(run["survey"])) == {("join-empty", "jobs")}, f"{folder}, {pattern}: {noticed(run['survey'])}")
    check(not noticed(run["layers"][0]), f"{folder}, {pattern}: {noticed(run['layers'][0])}")

# What does not belong together, and is counted: a dwelling less, one twice, a job of nobody.
damaged = scratch / "damaged"
damaged.mkdir()
lost = survey["VIV"][7]
for name, rows in survey.items():
    rows = [r for r in rows if r is not lost]
    if name == "VIV":
        rows = rows[:20] + [rows[20] | {"PISO": "9"}] + rows[20:]
        twice = rows[20]
    if name == "COE1":
        rows = rows + [rows[-1] | {"ENT": "32"}]
    (damaged / f"{name}.csv").write_bytes(as_csv(rows))
model, run = analyse(damaged, {name: f"{name}.csv" for name in survey})
of_lost = sum(all(p[k] == lost[k] for k in KEY) for p in survey["SDEM"])
children = sum(all(p[k] == lost[k] for k in KEY) and 5 <= p["EDA"] <= 17 for p in survey["SDEM"])
check(model["fit"]["rows"] == expected["fit"]["rows"] - children, "children of a dwelling that is not there are left out")
for part in (run["survey"], run["layers"][0]):
    found = noticed(part)
    first = next(i for i, p in enumerate(survey["SDEM"]) if all(p[k] == lost[k] for k in KEY)) + 2 # the header is row 1
    note = found["join-unmatched", "dwellings"]
    check((note["count"], note["first_row"], note["first_file"], note["first_value"]) ==
          (of_lost, first, "SDEM.csv", " ".join(lost[k] for k in KEY)), f"persons without a dwelling: {note}")
    note = found["join-duplicate", "dwellings"]
    check((note["count"], note["first_file"], note["first_value"]) == (1, "VIV.csv", " ".join(twice[k] for k in KEY)),
          f"a dwelling that is there twice: {note}")
    check([r["rows"] for r in part["rows"]["reasons"]] == [children], f"dropped: {part['rows']['reasons']}")
    check(part["rows"]["read"] == part["rows"]["used"] + part["rows"]["outside"] + part["rows"]["dropped"], "no row is lost")
note = noticed(run["survey"])["join-unused", "jobs"]
check((note["count"], note["first_file"]) == (1, "COE1.csv"), f"a job of nobody: {note}")


# ------------------------------------------------------------------------------ a large sorted table --

def peak_of(megabytes):
    """Peak memory, in MiB, of a fit whose dwellings are a sorted file of so many megabytes."""
    folder = scratch / f"large-{megabytes}"
    shutil.copytree(plain, folder)
    wide = "x" * 400
    rows = {tuple(r[k] for k in KEY): r for r in survey["VIV"]}
    with open(folder / "VIV.csv", "w", encoding="ascii") as out:
        out.write("ENT,CON,V_SEL,PISO,CUARTOS,MORE\n")
        # Dwellings that nobody asks for, between those of the survey, all in the order of their keys.
        others = megabytes * 1_000_000 // (len(rows) * (len(wide) + 20))
        for key in sorted(rows):
            out.write(f"{','.join(key)},{rows[key]['PISO']},{rows[key]['CUARTOS']},{wide}\n")
            for n in range(others):
                out.write(f"{key[0]},{key[1]},{key[2]}-{n:06d},1,1,{wide}\n")
    project = folder / "mirti.yaml"
    with subprocess.Popen([program, "fit", project, "--output", folder / "model.json", "--overwrite", "--quiet"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    check(process.returncode == 0, f"{megabytes} MB: ended with {process.returncode}")
    check(json.loads((folder / "model.json").read_text(encoding="utf-8")) == expected, f"{megabytes} MB: the model of the flat table")
    shutil.rmtree(folder)
    return usage.ru_maxrss / 1024


small, large = peak_of(80), peak_of(320)
print(f"peak memory with 80 and with 320 MB of sorted dwellings: {small:.0f} and {large:.0f} MiB")
check(large < small + 8, "a sorted table is not held")
findings.finish()
