# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of docs/study.md: coverage as dots with their Monte Carlo error, as SVG on a ground of its own, so
that it reads on light and dark pages. Colours are Okabe and Ito's, and every series has its own shape.
"""
import countries
import page

INK, FAINT, GROUND, BAND = "#222222", "#c9c9c9", "#ffffff", "#e3efe3"
ROW, LEFT, WIDTH, RIGHT, TOP = 19, 330, 400, 20, 58
SHAPES = {
    "circle": '<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {paint}/>',
    "square": '<path d="M{x:.1f} {y:.1f}m-3.7 -3.7h7.4v7.4h-7.4z" {paint}/>',
    "triangle": '<path d="M{x:.1f} {y:.1f}m0 -4.8l4.6 8h-9.2z" {paint}/>',
    "cross": '<path d="M{x:.1f} {y:.1f}m-3.5 -3.5l7 7m0 -7l-7 7" {paint}/>',
    "diamond": '<path d="M{x:.1f} {y:.1f}m0 -5.2l5.2 5.2l-5.2 5.2l-5.2 -5.2z" {paint}/>',
}
SERIES = (("#0072B2", "circle"), ("#D55E00", "square"), ("#009E73", "triangle"), ("#CC79A7", "diamond"),
          ("#000000", "cross"))


def escape(words):
    return words.replace("&", "&amp;").replace("<", "&lt;")


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def paint_of(colour):
    return f'fill="{colour}" stroke="{colour}" stroke-width="1.4"'


class Chart:
    """A scale of percent from `low` to 100 and rows below each other."""

    def __init__(self, low, step):
        self.low, self.step, self.parts, self.y = low, step, [], TOP

    def at(self, percent):
        return LEFT + WIDTH * (percent - self.low) / (100 - self.low)

    def dot(self, y, value, error, series):
        colour, shape = SERIES[series]
        if value < self.low:  # an arrow: further to the left than the picture goes
            x = LEFT + 3
            self.parts.append(f'<path d="M{x + 6} {y - 4}l-7 4l7 4" fill="none" stroke="{colour}" stroke-width="2"/>')
            return
        x, reach = self.at(value), 1.96 * error * WIDTH / (100 - self.low)
        low, high = max(LEFT, x - reach), min(LEFT + WIDTH, x + reach)
        self.parts.append(f'<path d="M{low:.1f} {y:.1f}H{high:.1f}" stroke="{colour}" stroke-width="1.4"/>')
        self.parts.append(SHAPES[shape].format(x=x, y=y, paint=paint_of(colour)))

    def heading(self, words):
        self.y += 8
        self.parts.append(text(12, self.y + 4, words, more=' font-weight="bold"'))
        self.y += ROW

    def row(self, words, dots):
        """`dots`: (value, error, series), spread a little below each other where there are several."""
        height = max(ROW, 6 * len(dots))
        middle = self.y + (height - ROW) / 2
        self.parts.append(text(LEFT - 12, middle + 4, words, "end"))
        for i, dot in enumerate(dots):
            self.dot(middle + (i - (len(dots) - 1) / 2) * 4.6, *dot)
        self.y += height

    def svg(self, title, legend):
        height, bottom = self.y + 34, self.y
        band = [self.at(p) for p in page.PROMISE]
        out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" height="{height}" '
               f'viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" font-family="sans-serif" font-size="12" fill="{INK}" '
               f'role="img"><title>{escape(title)}</title>',
               f'<rect width="100%" height="100%" rx="6" fill="{GROUND}"/>',
               text(12, 20, title, more=' font-size="14" font-weight="bold"'),
               f'<rect x="{band[0]:.1f}" y="{TOP - 12}" width="{band[1] - band[0]:.1f}" '
               f'height="{bottom - TOP + 8}" fill="{BAND}"/>']
        for percent in range(self.low, 101, self.step):
            x = self.at(percent)
            out.append(f'<path d="M{x:.1f} {TOP - 12}V{bottom - 4}" stroke="{FAINT}" stroke-width="0.7"/>')
            out.append(text(x, bottom + 12, f"{percent}", "middle"))
        out.append(text(LEFT + WIDTH / 2, bottom + 28, "% of areas whose 95 % interval holds the truth", "middle"))
        x = 12.0
        for series, words in legend:
            colour, shape = SERIES[series]
            out.append(SHAPES[shape].format(x=x + 4, y=36, paint=paint_of(colour)))
            out.append(text(x + 13, 40, words))
            x += 30 + 6.4 * len(words)
        return "\n".join(out + self.parts) + "\n</svg>\n"


def holds(figures):
    """Where the model holds: each method by size of the sample in the area."""
    chart, before = Chart(76, 4), None
    words = [w for _, w in countries.GROUPS["sample"]]
    for scenario, method, found in page.rows_of(figures):
        if method.name not in scenario.holds:
            continue
        if scenario is not before:
            chart.heading(scenario.words)
        before = scenario
        groups = found["cells"]["sample"]
        chart.row(method.words, [(groups[w]["coverage"], groups[w]["coverage_error"], i)
                                 for i, w in enumerate(words) if w in page.shown(groups)])
    legend = [(i, w if i else "no children in the sample") for i, w in enumerate(words)]
    return chart.svg("Where the model holds", legend)


def breaks(figures):
    """Every scenario and method, all areas together."""
    chart, before = Chart(0, 10), None
    for scenario, method, found in page.rows_of(figures):
        if scenario is not before:
            chart.heading(scenario.words)
        before = scenario
        cell, true = found["cells"]["all"]["all"], method.name in scenario.holds
        chart.row(method.words, [(cell["coverage"], cell["coverage_error"], 0 if true else 1)])
    return chart.svg("Where it holds and where it does not", [(0, "should keep its word"), (1, "need not")])


PICTURES = {"study-holds.svg": holds, "study-breaks.svg": breaks}
