# SPDX-License-Identifier: GPL-3.0-or-later
"""The study in little, for every day: few and small countries, bounds that only a defect would break.

A bound has room for four Monte Carlo errors of so few countries. Seeds are fixed: it always holds or never.
"""
import concurrent.futures
import dataclasses
import pathlib
import shutil

import countries
import scenarios
import summary

REPLICATES = 12


def check_ratio(findings):
    """A ratio and its Monte Carlo error against closed forms: with equal denominators it is a mean."""
    value, error = summary.ratio([1, 2, 6], [2, 2, 2])
    findings.check(abs(value - 1.5) < 1e-15, f"the ratio of sums 9 / 6 is 1.5, not {value}")
    # s²(½, 1, 3) = 1.75, over 3 replicates
    findings.check(abs(error - (1.75 / 3) ** 0.5) < 1e-15, f"its error is that of a mean of ½, 1 and 3, not {error}")
    value, error = summary.ratio([1, 3], [1, 3])
    findings.check((value, error) == (1, 0), "a ratio that is the same in every replicate has no error")


def study(program, scratch, pool, name, methods, **other):
    """A scenario on small countries; `other` fields of it may be different too."""
    scenario = dataclasses.replace(next(s for s in scenarios.SCENARIOS if s.name == name), methods=methods, **other)
    jobs = [pool.submit(countries.replicate, program, scratch, scenario, methods, scenarios.QUICK, seed)
            for seed in range(1, REPLICATES + 1)]
    made = [job.result() for job in jobs]
    return {m.name: summary.summarise([r[m.name] for r in made]) for m in methods}


class Bounds:
    """What is expected of a method, with room for the Monte Carlo error of this run."""

    def __init__(self, findings, where, made):
        self.check, self.where, self.made = findings.check, where, made
        for method, found in made.items():
            cell = found["cells"]["all"]["all"]
            print(f"{where}: {method}: {cell['coverage']:.1f} ± {cell['coverage_error']:.1f} % held, "
                  f"bias {cell['bias']:+.2f} ± {cell['bias_error']:.2f} points")
            for kind, groups in found["cells"].items():
                parts = sum(c["areas"] for c in groups.values())
                self.check(parts == cell["areas"],
                           f"{method}: areas by {kind} are all areas: {parts} of {cell['areas']}")

    def all(self, method):
        return self.made[method]["cells"]["all"]["all"]

    def keeps_its_word(self, method, error):
        """`error`: the Monte Carlo error that coverage has when all is well. This run's own would not do: it
        grows with what is wrong."""
        cell, room = self.all(method), 4 * error
        self.check(93 - room <= cell["coverage"] <= 97 + room,
                   f"{self.where}: {method} holds the truth in 93 to 97 %: {cell['coverage']:.1f}, "
                   f"give or take {room:.1f}")
        self.check(abs(cell["bias"]) <= 4 * cell["bias_error"],
                   f"{self.where}: {method} has no bias: {cell['bias']:+.2f} ± {cell['bias_error']:.2f}")


def run(program, scratch, jobs):
    shutil.rmtree(scratch, ignore_errors=True)
    pathlib.Path(scratch).mkdir(parents=True)
    findings = countries.results.Findings()
    check_ratio(findings)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        alike = Bounds(findings, "areas alike", study(program, scratch, pool, "alike", (scenarios.LOGIT,)))
        differ = Bounds(findings, "areas differ",
                        study(program, scratch, pool, "differ-much", (scenarios.LOGIT, scenarios.MIXED)))
        informative = Bounds(findings, "informative sampling",
                             study(program, scratch, pool, "informative", (scenarios.LOGIT, scenarios.UNWEIGHTED)))
        large = Bounds(findings, "large areas", study(program, scratch, pool, "large-areas", (scenarios.FAY_HERRIOT,),
                                                      options=("--survey-dwellings", 6000)))
    alike.keeps_its_word("logit", 3.5)
    informative.keeps_its_word("logit", 5)
    large.keeps_its_word("fay-herriot", 1.5)
    differ.keeps_its_word("mixed", 2.5)
    findings.check(differ.all("mixed")["coverage"] > differ.all("logit")["coverage"] + 30,
                   "areas differ: with effects of areas intervals hold the truth far more often")
    findings.check(differ.all("mixed")["rmse"] < differ.all("logit")["rmse"],
                   "areas differ: and risks come closer to it")
    findings.check(differ.all("logit")["coverage"] < 60, "areas differ: the logit promises too much")
    findings.check(informative.all("logit-unweighted")["bias"] > 1,
                   "informative sampling: without weights risks come out too high")
    findings.finish()
