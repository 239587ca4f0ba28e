# SPDX-License-Identifier: GPL-3.0-or-later
#
# Validation of models with effects of areas, for validate_effects.c: lme4::glmer fitted to all rows and
# without each fold, a child's probability by integrals on a grid – over what the area's own rows say of its
# effect, else what its larger area's say, else over the normal distribution of effects – and the measures of
# these probabilities by R package `survey` and all pairs. lme4 knows no survey weights: fits count every row
# once, measures are weighted.
#
#     Rscript validate_effects.R OUTPUT
for (package in c("lme4", "survey"))
  if (!requireNamespace(package, quietly = TRUE)) {
    cat("SKIP: R package", package, "is not installed\n")
    quit(status = 77)
  }
suppressPackageStartupMessages({library(lme4); library(survey)})
options(survey.lonely.psu = "adjust", warn = 1)

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) ifelse(is.na(x), "nan", formatC(x, digits = 17, format = "g", width = -1))
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

# Inner tolerances as in mixed.R, where they are explained.
glmer_of <- function(formula, d, nodes) suppressWarnings(glmer(
  formula, d, family = binomial, nAGQ = nodes,
  control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-11, check.conv.singular = "ignore",
                         optCtrl = list(rhoend = 1e-9, maxfun = 1e5))))

# Mean of the logistic function at eta + u over a density known up to a factor on a grid.
mean_on <- function(eta, u, log_density) {
  weight <- exp(log_density - max(log_density))
  drop(plogis(outer(eta, u, "+")) %*% (weight / sum(weight)))
}
over_normal <- function(eta, mean, sd) {
  if (sd == 0) return(plogis(eta + mean))
  z <- seq(-9, 9, length.out = 3001)
  mean_on(eta, mean + sd * z, dnorm(z, log = TRUE))
}

# What the model fitted to the rows `seen` says of all rows: of one level, `group` is their area.
one_level <- function(d, seen, group, nodes) {
  known <- !is.na(d[[group]])
  fit <- glmer_of(reformulate(c("age", "farm", sprintf("(1 | %s)", group)), "y"), d[seen & known, ], nodes)
  sigma <- getME(fit, "theta")[[1]]
  eta <- drop(model.matrix(~ age + farm, d) %*% fixef(fit))
  traits <- over_normal(eta, 0, sigma)
  p <- traits
  if (sigma == 0) return(list(p = p, traits = traits, known = known)) # areas do not differ
  grid <- sigma * seq(-10, 10, length.out = 6001)
  for (g in unique(d[[group]][seen & known])) {
    told <- which(seen & known & d[[group]] == g)
    at <- outer(eta[told], grid, "+")
    log_density <- colSums(plogis(ifelse(d$y[told] == 1, 1, -1) * at, log.p = TRUE)) +
      dnorm(grid, 0, sigma, log = TRUE)
    of <- which(known & d[[group]] == g)
    p[of] <- mean_on(eta[of], grid, log_density)
  }
  list(p = p, traits = traits, known = known & d[[group]] %in% d[[group]][seen & known])
}

# Areas within parents: effects are normal by Laplace's method, as lme4 has them (see nested.R).
two_levels <- function(d, seen, nodes) {
  known <- !is.na(d$area) & !is.na(d$parent)
  fit <- glmer_of(y ~ age + farm + (1 | parent / area), d[seen & known, ], 1)
  sigma <- getME(fit, "theta") # of areas, then of parents
  eta <- drop(model.matrix(~ age + farm, d) %*% fixef(fit))
  spread <- t(getME(fit, "Lambdat"))
  v <- as.matrix(spread %*% Matrix::solve(getME(fit, "L"), t(spread), system = "A"))
  a <- ranef(fit)$`area:parent`
  b <- ranef(fit)$parent
  of <- nrow(a) + match(sub(".*:", "", rownames(a)), rownames(b))
  own <- seq_len(nrow(a))
  area <- data.frame(mean = a[, 1] + b[of - nrow(a), 1],
                     sd = sqrt(pmax(diag(v)[own] + diag(v)[of] + 2 * v[cbind(own, of)], 0)),
                     row.names = sub(":.*", "", rownames(a)))
  parent <- data.frame(mean = b[, 1], sd = sqrt(diag(v)[nrow(a) + seq_len(nrow(b))] + sigma[1]^2),
                       row.names = rownames(b))
  traits <- over_normal(eta, 0, sqrt(sum(sigma^2)))
  p <- traits
  told <- rep(FALSE, nrow(d))
  for (of in list(list("parent", parent), list("area", area))) # areas last: the finer tells more
    for (code in rownames(of[[2]])) {
      here <- which(d[[of[[1]]]] == code)
      p[here] <- over_normal(eta[here], of[[2]][code, "mean"], of[[2]][code, "sd"])
      told[here] <- TRUE
    }
  list(p = p, traits = traits, known = told)
}

