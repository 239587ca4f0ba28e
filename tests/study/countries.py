# SPDX-License-Identifier: GPL-3.0-or-later
"""One replicate: a country is made, its survey and census are put to work by each method, and the results
are held against the truth. What remains are sums over groups of areas; the country is removed.
"""
import collections
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walk"))
import results

PROJECT = """mirti-project: 1
name: study
model: {model}.yaml
survey: {{file: survey/encuesta.csv, source: survey, lonely_psu: adjust}}
census: {census}
{lines}
"""
NO_FIT = 4  # how mirti ends when the survey has no estimate for a model
PERSONS = "{file: census/Personas*.CSV, tables: {dwellings: census/Viviendas*.CSV}, source: persons}"
ITER = "{file: census/iter.csv, source: iter}"

# The country's own models, and what is cut out of their text.
HEAD = ", head_schooling, head_agriculture"  # of the terms: true coefficients 0, unless a scenario says so
WEIGHT = "    weight: factor\n"
MODELS = {
    "true": ("model-persons.yaml", (HEAD,)),
    "complete": ("model-persons.yaml", ()),
    "unweighted": ("model-persons.yaml", (HEAD, WEIGHT)),
    "shares": ("model.yaml", ()),
}
# A census that counts everybody has no error of its own, and so no design.
CENSUS_DESIGN = ("    stratum: ESTRATO\n", "    psu: ENT || MUN || '-' || UPM # numbered within the municipality\n")

# How areas are grouped: by children in the area, by children in its sample, by their true effect.
GROUPS = {
    "children": ((100, "under 100"), (300, "100 to 299"), (1000, "300 to 999"), (float("inf"), "1,000 and more")),
    "sample": ((1, "none"), (10, "1 to 9"), (30, "10 to 29"), (100, "30 to 99"),
               (float("inf"), "100 and more")),
    "effect": ((0.5, "under ½ σ"), (1.5, "½ σ to 1½ σ"), (float("inf"), "over 1½ σ")),
}


def group_of(kind, value):
    return next(words for limit, words in GROUPS[kind] if value < limit)


def write_model(country, name, full_count):
    source, cuts = MODELS[name]
    text = (country / source).read_text(encoding="utf-8")
    for cut in cuts + (CENSUS_DESIGN if full_count and source == "model-persons.yaml" else ()):
        if text.count(cut) != 1:
            sys.exit(f"{source} does not hold once what the study leaves out: {cut!r}")
        text = text.replace(cut, "")
    path = country / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def write_project(country, name, **parts):
    project = country / f"project-{name}.yaml"
    project.write_text(PROJECT.format(**parts), encoding="utf-8")
    return project


def census_of(program, country, model):
    """What a project says of its census; that of persons is collapsed to a cube once for each model."""
    if model == "shares":
        return ITER
    cube = country / f"{model}.cube"
    if not cube.exists():
        results.run(program, "cube", write_project(country, f"cube-{model}", model=model, census=PERSONS, lines=""),
                    "--output", cube)
    return f"{{file: {cube.name}, source: persons}}"


def estimate(program, country, method, full_count, prepare):
    """Runs a method; returns its municipalities, or None where its survey leaves a coefficient without bound
    (separation), and the σ of its fit (None: it has no effects of areas)."""
    prepare(write_model(country, method.model, full_count))
    project = write_project(country, method.name, model=method.model, lines=method.project,
                            census=census_of(program, country, method.model))
    out = country / f"results-{method.name}"
    done = subprocess.run([program, "run", project, "--output", out, "--threads", "1", "--quiet"],
                          capture_output=True, text=True, check=False)
    if done.returncode == NO_FIT:
        return None, None
    if done.returncode:
        sys.exit(f"{project}: mirti run ended with {done.returncode}: {done.stderr}")
    effects = json.loads((out / "run.json").read_text(encoding="utf-8")).get("area_effects")
    return results.read_table(out / "municipality.csv")[1], effects["sigma"] if effects else None


class Truth:
    """What is true of a country's municipalities, and how many children of each are in the survey."""

    def __init__(self, country):
        rows = results.read_table(country / "truth/municipality.csv")[1]
        model = json.loads((country / "truth/model.json").read_text(encoding="utf-8"))
        survey = results.read_table(country / "survey/encuesta.csv")[1]
        self.sigma = model["sigma_municipality"]
        self.risk = {r["code"]: float(r["risk_6_17"]) for r in rows if r["risk_6_17"]}
        self.children = {r["code"]: int(r["children_6_17"]) for r in rows}
        self.effect = {r["code"]: float(r["effect"]) for r in rows}
        self.sample = collections.Counter(r["ubica_geo"][:5] for r in survey if 6 <= int(r["edad"]) <= 17)

    def groups(self, code):
        yield "all", "all"
        yield "children", group_of("children", self.children[code])
        yield "sample", group_of("sample", self.sample[code])
        if self.sigma > 0:
            yield "effect", group_of("effect", abs(self.effect[code]) / self.sigma)


def compare(rows, truth):
    """Sums over the areas of each group: number, truth, error, squared error, held, width of the interval."""
    sums = collections.defaultdict(lambda: [0, 0.0, 0.0, 0.0, 0, 0.0])
    for row in rows:
        if not row["risk"]:
            continue
        true, risk = truth.risk[row["code"]], float(row["risk"])
        low, high = float(row["risk_lo"]), float(row["risk_hi"])
        found = (1, true, risk - true, (risk - true) ** 2, int(low <= true <= high), high - low)
        for key in truth.groups(row["code"]):
            sums[key] = [a + b for a, b in zip(sums[key], found)]
    return [[kind, words, *cell] for (kind, words), cell in sums.items()]


def as_it_is(_):
    """A model file is used as it was written."""


def replicate(program, scratch, scenario, methods, size, seed, prepare=as_it_is):
    """What the methods make of the country with this seed: {name: {"sigma": σ̂, "groups": [...] or None}}. `prepare`
    may change a model file; the census then keeps its design."""
    country = pathlib.Path(scratch, f"{scenario.name}-{seed}")
    shutil.rmtree(country, ignore_errors=True)
    results.run(program, "simulate", country, *size, *scenario.options, "--truth", scenario.truth,
                "--seed", seed, "--threads", 1, "--quiet")
    truth = Truth(country)
    full_count = "--full-count" in size and prepare is as_it_is
    made = {}
    for method in methods:
        rows, sigma = estimate(program, country, method, full_count, prepare)
        made[method.name] = {"sigma": sigma, "groups": compare(rows, truth) if rows else None}
    shutil.rmtree(country)
    return made
