# SPDX-License-Identifier: GPL-3.0-or-later
"""What the study asks: which countries are made, with which truth, and which methods estimate them.

A method is a model and a few lines of a project file. Every replicate of a scenario is another country: other
places, other effects, other people, another survey. Replicate r has seed r in every scenario, so that
scenarios are compared on the same land.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Method:
    name: str
    words: str
    project: str = ""  # lines of the project file beside model, survey and census
    model: str = "true"  # a key of countries.MODELS


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    words: str
    truth: str  # of --truth
    methods: tuple
    holds: tuple = ()  # names of the methods whose model is true here: their intervals should keep their word
    size: tuple = ()  # of `mirti simulate`, where it is not the study's
    options: tuple = ()  # further ones of `mirti simulate`
    times: int = 1  # more replicates than others have, where they differ more


LOGIT = Method("logit", "logit")
SHARES = Method("logit-shares", "logit, published shares", model="shares")
UNWEIGHTED = Method("logit-unweighted", "logit, weights left out", model="unweighted")
COMPLETE = Method("logit-complete", "logit with that predictor", model="complete")
BENCHMARKED = Method("logit-benchmark", "logit, benchmarked to states", "benchmark: true")
MIXED = Method("mixed", "mixed logit", "area_effects: true")
FAY_HERRIOT = Method("fay-herriot", "Fay–Herriot", "area_model: {}")
FAY_HERRIOT_OWN = Method("fay-herriot-own", "Fay–Herriot, own variances",
                         "area_model: {scale: logit, variance: direct, least_rows: 1}")
PLUG_IN = Method("mixed-plug-in", "mixed logit, σ̂ taken for known", "area_effects: true\nbootstrap: 0")

SIZE = ("--states", 8, "--municipalities", 300, "--persons", 400000, "--full-count")
# Larger areas, so that direct estimates of many of them are worth something.
LARGE = ("--states", 8, "--municipalities", 120, "--persons", 400000, "--full-count")
# A country of the same number of people whose census is a sample of one in four.
SAMPLED = ("--states", 8, "--municipalities", 300, "--persons", 100000)
# Small enough for a test that runs every day.
QUICK = ("--states", 4, "--municipalities", 60, "--persons", 60000, "--full-count")

SCENARIOS = (
    Scenario("alike", "areas do not differ beyond their traits (σ = 0)", "sigma_municipality=0",
             (LOGIT, BENCHMARKED, MIXED, PLUG_IN, SHARES), holds=("logit", "logit-benchmark"), times=4),
    Scenario("census-sample", "the same, and the census is a sample of one in four", "sigma_municipality=0",
             (LOGIT,), holds=("logit",), size=SAMPLED),
    Scenario("differ", "areas differ by σ = 0.3", "sigma_municipality=0.3",
             (MIXED, PLUG_IN, LOGIT), holds=("mixed",), times=2),
    Scenario("differ-much", "areas differ by σ = 0.6", "sigma_municipality=0.6",
             (MIXED, PLUG_IN, LOGIT), holds=("mixed",)),
    Scenario("small-survey", "areas differ by σ = 0.3, and the survey is a third as large", "sigma_municipality=0.3",
             (MIXED, PLUG_IN, LOGIT), holds=("mixed",), options=("--survey-dwellings", 2800),
             times=2),
    Scenario("large-areas", "areas differ by σ = 0.3; fewer, and a survey three times as large",
             "sigma_municipality=0.3", (FAY_HERRIOT, FAY_HERRIOT_OWN, MIXED), holds=("fay-herriot", "mixed"), size=LARGE,
             options=("--survey-dwellings", 24000), times=4),
    Scenario("informative", "dwellings with a working child are visited twice as readily", "sigma_municipality=0",
             (LOGIT, UNWEIGHTED), holds=("logit",), options=("--informative",), times=3),
    Scenario("predictor", "the model lacks a predictor: the head works on the land (0.8)",
             "sigma_municipality=0,head_agriculture=0.8", (COMPLETE, LOGIT, MIXED), holds=("logit-complete",)),
    Scenario("link", "the true link is the complementary log-log", "sigma_municipality=0,link=cloglog",
             (LOGIT, MIXED)),
)
