# SPDX-License-Identifier: GPL-3.0-or-later
#
# Random intercepts of areas within parents, for nested.c: by lme4::glmer(nAGQ = 1), see mixed.R for its
# inner tolerances; and with survey weights, of which lme4 knows nothing, by Laplace's method written as
# plainly as it can be. Ranks of a census's areas, some of them without a sample, are drawn from the full
# joint normal of all their effects.
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
  d <- data.frame(parent = sprintf("%02d", parent), area = sprintf("%02d%03d", parent, (area - 1) %% areas),
                  age = sample(5:17, rows, TRUE), farm = rbinom(rows, 1, 0.3))
  d$y <- rbinom(rows, 1, plogis(-2.5 + 0.15 * d$age + 0.6 * d$farm + u[area] + v[parent]))
  d
}

# The census: every area of the sample, two more in each of its parents, eight in two other parents, with one
# kind of child in each. Given the joint covariance `joint` of the effects of areas (u_area + u_parent, in the
# order of `code`) and then of parents, draws all of them together, on the logit scale as the program does:
# the logit of the mean risk, moved by the error of the risk over p (1 - p).
put_ranks <- function(code, parents, beta, sigma, effect, parent_effect, joint, draws = 20000) {
  before <- .Random.seed # the samples are those of without
  on.exit(assign(".Random.seed", before, globalenv()))
  seen <- strsplit(code, ":")
  parent <- c(sapply(seen, `[`, 1), rep(parents, each = 2), rep(c("98", "99"), each = 8))
  area <- c(sapply(seen, `[`, 2), paste0(parent[-seq_along(code)], c(rep(901:902, length(parents)), 901:908, 901:908)))
  n <- length(parent)
  age <- round(runif(n, 5, 17), 6) # no ties
  farm <- rbinom(n, 1, 0.3)
  sampled <- seq_len(n) <= length(code)
  # What an area takes of the effects known together: its own, its parent's, or that of one of the new parents.
  k <- length(code) + length(parents)
  all <- rbind(cbind(joint, matrix(0, k, 2)), cbind(matrix(0, 2, k), diag(sigma[2]^2, 2)))
  takes <- ifelse(sampled, seq_len(n), length(code) + match(parent, c(parents, "98", "99")))
  v <- all[takes, takes] + diag(ifelse(sampled, 0, sigma[1]^2))
  eta <- drop(cbind(1, age, farm) %*% beta) + c(effect, parent_effect, 0, 0)[takes]
  z <- seq(-8.25, 8.25, length.out = 331)
  w <- dnorm(z) / sum(dnorm(z))
  p <- plogis(eta + outer(sqrt(diag(v)), z))
  risk <- drop(p %*% w)
  error <- sqrt(pmax(drop((p - risk)^2 %*% w), 0))
  correlation <- eigen(cov2cor(v), symmetric = TRUE)
  root <- correlation$vectors %*% diag(sqrt(pmax(correlation$values, 0)))
  drawn <- qlogis(risk) + error / (risk * (1 - risk)) * (root %*% matrix(rnorm(n * draws), n))
  rank <- apply(-drawn, 2, rank)
  put("census", n)
  writeLines(paste(parent, area, age, farm), output)
  vector_of("risk", risk)
  vector_of("error", error)
  vector_of("top", rowMeans(rank <= n %/% 5))
  # Limits of 2.5 % in other 20,000 draws lie between these: 0.7 points are 4.5 errors of the difference.
  at <- apply(rank, 1, quantile, c(0.018, 0.032, 0.968, 0.982), type = 1)
  for (q in 1:4) vector_of(c("lo_from", "lo_to", "hi_from", "hi_to")[q], at[q, ])
}

