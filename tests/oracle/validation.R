# SPDX-License-Identifier: GPL-3.0-or-later
#
# The whole way from the survey's file to validation.json against R package `survey`: runs
# `mirti validate` on the real ENIGH 2016 and compares what a reader will look at first – AUC, Brier,
# the states' own and modelled rates, and those by a model that has not seen the state. (Every measure
# with its error, on more designs, is compared in validate.R.)
#
#     Rscript validation.R PROGRAM SOURCE-FOLDER
arguments <- commandArgs(TRUE)
program <- arguments[1]
source_folder <- arguments[2]
skip <- function(why) {
  cat("SKIP:", why, "\n")
  quit(status = 77)
}
for (package in c("survey", "jsonlite"))
  if (!requireNamespace(package, quietly = TRUE)) skip(paste("R package", package, "is not installed"))
real <- Sys.getenv("MIRTI_REAL_DATA")
if (!nzchar(real)) skip("MIRTI_REAL_DATA is not set")
suppressPackageStartupMessages(library(survey))
options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "adjust")
source(file.path(source_folder, "tests/oracle/enigh.R"))

# What is left are orders of summing, and the last step of the fits.
tolerance <- 1e-8
compared <- 0
failed <- 0
compare <- function(what, value, expected) {
  off <- max(abs(value - expected) / pmax(abs(expected), 1e-6))
  compared <<- compared + length(expected)
  if (length(value) == length(expected) && isTRUE(off <= tolerance)) return(invisible())
  failed <<- failed + 1
  cat(sprintf("%s: off by %g (relative), %g is allowed\n", what, off, tolerance))
}

answer <- tempfile(fileext = ".json")
status <- system2(program, c("validate", shQuote(file.path(source_folder, "examples/mexico-2020/mirti.yaml")),
                             "--data", shQuote(real), "--json"), stdout = answer)
if (status != 0) stop("mirti validate ended with ", status)
v <- jsonlite::read_json(answer, simplifyVector = TRUE)

all <- enigh_2016(real)
known <- !is.na(all$dirt_floor)
d <- all[known, ]
solve_on <- function(rows) {
  x <- model.matrix(enigh_formula, d)
  start <- NULL
  for (round in 1:2)
    start <- suppressWarnings(glm.fit(x[rows, ], d$y[rows], d$w[rows] / mean(d$w[rows]), start = start,
                                      family = quasibinomial(),
                                      control = list(epsilon = 1e-14, maxit = 100)))$coefficients
  drop(plogis(x %*% start))
}
d$p <- solve_on(rep(TRUE, nrow(d)))
all$p <- NA
all$p[known] <- d$p
all$b <- (all$y - all$p)^2
design <- subset(svydesign(~upm, strata = ~est_dis, weights = ~w, data = all, nest = TRUE),
                 !is.na(dirt_floor))

# Weighted AUC from the distribution of scores: ties by half.
auc_of <- function(p, y, w) {
  total <- function(chosen) tapply(ifelse(chosen, w, 0), round(p, 12), sum)
  zero <- total(y == 0); one <- total(y == 1)
  sum(one * (cumsum(zero) - zero / 2)) / (sum(one) * sum(zero))
}
compare("AUC", v$sample$auc$value, auc_of(d$p, d$y, d$w))
brier <- svymean(~b, design)
compare("Brier", unlist(v$sample$brier[c("value", "se")]), c(coef(brier), SE(brier)))
compare("children", v$design$children, nrow(d))

areas <- v$areas$areas
codes <- sort(unique(d$state), method = "radix")
if (!identical(areas$code, codes)) stop("other states: ", paste(areas$code, collapse = " "))
direct <- svyby(~y, ~state, design, svymean)[codes, ]
compare("direct rates", areas$direct$value, direct$y)
compare("errors of direct rates", areas$direct$se, direct$se)
compare("modelled rates", areas$modelled, svyby(~p, ~state, design, svymean)[codes, ]$p)
compare("states within", v$areas$within,
        sum(areas$modelled >= areas$direct$lo & areas$modelled <= areas$direct$hi))

# A model that has not seen the state; all of them, since the AUC out of sample is over all.
q <- numeric(nrow(d))
for (code in codes) {
  here <- d$state == code
  q[here] <- solve_on(!here)[here]
}
left_out <- tapply(d$w * q, d$state, sum) / tapply(d$w, d$state, sum)
compare("rates without the state", areas$left_out, as.vector(left_out[codes]))
compare("AUC without the state", v$leave_areas_out$auc$value, auc_of(q, d$y, d$w))
folds <- v$leave_areas_out$folds
compare("AUC of each state", folds$auc,
        sapply(codes, function(code) with(d[d$state == code, ], auc_of(q[d$state == code], y, w))))

# Folds of PSUs are the program's own: they are balanced, and what is out of sample is a little worse.
psus <- v$leave_psus_out$folds$psus
stopifnot(max(psus) - min(psus) <= 1, sum(psus) == v$design$psus,
          v$leave_psus_out$auc$value < v$sample$auc$value,
          v$leave_psus_out$brier$value > v$sample$brier$value)
# The census covers every state, and years have passed: near the survey's, not equal.
stopifnot(all(areas$census > 0.5 * areas$modelled & areas$census < 1.5 * areas$modelled),
          all(areas$census_se > 0 & areas$census_se < 0.05), all(nzchar(areas$name)))
cat(compared, "numbers compared,", failed, "groups of them too far off\n")
quit(status = as.integer(failed > 0))
