# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fay-Herriot by dense matrix algebra, for fay_herriot.R and area_model.R: the variance between areas is
# the root of the REML score, found by uniroot; mean squared errors by the formulas of Datta and Lahiri
# (2000) with whole matrices. Results are means and quantiles of the predictive distribution, A integrated out
# with a flat prior by Simpson's rule, quantiles found by uniroot. Needs nothing but R.

scale_to <- function(scale)
  switch(scale, logit = qlogis, arcsine = function(p) asin(sqrt(p)), identity = identity)
scale_from <- function(scale)
  switch(scale, logit = plogis, arcsine = function(t) sin(pmin(pmax(t, 0), pi / 2))^2, identity = identity)
scale_slope <- function(scale)
  switch(scale, logit = function(p) 1 / (p * (1 - p)), arcsine = function(p) 1 / (2 * sqrt(p * (1 - p))),
         identity = function(p) 1)

# p: direct estimates; psi: sampling variances on the scale, NA where the estimate is not used; z: columns.
dense_fay_herriot <- function(scale, p, psi_all, z) {
  usable <- !is.na(psi_all)
  y <- scale_to(scale)(p[usable])
  psi <- psi_all[usable]
  x <- z[usable, , drop = FALSE]
  parts <- function(a) {
    w <- solve(diag(a + psi))
    q <- solve(t(x) %*% w %*% x)
    list(w = w, q = q, p = w - w %*% x %*% q %*% t(x) %*% w)
  }
  score <- function(a) {
    m <- parts(a)$p
    (sum((m %*% y)^2) - sum(diag(m))) / 2
  }
  a <- if (score(0) <= 0) 0 else uniroot(score, c(0, 100 * var(y)), tol = 1e-15, maxiter = 10000)$root
  m <- parts(a)
  b <- m$q %*% t(x) %*% m$w %*% y
  r <- y - x %*% b
  loglik <- -0.5 * (sum(log(a + psi)) + as.numeric(determinant(t(x) %*% m$w %*% x)$modulus) +
                      t(r) %*% m$w %*% r + (length(y) - ncol(x)) * log(2 * pi))
  g <- numeric(nrow(z))
  g[usable] <- a / (a + psi)
  centre <- drop(z %*% b)
  centre[usable] <- centre[usable] + g[usable] * (y - centre[usable])
  leverage <- rowSums((z %*% m$q) * z)
  mse <- a + leverage
  mse[usable] <- g[usable] * psi + ((1 - g)^2 * leverage)[usable] +
    2 * psi^2 / (a + psi)^3 * 2 / sum(1 / (a + psi)^2)
  on_line <- switch(scale, logit = plogis, arcsine = function(t) sin(t)^2, identity = identity)
  draws <- dense_posterior(y, psi, x, psi_all, usable, z, a)
  value <- dense_value(draws, scale)
  mean <- drop(draws$centre %*% draws$weight)
  sd <- sqrt(drop((draws$variance + (draws$centre - mean)^2) %*% draws$weight))
  from <- scale_from(scale)
  list(beta = b, covariance = m$q, variance = a, loglik = loglik, eblup = centre, mse = mse, shrinkage = g,
       value = value, sd = sd, lo = from(dense_quantile(draws, 0.025)), hi = from(dense_quantile(draws, 0.975)),
       weight = drop(draws$shrinkage %*% draws$weight))
}

# Centre, variance and shrinkage [areas x nodes] of every area at nodes of A, with the weights of the nodes: the
# restricted likelihood times dA. sqrt(A) = k sinh(u), in equal steps of u to where the density has fallen to
# e^-40: near zero such steps are equal in sqrt(A), far out in log(A).
dense_posterior <- function(y, psi, x, psi_all, usable, z, top) {
  at <- function(a) {
    w <- 1 / (a + psi)
    q <- solve(t(x) %*% (w * x))
    b <- q %*% t(x) %*% (w * y)
    r <- y - x %*% b
    list(q = q, b = b, loglik = -0.5 * (sum(log(a + psi)) - as.numeric(determinant(q)$modulus) + sum(r^2 / (a + psi))))
  }
  k <- sqrt(max(top, median(psi) / 10))
  density <- function(u) at((k * sinh(u))^2)$loglik + log(sinh(u) * cosh(u)) # dA = 2 k^2 sinh u cosh u du
  highest <- optimize(density, c(0.01, 5), maximum = TRUE)
  gone <- function(u) density(u) < highest$objective - 40
  from <- to <- highest$maximum
  while (!gone(to)) to <- to + 0.05
  while (from > 0.05 && !gone(from)) from <- from - 0.05
  if (!gone(from)) from <- 0 # where the density is zero, and odd
  u <- seq(from, to, length.out = 801)
  nodes <- k * sinh(u)
  found <- lapply(nodes^2, at)
  weight <- c(1, rep(c(4, 2), length.out = 799), 1) * sinh(u) * cosh(u) *
    exp(vapply(found, function(f) f$loglik, 0) - at(k^2 * sinh(highest$maximum)^2)$loglik)
  shrinkage <- outer(psi_all, nodes^2, function(psi, a) a / (a + psi))
  shrinkage[!usable, ] <- 0
  full <- rep(NA_real_, nrow(z))
  full[usable] <- y
  centre <- vapply(found, function(f) drop(z %*% f$b), numeric(nrow(z)))
  leverage <- vapply(found, function(f) rowSums((z %*% f$q) * z), numeric(nrow(z)))
  own <- outer(psi_all, nodes^2, function(psi, a) a * psi / (a + psi))
  own[!usable, ] <- rep(nodes^2, each = sum(!usable))
  centre[usable, ] <- centre[usable, ] + shrinkage[usable, ] * (y - centre[usable, ])
  list(centre = centre, variance = own + (1 - shrinkage)^2 * leverage, shrinkage = shrinkage, weight = weight / sum(weight))
}

# The mean of the estimate over the mixture, normal by normal.
dense_value <- function(draws, scale) {
  on_line <- switch(scale, logit = plogis, arcsine = function(t) sin(t)^2, identity = identity)
  vapply(seq_len(nrow(draws$centre)), function(i) {
    c <- draws$centre[i, ]
    s <- sqrt(draws$variance[i, ])
    u <- seq(-9, 9, length.out = 361) # the trapezoidal rule of a normal: right to 1e-15
    w <- dnorm(u) / sum(dnorm(u))
    sum(draws$weight * drop(on_line(outer(s, u) + c) %*% w))
  }, 0)
}

dense_quantile <- function(draws, share) {
  vapply(seq_len(nrow(draws$centre)), function(i) {
    c <- draws$centre[i, ]
    s <- sqrt(draws$variance[i, ])
    k <- draws$weight > 1e-25
    uniroot(function(t) sum((draws$weight * pnorm(t, c, s))[k]) - share, range(c[k] - 9 * s[k], c[k] + 9 * s[k]), tol = 1e-13)$root
  }, 0)
}