# Of u_area + u_parent: the standard deviation that is left when u_parent is given, and covariances with all
# other areas of the parent, added up.
put_joint <- function(parent, joint) {
  n <- seq_along(parent)
  of <- length(n) + match(parent, unique(parent))
  variance <- diag(joint)[of]
  explained <- ifelse(variance > 0, joint[cbind(n, of)]^2 / variance, 0)
  vector_of("own_sd", sqrt(pmax(diag(joint)[n] - explained, 0)))
  together <- joint[n, n] * outer(parent, parent, `==`)
  vector_of("with_others", rowSums(together) - diag(together))
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
  effect <- (a[, 1] + ranef(fit)$parent[of - length(own), 1])[by_code]
  vector_of("effects", effect)
  vector_of("effects_sd", sum_sd[by_code])
  of_parents <- length(own) + seq_along(g)
  vector_of("parents_sd", sqrt(diag(v)[of_parents]))
  sums <- diag(nrow(v))[c(by_code, of_parents), ] # rows: u_area by code, u_parent
  sums[cbind(own, of[by_code])] <- 1
  joint <- sums %*% v %*% t(sums)
  code <- paste(sub(".*:", "", rownames(a)), sub(":.*", "", rownames(a)), sep = ":")[by_code]
  put_joint(sub(":.*", "", code), joint)
  put_ranks(code, g, fixef(fit), theta, effect, ranef(fit)$parent[, 1], joint)
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
  both <- rbind(effect, c(numeric(k), sigma[2]))
  list(loglik = h - as.numeric(determinant(minus_hessian)$modulus) / 2, parent = sigma[2] * z[k + 1],
       parent_sd = sigma[2] * sqrt(v[k + 1, k + 1]), effect = drop(effect %*% z),
       effect_sd = sqrt(diag(effect %*% v %*% t(effect))), joint = both %*% v %*% t(both))
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
  code <- sort(unique(paste(d$parent, d$area, sep = ":")), method = "radix")
  parent <- sub(":.*", "", code)
  joint <- matrix(0, length(code) + length(found), length(code) + length(found))
  for (s in seq_along(found)) {
    i <- c(which(parent == unique(parent)[s]), length(code) + s)
    joint[i, i] <- found[[s]]$joint
  }
  put_joint(parent, joint)
  put_ranks(code, unique(parent), q[1:3], q[4:5], by_parent("effect"), by_parent("parent"), joint)
  put("end")
}

# What the sample says of the two sigmas: the top over beta of the log-likelihood less half the log determinant
# of minus its Hessian by beta, by differences, on a grid; the prior is left to nested.c. The shares of
# sigma_area and, given it, of sigma_parent that replicates are to have.
replicates_case <- function(name, rows, parents, areas, sigma_area, sigma_parent, most, replicates = 32) {
  d <- draw(rows, parents, areas, sigma_area, sigma_parent)
  x <- model.matrix(formula, d)
  z <- scale(x[, -1]) # the determinant differs by a constant
  z <- cbind(1, z)
  rows_of <- split(seq_len(rows), d$parent)
  total <- function(b, sigma) sum(sapply(rows_of, function(i)
    laplace_of(drop(z[i, ] %*% b), d$y[i], rep(1, length(i)), as.integer(factor(d$area[i])), sigma)$loglik))
  e <- 1e-3 * diag(3)
  b <- suppressWarnings(glm.fit(z, d$y, family = binomial()))$coefficients
  at_sigma <- function(sigma) {
    for (k in 1:20) {
      middle <- total(b, sigma)
      up <- apply(e, 2, function(v) total(b + v, sigma))
      down <- apply(e, 2, function(v) total(b - v, sigma))
      minus_hessian <- diag((2 * middle - up - down) / 1e-6)
      for (i in 1:2) for (j in (i + 1):3)
        minus_hessian[i, j] <- minus_hessian[j, i] <-
          (up[i] + up[j] - middle - total(b + e[, i] + e[, j], sigma)) / 1e-6
      step <- solve(minus_hessian, (up - down) / 2e-3)
      if (max(abs(step)) < 1e-3) break
      b <<- b + step
    }
    middle + sum(step * (up - down) / 2e-3) / 2 - as.numeric(determinant(minus_hessian)$modulus) / 2
  }
  grid <- lapply(most, function(m) seq(0, m, length.out = 13))
  value <- t(sapply(grid[[1]], function(a) sapply(grid[[2]], function(s) at_sigma(c(a, s)))))
  stopifnot(max(value[13, ], value[, 13]) < max(value) - 6)
  fine <- lapply(grid, function(g) seq(0, max(g), length.out = 97)) # by splines, for nested.c goes straight between
  value <- apply(value, 2, function(v) spline(grid[[1]], v, xout = fine[[1]])$y)
  value <- t(apply(value, 1, function(v) spline(grid[[2]], v, xout = fine[[2]])$y))
  b <- seq_len(replicates) - 1
  mirrored <- sapply(b, function(k) sum(as.integer(intToBits(k))[1:5] / 2^(1:5))) + 1 / 64
  put("replicates", name)
  put("shape", rows, 3)
  lines <- cbind(d$parent, d$area, d$y, "1", matrix(number(x), rows))
  writeLines(apply(lines, 1, paste, collapse = " "), output)
  vector_of("area_grid", fine[[1]])
  vector_of("parent_grid", fine[[2]])
  vector_of("log_density", t(value) - max(value))
  vector_of("share", (b + 0.5) / replicates)
  vector_of("other", mirrored)
  put("end")
}

set.seed(31)
case("nested", 2500, 20, 6, 0.6, 0.8)
case("nested/small-areas", 1200, 15, 12, 1, 0.5)
case("nested/no-areas", 2000, 18, 8, 0, 0.7)
case("nested/no-parents", 2000, 10, 12, 0.9, 0)
weighted_case("nested/weights", 1500, 16, 6, 0.6, 0.8)
replicates_case("nested/replicates", 600, 8, 5, 0.6, 0.7, c(2, 4))
close(output)
