# SPDX-License-Identifier: GPL-3.0-or-later
#
# Validation by R package `survey` and by brute force, for validate.c: AUC over all pairs, its error by
# svytotal of the influence function and by the jackknife, Brier by svymean and svycontrast, calibration by
# svyglm with an offset, Archer and Lemeshow's test by its definition, generalised VIF by determinants,
# thresholds by svyciprop, states by svymean on subsets, folds by fitting without them.
#
#     Rscript validate.R OUTPUT
if (!requireNamespace("survey", quietly = TRUE)) {
  cat("SKIP: R package survey is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(survey))
options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "adjust", warn = 1)

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) ifelse(is.na(x), "nan", formatC(x, digits = 17, format = "g", width = -1))
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

# glm stops when the deviance settles; from its own solution, coefficients and variance are exact.
exact <- function(formula, design) {
  again <- function(start) suppressWarnings(eval(bquote(
    svyglm(.(formula), design, family = quasibinomial(), start = .(start),
           control = list(epsilon = 1e-14, maxit = 100)))))
  start <- NULL
  for (round in 1:3) start <- coef(fit <- again(start))
  fit
}

# All pairs of a child with the outcome and one without, in blocks.
pairs <- function(s, y, w) {
  one <- which(y == 1); zero <- which(y == 0)
  u <- numeric(length(y))
  for (block in split(one, ceiling(seq_along(one) / 500))) {
    win <- outer(s[block], s[zero], ">") + outer(s[block], s[zero], "==") / 2
    u[block] <- win %*% w[zero] / sum(w[zero])
    u[zero] <- u[zero] + drop(w[block] %*% win) / sum(w[one])
  }
  auc <- sum(w[one] * u[one]) / sum(w[one])
  u[one] <- (u[one] - auc) / sum(w[one])
  u[zero] <- (u[zero] - auc) / sum(w[zero])
  list(auc = auc, influence = u)
}

case <- function(name, d, formula, areas, folds = 5, groups = 10, known = rep(TRUE, nrow(d)),
                 jackknife = FALSE) {
  known <- known & complete.cases(d[, all.vars(formula)])
  design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = d)
  fit <- exact(formula, design[known, ])
  x <- matrix(0, nrow(d), length(coef(fit)))
  x[known, ] <- model.matrix(fit)
  term <- attr(model.matrix(fit), "assign")
  unit <- paste(d$stratum, d$psu)
  fold <- (sample(length(unique(unit))) %% folds)[match(unit, unique(unit))]

  put("case", name)
  put("shape", nrow(d), ncol(x), max(term), folds, length(unique(areas[known])), groups)
  vector_of("term_of", term - 1)
  put("data")
  columns <- cbind(as.character(d$stratum), as.character(d$psu), number(d$w), as.integer(known),
                   number(ifelse(known, d$y, 0)), areas, fold, matrix(number(x), nrow(x)))
  writeLines(apply(columns, 1, paste, collapse = " "), output)
  vector_of("beta", coef(fit))

  # Probabilities of the same traits are the same; rounding must not tell them apart here either.
  p <- drop(plogis(x %*% coef(fit)))
  same <- function(p) round(p, 12)
  set <- function(design, ...) do.call(update, c(list(design), list(...)))

  a <- pairs(same(p)[known], d$y[known], d$w[known])
  d$u <- 0; d$u[known] <- a$influence
  d$p <- p; d$b <- (d$y - p)^2; d$r <- d$y - p
  design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = d)
  part <- design[known, ]
  df <- degf(part)
  se <- as.numeric(SE(svytotal(~u, part)))
  spread <- qt(0.975, df) * se / (a$auc * (1 - a$auc))
  vector_of("auc", c(a$auc, se, plogis(qlogis(a$auc) + c(-1, 1) * spread)))
  if (jackknife) {
    replicates <- as.svrepdesign(part, type = "JKn")
    theta <- withReplicates(replicates, function(w, data) pairs(same(data$p), data$y, w)$auc)
    vector_of("jackknife", as.numeric(SE(theta)))
  } else vector_of("jackknife", NA)

  both <- svymean(~b + y, part)
  scaled <- svycontrast(both, quote(1 - b / (y * (1 - y))))
  vector_of("brier", c(coef(both)[1], SE(both)[1], coef(scaled), SE(scaled)))

  # Archer and Lemeshow by its definition.
  value <- same(p)[known]
  block <- tapply(d$w[known], value, sum)
  middle <- (cumsum(block) - block / 2) / sum(block)
  place <- floor(groups * middle)
  d$g <- NA
  d$g[known] <- match(place, unique(place))[match(as.character(value), names(block))]
  design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = d)
  part <- design[known, ]
  g <- max(d$g, na.rm = TRUE)
  m <- svyby(~r, ~g, part, svymean, covmat = TRUE)
  wald <- drop(coef(m) %*% solve(vcov(m), coef(m)))
  f <- (df - g + 2) / (df * g) * wald
  vector_of("goodness", c(g, f, g - 1, df - g + 2, pf(f, g - 1, df - g + 2, lower.tail = FALSE)))
  observed <- svyby(~y, ~g, part, svymean)
  vector_of("groups", c(coef(svyby(~p, ~g, part, svymean)), coef(observed), SE(observed)))

  # Variance inflation from the weighted correlations.
  r <- cov.wt(x[known, -1], d$w[known], cor = TRUE)$cor
  det_of <- function(chosen) if (any(chosen)) det(r[chosen, chosen, drop = FALSE]) else 1
  gvif <- sapply(seq_len(max(term)), function(t) {
    own <- term[-1] == t
    det_of(own) * det_of(!own) / det(r)
  })
  columns <- sapply(seq_len(max(term)), function(t) sum(term == t))
  vector_of("gvif", c(gvif, gvif^(1 / columns)))

  # Thresholds.
  for (t in c(0.1, 0.25)) {
    d$flag <- as.numeric(d$p >= t); d$free <- 1 - d$flag; d$not <- 1 - d$y
    design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = d)
    proportion <- function(formula, within) {
      if (!any(known & within)) return(rep(NA, 4)) # nobody is flagged, or everybody
      sub <- design[known & within, ]
      e <- svyciprop(formula, sub, method = "xlogit", df = degf(sub))
      c(coef(e), SE(svymean(formula, sub)), attr(e, "ci"))
    }
    vector_of("threshold", c(t, proportion(~flag, d$y %in% 1), proportion(~free, d$y %in% 0),
                             proportion(~y, d$flag == 1), proportion(~not, d$flag == 0)))
  }

  # Areas.
  for (code in sort(unique(areas[known]), method = "radix")) {
    sub <- design[known & areas == code, ]
    vector_of("area", c(coef(svymean(~y, sub)), SE(svymean(~y, sub)), coef(svymean(~p, sub)),
                        -coef(svymean(~r, sub)), SE(svymean(~r, sub))))
  }

  # Folds: the model of the others. Only coefficients are wanted, and these a plain glm gives too.
  q <- rep(NA, nrow(d))
  for (k in seq_len(folds) - 1) {
    seen <- known & fold != k
    start <- NULL
    for (round in 1:2)
      start <- suppressWarnings(glm.fit(x[seen, ], d$y[seen], d$w[seen] / mean(d$w[seen]),
                                        family = quasibinomial(), start = start,
                                        control = list(epsilon = 1e-14, maxit = 100)))$coefficients
    out <- known & fold == k
    q[out] <- plogis(x[out, ] %*% start)
  }
  vector_of("out_of_sample", q)
  d$l <- qlogis(q)
  design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = d)
  large <- exact(y ~ offset(l), design[known, ])
  slope <- exact(y ~ l, design[known, ])
  t1 <- qt(0.975, df); t2 <- qt(0.975, slope$df.residual)
  vector_of("calibration", c(coef(large), SE(large), coef(large) - t1 * SE(large),
                             coef(slope)[2], SE(slope)[2], coef(slope)[2] + t2 * SE(slope)[2]))
  put("end")
}

