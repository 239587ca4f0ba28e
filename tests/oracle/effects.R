# SPDX-License-Identifier: GPL-3.0-or-later
#
# Empirical-best risks and their bootstrap, done again. oracle_effects_engine (effects.c) writes a tiny
# survey, its census, and what the engine made of them; here the same is computed by definition:
# what an area's sample says of its effect on a fine grid (mixed_likelihood.R), risks as means over
# it, refits by BFGS and Newton's method, the distribution of sigma by profiles on a grid, mean
# squared errors and intervals by the formulas of docs/method.md, section 2.
#
#     Rscript effects.R PROGRAM
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
source(file.path(dirname(script), "mixed_likelihood.R"))
program <- commandArgs(TRUE)[1]

failed <- 0
check <- function(what, off, allowed) {
  good <- all(is.finite(off)) && max(abs(off)) <= allowed
  cat(sprintf("%-58s %9.2g (allowed %.2g)%s\n", what, max(abs(off)), allowed,
              if (good) "" else "  FAILED"))
  if (!good) failed <<- failed + 1
}

read_world <- function(...) {
  lines <- strsplit(system2(program, c(...), stdout = TRUE), " ")
  w <- lapply(lines, function(l) as.numeric(l[-1]))
  names(w) <- sapply(lines, `[`, 1)
  by_row <- function(v, columns) matrix(v, ncol = columns, byrow = TRUE)
  w$x <- by_row(w$x, 3)
  for (k in c("true_beta", "refit_beta")) w[[k]] <- by_row(w[[k]], 3)
  w$effect <- by_row(w$effect, 12)
  w$outcome <- by_row(w$outcome, 150)
  w$pattern_weight <- by_row(w$pattern_weight, 4)
  w$cell_children <- by_row(w$cell_children, 2)
  w$w <- scaled_weights(w$weight, w$area, "effective")
  w
}

likelihood <- function(w, y)
  function(q) colSums(areas_at(q, w$x, y, w$w, w$area, rep(1, length(y))))

# ------------------------------------------------------------------------------ risks of areas --
# Points and probabilities of the effect of area a, given outcomes y where the survey was.
effect_of <- function(w, a, beta, sigma, y) {
  i <- which(w$area == a)
  share <- if (length(i) == 0) exp(log_grid)
           else posterior_of(drop(w$x[i, , drop = FALSE] %*% beta), sigma, y[i], w$w[i])$share
  list(u = sigma * grid, share = share / sum(share))
}

# Risk of area a where its effect is u (a vector), from the cube and from published shares.
patterns <- cbind(1, c(0, 0, 1, 1), c(0, 1, 0, 1))
by_cube <- function(w, a, beta, u) {
  part <- w$pattern_weight[a, ] / sum(w$pattern_weight[a, ])
  drop(part %*% plogis(outer(drop(patterns %*% beta), u, "+")))
}
z_grid <- seq(-9, 9, length.out = 121)
z_share <- dnorm(z_grid) / sum(dnorm(z_grid))
by_shares <- function(w, a, beta, u) {
  risk <- 0
  for (c in 1:2) {
    s <- w$cell_share[((a - 1) * 2 + c - 1) * 2 + 1:2]
    sd <- sqrt(s * (1 - s))
    spread <- sqrt(sum(outer(beta[2:3] * sd, beta[2:3] * sd) * matrix(c(1, 0.25, 0.25, 1), 2)))
    risk <- risk + w$cell_children[a, c] / sum(w$cell_children[a, ]) *
      drop(z_share %*% plogis(outer(sum(beta * c(1, s)) + spread * z_grid, u, "+")))
  }
  risk
}
predicted <- function(w, risk, beta, sigma, y) sapply(1:12, function(a) {
  v <- effect_of(w, a, beta, sigma, y)
  sum(v$share * risk(w, a, beta, v$u))
})

