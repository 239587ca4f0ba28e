#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A country of its own, from `mirti simulate` to the map: what holds for it, and that it is the same twice.

    country.py PROGRAM SCRATCH      leaves the results in SCRATCH/results for the tests that come after
"""
import pathlib
import shutil
import sys

import results

program, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
size = ["--states", 4, "--municipalities", 60, "--persons", 40000]
results.run(program, "simulate", scratch / "country", *size, "--seed", 11)
results.run(program, "simulate", scratch / "again", *size, "--seed", 11)
results.run(program, "simulate", scratch / "other", *size, "--seed", 12)

findings = results.Findings()
check = findings.check
different = results.same_files(scratch / "country", scratch / "again")
check(not different, f"one seed, one country; not so: {different}")
check(results.same_files(scratch / "country", scratch / "other"), "another seed, another country")

project = scratch / "country/mirti.yaml"
results.run(program, "run", project, "--output", scratch / "results", "--threads", 2)
results.run(program, "run", project, "--output", scratch / "results-1", "--threads", 1)
different = results.same_files(scratch / "results", scratch / "results-1")
check(not different, f"one thread and two threads give the same bytes; not so: {different}")
rows = results.check_results(findings, scratch / "results", "municipality")
check(len(rows) == 60, f"60 municipalities; there are {len(rows)}")
if (scratch / "results/locality.csv").exists():
    results.check_results(findings, scratch / "results", "locality")
results.check_support(findings, scratch / "results", ["municipality", "locality"])
for folder in ("again", "other", "results-1"):
    if not findings.found:
        shutil.rmtree(scratch / folder)
findings.finish()
