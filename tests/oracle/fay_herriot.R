# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fay-Herriot models by dense matrix algebra, for fay_herriot.c: the variance between areas is the root of
# the REML score, found by uniroot; mean squared errors by the formulas of Datta and Lahiri (2000) with
# whole matrices; proportions carried back by numerical integration. Needs nothing but R itself.
#
#     Rscript fay_herriot.R OUTPUT
output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) ifelse(is.na(x), "nan", formatC(x, digits = 17, format = "g", width = -1))
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

case <- function(name, scale, p, v, z) {
  usable <- is.finite(p) & is.finite(v) & v > 0 & (scale == "identity" | (p > 0 & p < 1))
  to <- switch(scale, logit = qlogis, arcsine = function(p) asin(sqrt(p)), identity = identity)
  slope <- switch(scale, logit = function(p) 1 / (p * (1 - p)),
                  arcsine = function(p) 1 / (2 * sqrt(p * (1 - p))), identity = function(p) 1)
  from <- switch(scale, logit = plogis, arcsine = function(t) sin(pmin(pmax(t, 0), pi / 2))^2,
                 identity = identity)
  y <- to(p[usable])
  psi <- (v * slope(p)^2)[usable]
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
  spread <- rep(Inf, nrow(z))
  spread[usable] <- psi
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

  put("case", name)
  put("shape", nrow(z), ncol(z), switch(scale, logit = 0, arcsine = 1, identity = 2))
  writeLines(apply(cbind(number(p), number(v), matrix(number(z), nrow(z))), 1, paste, collapse = " "), output)
  vector_of("beta", b)
  vector_of("covariance", m$q)
  vector_of("variance", a)
  vector_of("loglik", loglik)
  vector_of("value", value)
  vector_of("mse", mse)
  vector_of("se", sqrt(mse) / slope(from(centre)))
  vector_of("lo", from(centre - half))
  vector_of("hi", from(centre + half))
  vector_of("shrinkage", g)
  put("end")
}

set.seed(1979)
make <- function(areas, sigma, rows) {
  z <- cbind(1, rnorm(areas), round(runif(areas, 500, 9000)))
  n <- sample(rows, areas, TRUE)
  p <- plogis(drop(z %*% c(-1.6, 0.4, 1e-4)) + rnorm(areas, 0, sigma))
  direct <- rbinom(areas, n, p) / n
  list(p = direct, v = 1.5 * direct * (1 - direct) / n, z = z)
}
d <- make(80, 0.5, 15:200)
for (scale in c("logit", "arcsine", "identity")) case(scale, scale, d$p, d$v, d$z)
d$p[c(3, 40, 71)] <- NA
d$p[5] <- 0
d$v[5] <- 0
for (scale in c("logit", "arcsine")) case(paste0(scale, "/out-of-sample"), scale, d$p, d$v, d$z)
few <- make(14, 0.4, 20:60)
case("logit/few", "logit", few$p, few$v, few$z)
none <- make(60, 0, 30:80)
none$v <- 4 * none$v # no more spread than the sample's own: the variance between areas is zero
case("logit/boundary", "logit", none$p, none$v, none$z)
close(output)
