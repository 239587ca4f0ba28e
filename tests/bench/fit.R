# SPDX-License-Identifier: GPL-3.0-or-later
#
# The peers of tests/bench/fit: the same sample through R's survey::svyglm and lme4::glmer. Arguments: the
# CSV that bench_fit wrote, then which of "logit", "laplace", "seven" (glmer) and "glmmtmb" (Laplace) to do. Prints the seconds of each
# (fit alone; reading the file is not counted).
arguments <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arguments[1], stringsAsFactors = TRUE)
predictors <- paste(grep("^x", names(d), value = TRUE), collapse = " + ")
lap <- function(what, seconds) cat(sprintf("seconds: %s %.3f\n", what, seconds[["elapsed"]]))
if ("logit" %in% arguments[-1]) {
  suppressMessages(library(survey))
  options(survey.lonely.psu = "adjust")
  lap("logit", system.time({
    design <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
    svyglm(as.formula(paste("y ~", predictors)), design, family = quasibinomial,
           control = list(epsilon = 1e-12, maxit = 50))
  }))
}
mixed <- as.formula(paste("y ~", predictors, "+ (1 | area)"))
for (what in intersect(c("laplace", "seven"), arguments[-1])) {
  suppressMessages(library(lme4))
  lap(what, system.time(suppressWarnings(
    glmer(mixed, d, family = binomial, nAGQ = if (what == "laplace") 1 else 7))))
}
if ("glmmtmb" %in% arguments[-1] && requireNamespace("glmmTMB", quietly = TRUE)) {
  lap("glmmtmb", system.time(suppressWarnings(
    glmmTMB::glmmTMB(mixed, d, family = binomial))))
}