published <- function(w, what, risk, tolerance) {
  name <- function(k) w[[paste(what, k, sep = "_")]]
  beta <- w$beta
  mine <- predicted(w, risk, beta, w$sigma, w$y)
  own <- sapply(1:12, function(a) {
    v <- effect_of(w, a, beta, w$sigma, w$y)
    p <- risk(w, a, beta, v$u)
    sqrt(max(0, sum(v$share * p^2) - sum(v$share * p)^2))
  })
  # The gradient by beta at what is known of the effects: they stay as they are.
  se <- sapply(1:12, function(a) {
    v <- effect_of(w, a, beta, w$sigma, w$y)
    g <- sapply(1:3, function(j) {
      step <- replace(numeric(3), j, 1e-4)
      sum(v$share * (risk(w, a, beta + step, v$u) - risk(w, a, beta - step, v$u))) / 2e-4
    })
    sqrt(drop(g %*% matrix(w$covariance, 4)[1:3, 1:3] %*% g) + own[a]^2)
  })
  check(paste(what, "risk, relative"), name("risk") / mine - 1, tolerance[1])
  check(paste(what, "spread over u, of the risk"), (name("own") - own) / mine, tolerance[2])
  check(paste(what, "standard error, relative"), name("se") / se - 1, tolerance[3])
}

# -------------------------------------------------------------------------------- the bootstrap --
draws <- function(w) {
  z <- w$effect / w$true_sigma
  check("effects: 1 - p of Kolmogorov and Smirnov", 1 - ks.test(c(z), "pnorm")$p.value, 0.999)
  p <- sapply(1:8, function(b) plogis(w$x %*% w$true_beta[b, ] + w$effect[b, w$area]))
  off <- t(w$outcome) - p
  key <- factor(outer(w$area, 8 * (0:7), "+"))
  square <- tapply(off, key, sum)^2 / tapply(p * (1 - p), key, sum)
  check("outcomes: two-sided 1 - p of chi-square over areas",
        abs(2 * pchisq(sum(square), length(square)) - 1), 0.999)
}

# sigma_b as quantiles of max over beta of l - 1/2 log|I_bb| + log of
# the prior, and the beta there.
# The engine goes in steps of half a standard error of sigma, linear between: 0.02 of the rank, and
# next to nothing of the likelihood.
log_prior <- function(w, sigma, beta) {
  p <- drop(plogis(w$x %*% beta))
  information <- tapply(w$w * p * (1 - p), w$area, sum)
  visible <- (sum(information^2) / 2)^-0.25
  -1.5 * exp(-(log(sigma^2 / visible^2) + 0.6)^2 / (2 * 0.75^2))
}

truths <- function(w) {
  total <- likelihood(w, w$y)
  beta <- w$beta
  at_sigma <- function(sigma) {
    of_beta <- function(b) total(c(b, sigma))[1:4]
    beta <<- top_of(of_beta, beta, 1)
    value <- of_beta(beta)[1]
    c(value, value - determinant(-hessian_of(of_beta, beta))$modulus / 2)
  }
  sigma <- seq(0.02, 1.6 * max(w$true_sigma), length.out = 40)
  density <- sapply(sigma, at_sigma)[2, ]
  at_sigma(sigma[1])
  density <- exp(density - max(density) + log_prior(w, sigma, beta))
  share <- cumsum(c(sigma[1] * density[1],
                    diff(sigma) * (density[-1] + density[-length(sigma)]) / 2))
  check("sigma of replicates: their rank less (b - 1/2)/B",
        approx(c(0, sigma), c(0, share / max(share)), w$true_sigma)$y - (1:8 - 0.5) / 8, 0.03)
  short <- sapply(1:8, function(b)
    at_sigma(w$true_sigma[b])[1] - total(c(w$true_beta[b, ], w$true_sigma[b]))[1])
  check("beta of replicates: short of the ridge's top", short, 1e-3)
}

