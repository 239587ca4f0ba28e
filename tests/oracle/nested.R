# SPDX-License-Identifier: GPL-3.0-or-later
#
# Random intercepts of areas within parents by lme4::glmer(nAGQ = 1), for nested.c. See mixed.R for the
# inner tolerances of lme4.
#
#     Rscript nested.R OUTPUT
if (!requireNamespace("lme4", quietly = TRUE)) {
  cat("SKIP: R package lme4 is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(lme4))

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) formatC(x, digits = 17, format = "g", width = -1)
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))
formula <- y ~ age + farm

case <- function(name, rows, parents, areas, sigma_area, sigma_parent) {
  area <- sample(parents * areas, rows, TRUE)
  parent <- (area - 1) %/% areas + 1
  u <- rnorm(parents * areas, 0, sigma_area)
  v <- rnorm(parents, 0, sigma_parent)
  d <- data.frame(parent = sprintf("%02d", parent), area = sprintf("%03d", (area - 1) %% areas),
                  age = sample(5:17, rows, TRUE), farm = rbinom(rows, 1, 0.3))
  d$y <- rbinom(rows, 1, plogis(-2.5 + 0.15 * d$age + 0.6 * d$farm + u[area] + v[parent]))
  inner <- function(tolerance)
    glmerControl(optimizer = "bobyqa", tolPwrss = tolerance, check.conv.singular = "ignore",
                 optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
  fit <- suppressWarnings(glmer(update(formula, . ~ . + (1 | parent / area)), d, family = binomial, nAGQ = 1,
                                control = inner(1e-11)))
  deviance_at <- update(fit, devFunOnly = TRUE, control = inner(1e-14))
  theta <- getME(fit, "theta") # of areas, then of parents
  x <- model.matrix(formula, d)
  put("case", name)
  put("shape", rows, ncol(x))
  lines <- cbind(d$parent, d$area, d$y, matrix(number(x), nrow(x)))
  writeLines(apply(lines, 1, paste, collapse = " "), output)
  vector_of("beta", fixef(fit))
  vector_of("sigma", theta)
  vector_of("loglik", -deviance_at(c(theta, fixef(fit))) / 2)
  vector_of("parents", ranef(fit)$parent[, 1])
  # The joint covariance of all effects given the data: lme4's own factor of minus the Hessian at the
  # mode; of the sum of an area's and its parent's effect, and of the parent's by itself.
  spread <- t(getME(fit, "Lambdat"))
  v <- as.matrix(spread %*% Matrix::solve(getME(fit, "L"), t(spread), system = "A"))
  a <- ranef(fit)$`area:parent`
  g <- rownames(ranef(fit)$parent)
  of <- length(a[, 1]) + match(sub(".*:", "", rownames(a)), g)
  own <- seq_along(of)
  sum_sd <- sqrt(pmax(diag(v)[own] + diag(v)[of] + 2 * v[cbind(own, of)], 0))
  by_code <- order(sub(".*:", "", rownames(a)), sub(":.*", "", rownames(a)), method = "radix")
  vector_of("effects", (a[, 1] + ranef(fit)$parent[of - length(own), 1])[by_code])
  vector_of("effects_sd", sum_sd[by_code])
  vector_of("parents_sd", sqrt(diag(v)[length(own) + seq_along(g)]))
  put("end")
}
set.seed(31)
case("nested", 2500, 20, 6, 0.6, 0.8)
case("nested/small-areas", 1200, 15, 12, 1, 0.5)
case("nested/no-areas", 2000, 18, 8, 0, 0.7)
case("nested/no-parents", 2000, 10, 12, 0.9, 0)
close(output)
