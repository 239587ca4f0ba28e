# SPDX-License-Identifier: GPL-3.0-or-later
#
# Random intercepts of areas within parents, for nested.c: by lme4::glmer(nAGQ = 1), see mixed.R for its
# inner tolerances; and with survey weights, of which lme4 knows nothing, by Laplace's method written as
# plainly as it can be.
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

# A sample and what is compared: rows with their weights, then the numbers.
put_case <- function(name, d, x, w) {
  put("case", name)
  put("shape", nrow(x), ncol(x))
  lines <- cbind(d$parent, d$area, d$y, number(w), matrix(number(x), nrow(x)))
  writeLines(apply(lines, 1, paste, collapse = " "), output)
}

draw <- function(rows, parents, areas, sigma_area, sigma_parent) {
  area <- sample(parents * areas, rows, TRUE)
  parent <- (area - 1) %/% areas + 1
  u <- rnorm(parents * areas, 0, sigma_area)
  v <- rnorm(parents, 0, sigma_parent)
  d <- data.frame(parent = sprintf("%02d", parent), area = sprintf("%03d", (area - 1) %% areas),
                  age = sample(5:17, rows, TRUE), farm = rbinom(rows, 1, 0.3))
  d$y <- rbinom(rows, 1, plogis(-2.5 + 0.15 * d$age + 0.6 * d$farm + u[area] + v[parent]))
  d
}

case <- function(name, rows, parents, areas, sigma_area, sigma_parent) {
  d <- draw(rows, parents, areas, sigma_area, sigma_parent)
  inner <- function(tolerance)
    glmerControl(optimizer = "bobyqa", tolPwrss = tolerance, check.conv.singular = "ignore",
                 optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
  fit <- suppressWarnings(glmer(update(formula, . ~ . + (1 | parent / area)), d, family = binomial, nAGQ = 1,
                                control = inner(1e-11)))
  deviance_at <- update(fit, devFunOnly = TRUE, control = inner(1e-14))
  theta <- getME(fit, "theta") # of areas, then of parents
  x <- model.matrix(formula, d)
  put_case(name, d, x, rep(1, rows))
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
# Laplace's method for one parent: standardised effects z of its areas and, last, of itself, at the top of
# h(z) = sum w log p(y | eta + sigma_area z_area + sigma_parent z_parent) - z'z / 2, found by Newton's method;
# log of the integral = h - log det(-Hessian) / 2, the constants of the normal densities having cancelled.
laplace_of <- function(eta, y, w, area, sigma) {
  k <- max(area)
  of <- cbind(sigma[1] * diag(k)[area, , drop = FALSE], sigma[2])
  z <- numeric(k + 1)
  for (i in 1:60) {
    p <- plogis(eta + drop(of %*% z))
    gradient <- drop(crossprod(of, w * (y - p))) - z
    minus_hessian <- crossprod(of, w * p * (1 - p) * of) + diag(k + 1)
    if (max(abs(gradient)) < 1e-12) break
    z <- z + solve(minus_hessian, gradient)
  }
  at <- eta + drop(of %*% z)
  h <- sum(w * (y * plogis(at, log.p = TRUE) + (1 - y) * plogis(-at, log.p = TRUE))) - sum(z^2) / 2
  effect <- cbind(sigma[1] * diag(k), sigma[2]) # of an area: its own and its parent's
  v <- solve(minus_hessian)
  list(loglik = h - as.numeric(determinant(minus_hessian)$modulus) / 2, parent = sigma[2] * z[k + 1],
       parent_sd = sigma[2] * sqrt(v[k + 1, k + 1]), effect = drop(effect %*% z),
       effect_sd = sqrt(diag(effect %*% v %*% t(effect))))
}

weighted_case <- function(name, rows, parents, areas, sigma_area, sigma_parent) {
  d <- draw(rows, parents, areas, sigma_area, sigma_parent)
  w <- round(rgamma(rows, 2, 0.02) + 5) * ifelse(d$y == 1, 0.6, 1) # the weight tells of the outcome
  scaled <- w * ave(w, d$parent, d$area, FUN = function(v) length(v) / sum(v)) # sums to the rows of the area
  x <- model.matrix(formula, d)
  rows_of <- split(seq_len(rows), d$parent)
  at <- function(q) lapply(rows_of, function(i)
    laplace_of(drop(x[i, ] %*% q[1:3]), d$y[i], scaled[i], as.integer(factor(d$area[i])), q[4:5]))
  total <- function(q) sum(sapply(at(q), function(l) l$loglik))
  q <- c(suppressWarnings(glm.fit(x, d$y, scaled, family = binomial()))$coefficients, 0.5, 0.5)
  gradient <- function(q, step = 1e-4) sapply(seq_along(q), function(j) {
    e <- replace(numeric(length(q)), j, step * max(1, abs(q[j])) * if (j == 2) 0.1 else 1)
    (8 * (total(q + e) - total(q - e)) - (total(q + 2 * e) - total(q - 2 * e))) / (12 * sum(e))
  })
  q <- optim(q, function(q) -total(q), function(q) -gradient(q), method = "BFGS",
             control = list(reltol = 1e-15, maxit = 300, parscale = c(1, 0.1, 1, 1, 1)))$par
  found <- at(q)
  put_case(name, d, x, w)
  vector_of("beta", q[1:3])
  vector_of("sigma", q[4:5])
  vector_of("loglik", total(q))
  by_parent <- function(what) unlist(lapply(found, `[[`, what), use.names = FALSE)
  vector_of("parents", by_parent("parent"))
  vector_of("effects", by_parent("effect"))
  vector_of("effects_sd", by_parent("effect_sd"))
  vector_of("parents_sd", by_parent("parent_sd"))
  put("end")
}
set.seed(31)
case("nested", 2500, 20, 6, 0.6, 0.8)
case("nested/small-areas", 1200, 15, 12, 1, 0.5)
case("nested/no-areas", 2000, 18, 8, 0, 0.7)
case("nested/no-parents", 2000, 10, 12, 0.9, 0)
weighted_case("nested/weights", 1500, 16, 6, 0.6, 0.8)
close(output)
