#!/usr/bin/env Rscript
# SPDX-License-Identifier: GPL-3.0-or-later
# How well priors for sigma keep the promise of 95 %, where all is normal and the rest is known: areas have
# effects u ~ N(0, sigma^2), the survey an estimate of u + a mean with variance D in each of its areas, and
# the interval of another area is the 95 % range of its u given all of them. What engine/fit/mixed_profile.c
# takes its prior from, and the table of docs/method.md.
#
#   prior.R [SAMPLES]          coverage in % by sigma, for three priors
#   prior.R [SAMPLES] search   the form of the dip found anew: whose greatest distance to 95 % is the least

given <- commandArgs(TRUE)
samples <- if (length(given)) as.integer(given[1]) else 300

# Children of the areas of a survey: as many in each, or lognormal.
uneven <- function(areas, children, spread, seed) {
  set.seed(seed)
  size <- exp(rnorm(areas) * spread)
  pmax(1, size / sum(size) * children)
}
surveys <- list(
  "155 areas, 2,100 children, uneven" = 1 / (0.065 * uneven(155, 2100, 1.15, 3)),
  "250 areas, 6,500 children, uneven" = 1 / (0.085 * uneven(250, 6500, 1.15, 1)),
  "25 areas of 40" = rep(1 / (0.15 * 40), 25),
  "40 areas of 20" = rep(1 / (0.15 * 20), 40),
  "100 areas of 20" = rep(1 / (0.15 * 20), 100),
  "300 areas of 8" = rep(1 / (0.15 * 8), 300))

grid <- exp(seq(log(0.01), log(5), length.out = 110))  # of sigma
at <- c(0.5, 0.7, 0.9, 1, 1.2, 1.5, 2, 3)              # true sigma / visible sigma

# Samples of a survey at a true sigma, and their restricted likelihoods over the grid.
draw <- function(d, ratio) {
  visible <- (sum(1 / d^2) / 2)^-0.25
  sigma <- ratio * visible
  set.seed(99)
  y <- matrix(rnorm(samples * length(d)), samples) * rep(sqrt(sigma^2 + d), each = samples)
  inverse <- sapply(grid^2, function(a) 1 / (a + d))
  sums <- colSums(inverse)
  square <- y^2 %*% inverse - (y %*% inverse)^2 / rep(sums, each = samples)
  log_likelihood <- rep(colSums(log(inverse)) / 2 - log(sums) / 2, each = samples) - square / 2
  list(sigma = sigma, visible = visible, likelihood = exp(log_likelihood - apply(log_likelihood, 1, max)))
}

# Half the range by Newton's method: P(|u| < l) is a mean of normal ones over what is known of sigma.
half_range <- function(share) {
  all <- rep(grid, each = nrow(share))
  l <- 2 * sqrt(rowSums(share * all^2))
  for (step in 1:8) {
    missing <- rowSums(share * (2 * pnorm(l / all) - 1)) - 0.95
    slope <- rowSums(share * 2 * dnorm(l / all) / all)
    l <- pmax(0.3 * l, pmin(3 * l, l - missing / slope))
  }
  l
}

coverage <- function(drawn, log_prior) {
  weight <- grid * exp(log_prior(grid, drawn$visible))  # the grid is even in log sigma
  share <- drawn$likelihood * rep(weight, each = samples)
  100 * mean(2 * pnorm(half_range(share / rowSums(share)) / drawn$sigma) - 1)
}

dip <- function(depth, centre, width) function(sigma, visible)
  -depth * exp(-(log(sigma^2 / visible^2) - centre)^2 / (2 * width^2))
drawn <- lapply(surveys, function(d) lapply(at, function(ratio) draw(d, ratio)))
table_of <- function(log_prior) t(sapply(drawn, function(of) sapply(of, coverage, log_prior = log_prior)))

if (length(given) > 1) {
  distance <- function(q) max(abs(table_of(dip(exp(q[1]), q[2], exp(q[3])))[, at >= 0.9] - 95))
  found <- optim(c(0, -0.5, 0), distance, control = list(maxit = 150))
  cat(sprintf("depth %.2f, centre %.2f, width %.2f: within %.1f points\n", exp(found$par[1]), found$par[2],
              exp(found$par[3]), found$value))
} else {
  priors <- list("dip" = dip(1.5, -0.6, 0.75), "flat in sigma" = dip(0, 0, 1),
                 "square root of sigma" = function(sigma, visible) log(sigma) / 2)
  for (name in names(priors)) {
    found <- table_of(priors[[name]])
    colnames(found) <- at
    cat(name, ": from", round(min(found[, at >= 0.9]), 1), "to", round(max(found[, at >= 0.9]), 1),
        "where sigma is 0.9 visible and more\n")
    print(round(found, 1))
  }
}