# Weighted AUC over all pairs, and its influence function.
pairs <- function(s, y, w) {
  one <- which(y == 1); zero <- which(y == 0)
  win <- outer(s[one], s[zero], ">") + outer(s[one], s[zero], "==") / 2
  auc <- sum(w[one] * (win %*% w[zero])) / (sum(w[one]) * sum(w[zero]))
  u <- numeric(length(y))
  u[one] <- (win %*% w[zero] / sum(w[zero]) - auc) / sum(w[one])
  u[zero] <- (drop(w[one] %*% win) / sum(w[one]) - auc) / sum(w[zero])
  list(auc = auc, influence = u)
}

measures <- function(key, d, p) {
  a <- pairs(round(p, 10), d$y, d$w)
  d$u <- a$influence; d$b <- (d$y - p)^2; d$logit <- qlogis(p)
  design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, nest = TRUE, data = d)
  b <- svymean(~b, design)
  level <- svyglm(y ~ 1, design, offset = logit, family = quasibinomial())
  slope <- svyglm(y ~ logit, design, family = quasibinomial())
  vector_of(key, c(a$auc, SE(svytotal(~u, design)), coef(b), SE(b), coef(level)[1], SE(level)[1],
                   coef(slope)[2], SE(slope)[2]))
}

case <- function(name, level, nodes, parents, areas, psus, children, sigma_area, sigma_parent, folds = 4) {
  psu <- rep(seq_len(parents * areas * psus), each = children)
  area <- (psu - 1) %/% psus + 1
  parent <- (area - 1) %/% areas + 1
  n <- length(psu)
  d <- data.frame(stratum = parent, psu = psu, area = sprintf("%04d", area), parent = sprintf("%02d", parent),
                  w = round(rgamma(n, 2, 0.02) + 5), age = sample(5:17, n, TRUE), farm = rbinom(n, 1, 0.3))
  u <- rnorm(parents * areas, 0, sigma_area)[area] + rnorm(parents, 0, sigma_parent)[parent]
  d$y <- rbinom(n, 1, plogis(-2.3 + 0.12 * d$age + 0.6 * d$farm + u))
  # Some rows do not say where they are; in the first areas all PSUs are in one fold.
  d$area[sample(n, 15)] <- NA
  fold <- (sample(parents * areas * psus) %% folds)[psu]
  fold[area <= 3] <- area[area <= 3] %% folds
  fit <- function(seen) if (level == "nested") two_levels(d, seen, nodes) else one_level(d, seen, level, nodes)
  without <- function(part) {
    p <- traits <- numeric(n)
    known <- logical(n)
    for (k in unique(part)) {
      out <- part == k
      other <- fit(!out)
      p[out] <- other$p[out]
      known[out] <- other$known[out]
    }
    list(p = p, known = known)
  }
  all <- fit(rep(TRUE, n))
  by_psu <- without(fold)
  by_parent <- without(d$parent)

  put("case", name)
  put("shape", n, level, nodes, folds, parents)
  columns <- cbind(d$stratum, d$psu, number(d$w), d$y, ifelse(is.na(d$area), "-", d$area), d$parent, fold,
                   d$age, d$farm)
  writeLines(apply(columns, 1, function(v) paste(trimws(v), collapse = " ")), output)
  vector_of("sample", all$p)
  vector_of("traits", all$traits)
  vector_of("out_of_sample", by_psu$p)
  vector_of("known", by_psu$known)
  vector_of("areas_out", by_parent$p)
  measures("sample_measures", d, all$p)
  measures("traits_measures", d, all$traits)
  measures("out_of_sample_measures", d, by_psu$p)
  measures("areas_out_measures", d, by_parent$p)
  mean_of <- function(p) tapply(d$w * p, d$parent, sum) / tapply(d$w, d$parent, sum)
  vector_of("modelled", mean_of(all$p))
  vector_of("left_out", mean_of(by_parent$p))
  put("end")
}

set.seed(505)
case("area/Laplace", "area", 1, 6, 8, 3, 8, 0.8, 0)
case("area/7", "area", 7, 6, 8, 3, 8, 0.8, 0)
case("area/none", "area", 7, 5, 6, 3, 10, 0, 0)
case("parent/9", "parent", 9, 14, 2, 3, 12, 0, 0.8)
case("nested", "nested", 1, 10, 5, 3, 8, 0.7, 0.6)
close(output)