set.seed(78)
# ---------------------------------------------------------------------------------- real survey --
real <- Sys.getenv("MIRTI_REAL_DATA")
if (nzchar(real) && dir.exists(file.path(real, "survey"))) {
  e <- read.csv(file.path(real, "survey", "enigh2016_adolescentes_12_17.csv"),
                colClasses = "character", na.strings = "")
  a <- data.frame(w = as.numeric(e$factor), stratum = e$est_dis, psu = e$upm,
                  y = as.numeric(e$trabaja), age = as.numeric(as.numeric(e$edad) >= 15),
                  man = as.numeric(e$sexo == "1"), not_attending = as.numeric(e$inas_esc == "1"),
                  indigenous = as.numeric(e$hli == "1"),
                  dirt_floor = ifelse(e$mat_pisos == "&", NA, as.numeric(e$mat_pisos == "1")),
                  internet = as.numeric(e$conex_inte == "1"), drain = factor(e$drenaje == "5"))
  case("enigh-2016", a, y ~ age * man + not_attending + indigenous + dirt_floor + internet + drain,
       areas = substr(e$ubica_geo, 1, 2))
} else {
  cat("MIRTI_REAL_DATA is not set: the case on a real survey is left out\n")
}

# ------------------------------------------------------------------------------ generated design --
generated <- function(strata, psus, rows) {
  d <- expand.grid(i = seq_len(rows), psu = seq_len(psus), stratum = sprintf("h%02d", seq_len(strata)))
  d <- d[d$stratum != "h03" | d$psu == 1, ] # a stratum with one PSU
  k <- nrow(d)
  effect <- rnorm(strata * psus, 0, 0.5)
  d$w <- round(exp(rnorm(k, 5, 0.7)), 3)
  d$age <- sample(5:17, k, TRUE)
  d$income <- rnorm(k, 9, 1)
  d$kind <- factor(sample(c("a", "b", "c", "d"), k, TRUE, prob = c(.4, .3, .2, .1)))
  eta <- -2.5 + 0.12 * d$age - 0.2 * (d$income - 9) + c(0, .5, -.6, 1)[d$kind] +
    effect[as.integer(interaction(d$stratum, d$psu))]
  d$y <- rbinom(k, 1, plogis(eta))
  d
}
d <- generated(12, 6, 14)
d$grown <- as.numeric(d$age > 11)
area <- c("north", "south", "east")[as.integer(factor(d$stratum)) %% 3 + 1]
case("generated/continuous", d, y ~ age + income + kind, areas = area, jackknife = TRUE)
case("generated/many-ties", d, y ~ kind + grown, areas = area, jackknife = TRUE, groups = 4)
case("generated/subpopulation", d, y ~ age * kind, areas = area, known = d$age > 8 & d$stratum != "h07")
close(output)
