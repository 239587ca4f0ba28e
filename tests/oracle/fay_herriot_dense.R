# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fay-Herriot by dense matrix algebra, for fay_herriot.R and area_model.R: the variance between areas is
# the root of the REML score, found by uniroot; mean squared errors by the formulas of Datta and Lahiri
# (2000) with whole matrices; proportions carried back by numerical integration. Needs nothing but R.

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
  value <- mapply(function(c, s) integrate(function(u) on_line(c + s * u) * dnorm(u), -12, 12, rel.tol = 1e-12,
                                           subdivisions = 1000)$value, centre, sqrt(mse))
  half <- qnorm(0.975) * sqrt(mse)
  from <- scale_from(scale)
  list(beta = b, covariance = m$q, variance = a, loglik = loglik, value = value, mse = mse, centre = centre,
       lo = from(centre - half), hi = from(centre + half), shrinkage = g)
}
