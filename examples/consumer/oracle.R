# SPDX-License-Identifier: GPL-3.0-or-later
# The numbers that main.c has to print, by R's package survey: Rscript oracle.R (in this folder).
suppressMessages(library(survey))
text <- paste(readLines("children.h"), collapse = " ")
rows <- regmatches(text, gregexpr('\\{"[^}]*\\}', text))[[1]]
d <- read.csv(text = gsub("[{}]", "", rows), header = FALSE, strip.white = TRUE,
              col.names = c("stratum", "psu", "weight", "age", "farm", "working"))
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = d)
m <- svymean(~working, design)
cat(sprintf("working: %.1f %% (standard error %.1f)\n", 100 * coef(m), 100 * SE(m)))
fit <- svyglm(working ~ age + farm, design, family = quasibinomial, epsilon = 1e-12)
# glm leaves the information matrix where it was before its last step; from its own solution it is exact.
fit <- svyglm(working ~ age + farm, design, family = quasibinomial, epsilon = 1e-12, start = coef(fit))
s <- sqrt(diag(vcov(fit)))
cat(sprintf("%-12s %9.6f %9.6f\n", c("(intercept)", "age", "farm"), coef(fit), s), sep = "")