refits <- function(w) t(sapply(1:8, function(b) {
  total <- likelihood(w, w$outcome[b, ])
  q <- top_of(total, c(w$true_beta[b, ], w$true_sigma[b]))
  short <<- c(short, total(q)[1] - total(c(w$refit_beta[b, ], w$refit_sigma[b]))[1])
  c(q[1:3], abs(q[4]))
}))

# Mean squared errors, quantiles and intervals from fits [8 x 4].
bootstrapped <- function(w, risk, fits) {
  truth <- sapply(1:8, function(b)
    sapply(1:12, function(a) risk(w, a, w$true_beta[b, ], w$effect[b, a])))
  guess <- sapply(1:8, function(b) predicted(w, risk, fits[b, 1:3], fits[b, 4], w$outcome[b, ]))
  e <- qlogis(truth) - qlogis(guess)
  student <- t(apply(e, 1, function(v) sapply(1:8, function(b)
    (v[b] - mean(v[-b])) / (sd(v[-b]) * sqrt(1 + 1 / 7)))))
  quantiles <- function(v) sort(v)[ceiling(c(0.025, 0.975) * length(v))]
  list(rmse = sqrt(rowMeans((guess - truth)^2)), mean = rowMeans(e), sd = apply(e, 1, sd),
       quantile = c(quantiles(student[1:8, ]), quantiles(student[9:12, ])))
}

errors <- function(w, what, risk, mine, tolerance) {
  name <- function(k) w[[paste(what, k, sep = "_")]]
  exact <- bootstrapped(w, risk, cbind(w$refit_beta, w$refit_sigma))
  check(paste(what, "root of the mean squared error, relative"), name("rmse") / exact$rmse - 1,
        tolerance[1])
  # Quantiles are taken from bins of 1/256.
  check(paste(what, "quantiles"), name("quantile") - exact$quantile, 1 / 256 + tolerance[2])
  quantile <- matrix(name("quantile"), 2)[, c(rep(1, 8), rep(2, 4))]
  for (end in 1:2) {
    reach <- qlogis(name(c("low", "high")[end])) - qlogis(name("risk"))
    check(paste(what, c("lower", "upper")[end], "end, in standard deviations of errors"),
          (reach - exact$mean) / exact$sd - quantile[end, ] * sqrt(1 + 1 / 8), tolerance[3])
  }
  # A hundredth of a standard error from the top, here and there, is less than 0.01 of the error.
  own <- bootstrapped(w, risk, mine)
  check(paste(what, "the same with R's own refits"), name("rmse") / own$rmse - 1, 0.01)
}

short <- numeric()
world <- function(sigma, nodes, seed, of_risk, of_errors) {
  w <- read_world(sigma, nodes, seed)
  cat(sprintf("--- %d nodes, sigma %.2f estimated as %.4f; replicates drawn with %.2f to %.2f\n", nodes,
              sigma / 100, w$sigma, min(w$true_sigma), max(w$true_sigma)))
  draws(w)
  truths(w)
  short <<- numeric()
  mine <- refits(w)
  # A refit ends where 5e-5 is promised by a rough Hessian.
  check("refits: short of the top of the log-likelihood", short, 2e-4)
  for (what in c("cube", "shares")) {
    risk <- if (what == "cube") by_cube else by_shares
    published(w, what, risk, of_risk)
    errors(w, what, risk, mine, of_errors)
  }
}
# Risks: the rules for u give 3e-7 where sigma is 0.6 (15 points, and 7 that adapt); gradients by
# differences. Errors: sigma of refits reaches 2, where the rules give 1e-4, and published shares have
# nine points within cells. Where the estimate is zero nothing is integrated; the spread is the root of
# a difference that is rounding.
world(50, 7, 2, c(1e-6, 1e-6, 2e-6), c(2e-4, 1e-3, 1e-3))
world(0, 31, 3, c(1e-8, 1e-7, 1e-8), c(1e-5, 1e-4, 1e-4))
if (failed > 0) cat(failed, "checks failed\n")
quit(status = as.integer(failed > 0))
