# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of docs/study.md, between markers, from the figures in figures.json."""
import countries
import scenarios

MARK = "<!-- study: {} -->\n"
END = "<!-- study: end -->\n"
PROMISE = (93, 97)
FEWEST_AREAS = 100


def plus_minus(value, error, digits, sign=""):
    return f"{value:{sign}.{digits}f} ± {error:.{digits}f}".replace("-", "−")


def rows_of(figures):
    for scenario in scenarios.SCENARIOS:
        for method in scenario.methods:
            found = figures["scenarios"].get(scenario.name, {}).get(method.name)
            if found:
                yield scenario, method, found


def names(scenario, method, before):
    """The first two columns: a scenario is named once; what should keep its word is bold."""
    words = f"**{method.words}**" if method.name in scenario.holds else method.words
    return f"| {scenario.words if scenario is not before else ''} | {words} |"


def table(figures, head, cells):
    """A row for every scenario and method that `cells` has something to say of."""
    lines = [f"| areas | method | {' | '.join(head)} |", "|---" * (2 + len(head)) + "|"]
    before = None
    for scenario, method, found in rows_of(figures):
        said = cells(scenario, found)
        if said:
            lines.append(f"{names(scenario, method, before)} {' | '.join(said)} |")
            before = scenario
    return "\n".join(lines) + "\n"


def shown(groups):
    """Names of the groups that have areas enough to speak of."""
    return [words for words, cell in groups.items() if cell["areas"] >= FEWEST_AREAS]


def by_group(figures, kind, one):
    words = [w for _, w in countries.GROUPS[kind]]

    def cells(_, found):
        groups = found["cells"].get(kind)
        return groups and [one(groups[w]) if w in shown(groups) else "–" for w in words]

    return table(figures, words, cells)


def coverage(cell):
    said = plus_minus(cell["coverage"], cell["coverage_error"], 1)
    return said if PROMISE[0] <= cell["coverage"] <= PROMISE[1] else f"*{said}*"


def bias(cell):
    return plus_minus(cell["bias"], cell["bias_error"], 2, "+")


def overall(figures):
    def cells(_, found):
        c, s = found["cells"]["all"]["all"], found["sigma"]
        lost = found["without_fit"]
        return [f"{found['replicates']}{f' (+{lost})' if lost else ''}", f"{c['risk']:.1f}", bias(c), f"{c['rmse']:.2f}", coverage(c),
                f"{c['width']:.1f}", f"{s['mean']:.2f} ({s['sd']:.2f}); {s['zeros']}" if s else "–"]

    return table(figures, ["countries", "true risk", "bias", "RMSE", "coverage, %", "width", "σ̂ (sd); zeros"], cells)


TABLES = {
    "overall": overall,
    "coverage by sample": lambda f: by_group(f, "sample", coverage),
    "coverage by children": lambda f: by_group(f, "children", coverage),
    "bias by children": lambda f: by_group(f, "children", bias),
    "coverage by effect": lambda f: by_group(f, "effect", coverage),
    "made": lambda f: f"`mirti` {f['version']}; seeds from 1 to the number of countries.\n",
}


def fill(text, figures):
    """The page with its tables; a marker that is not there is an error."""
    for name, made in TABLES.items():
        begin = MARK.format(name)
        before, _, rest = text.partition(begin)
        old, end, after = rest.partition(END)
        if not end:
            raise SystemExit(f"docs/study.md has no marker {begin.strip()} with its end")
        text = before + begin + made(figures) + END + after
    return text
