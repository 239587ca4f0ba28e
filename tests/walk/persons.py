#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same country twice, from its published results and from its census's microdata, against its truth.

The census is a full count and municipalities have no effect of their own, so that the truth is the model
itself on the very predictors: the microdata, read here by Python and joined to their dwellings, give the true
risks with the true coefficients, and the risks of the run by persons with the fitted ones. What published
results lose beside that is told by size.

    persons.py PROGRAM SCRATCH [SEED ...]      default: seeds 1 and 2
"""
import collections
import json
import math
import pathlib
import shutil
import sys

import results

program, scratch = sys.argv[1:3]
seeds = [int(s) for s in sys.argv[3:]] or [1, 2]
shutil.rmtree(scratch, ignore_errors=True)
findings = results.Findings()


def traits_of(person, home):
    """What is true of a child, in the names of truth/model.json."""
    age, man = int(person["EDAD"]), person["SEXO"] == "1"
    young, old = age < 12, age > 14
    return {
        "intercept": True, "age_6_11": young, "age_15_17": old, "man": man,
        "man_6_11": man and young, "man_15_17": man and old,
        "not_attending": person["ASISTEN"] == "3", "indigenous": person["HLENGUA"] == "1",
        "dirt_floor": home["PISOS"] == "1", "no_piped_water": home["AGUA_ENTUBADA"] == "3",
        "no_drainage": home["DRENAJE"] == "5", "internet": home["INTERNET"] == "7",
        "mobile_phone": home["CELULAR"] == "5", "car": home["AUTOPROP"] == "7",
    }


# The same coefficients as model.json names them.
NAMES = {
    "intercept": "(intercept)", "age_6_11": "age[6-11]", "age_15_17": "age[15-17]", "man": "sex[man]",
    "man_6_11": "age[6-11]:sex[man]", "man_15_17": "age[15-17]:sex[man]",
}


def children_of(country):
    """How many children of each municipality have each set of traits."""
    homes = {}
    for path in sorted((country / "census").glob("Viviendas*.CSV")):
        homes.update((row["ID_VIV"], row) for row in results.read_table(path)[1])
    counts = collections.defaultdict(collections.Counter)
    for path in sorted((country / "census").glob("Personas*.CSV")):
        for person in results.read_table(path)[1]:
            if 6 <= int(person["EDAD"]) <= 17:
                traits = traits_of(person, homes[person["ID_VIV"]])
                counts[person["ENT"] + person["MUN"]][tuple(k for k, v in traits.items() if v)] += 1
    return counts


def risks_of(counts, coefficients):
    """Mean of the children's probabilities, by municipality."""
    risk = {}
    for code, patterns in counts.items():
        working = math.fsum(n / (1 + math.exp(-math.fsum(coefficients[t] for t in pattern)))
                            for pattern, n in patterns.items())
        risk[code] = working / sum(patterns.values())
    return risk


def farthest(one, other):
    return max((abs(one[code] - other[code]) for code in one), default=1)


print("seed   error against the truth, points: published results  persons   bias: published results  persons")
for seed in seeds:
    country = pathlib.Path(scratch, f"country-{seed}")
    results.run(program, "simulate", country, "--states", 4, "--municipalities", 80, "--persons", 60000,
                "--full-count", "--seed", seed, "--truth", "sigma_municipality=0", "--quiet")
    for project in ("mirti", "mirti-persons"):
        results.run(program, "run", country / f"{project}.yaml", "--output", country / project, "--quiet")
    fitted = {c["name"]: c["estimate"]
              for c in json.loads((country / "mirti-persons/model.json").read_text())["coefficients"]}
    same = (country / "mirti/model.json").read_bytes() == (country / "mirti-persons/model.json").read_bytes()
    findings.check(same, "both ways start from one model")

    known = results.read_table(country / "truth/municipality.csv")[1]
    truth = {r["code"]: float(r["risk_6_17"]) for r in known if r["risk_6_17"]}
    weight = {r["code"]: int(r["children_6_17"]) for r in known}
    counts = children_of(country)
    given = json.loads((country / "truth/model.json").read_text())
    # The simulation keeps a child's probability in 32 bits.
    findings.check(farthest(truth, risks_of(counts, given)) < 1e-9,
                   "the predictors of the model, with the true coefficients, give the truth")
    risk = {}
    for project in ("mirti", "mirti-persons"):
        rows = results.read_table(country / project / "municipality.csv")[1]
        risk[project] = {r["code"]: float(r["risk"]) for r in rows if r["risk"]}
        findings.check(risk[project].keys() == truth.keys(), f"{project}: every municipality has its risk")
    mine = risks_of(counts, {t: fitted[NAMES.get(t, t)] for t in given if NAMES.get(t, t) in fitted})
    # Sums of some thousand probabilities in another order.
    findings.check(farthest(mine, risk["mirti-persons"]) < 1e-12,
                   f"risks by persons are those of Python; {farthest(mine, risk['mirti-persons']):.1e}")

    # `lost` compares under the same coefficients, so that the error of the survey, which both ways share, does not
    # cover it.
    children = sum(weight.values())
    error = {p: 100 * (sum(weight[c] * (risk[p][c] - truth[c]) ** 2 for c in truth) / children) ** 0.5 for p in risk}
    bias = {p: 100 * sum(weight[c] * (risk[p][c] - truth[c]) for c in truth) / children for p in risk}
    lost = 100 * (sum(weight[c] * (risk["mirti"][c] - mine[c]) ** 2 for c in truth) / children) ** 0.5
    # A point of probability is a seventh of the country's risk: more would be an error, not a loss.
    findings.check(0 < lost < 1, f"published results lose something, and little; {lost:.2f} points")
    print(f"{seed:4} {error['mirti']:50.2f} {error['mirti-persons']:8.2f} {bias['mirti']:25.2f} {bias['mirti-persons']:8.2f}"
          f"   lost by publishing: {lost:.2f}")
findings.finish()
