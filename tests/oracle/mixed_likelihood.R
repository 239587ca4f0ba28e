# SPDX-License-Identifier: GPL-3.0-or-later
#
# The pseudo-likelihood of a mixed logit (Rabe-Hesketh and Skrondal 2006) as slowly and plainly as it
# can be written, for mixed.R and effects.R: the integral over u = sigma v by the trapezoidal rule on
# a grid so fine that it is exact, its gradient by the mean of the complete-data score. Nothing is
# shared with the engine but the definition.
grid <- seq(-9, 9, length.out = 601)
log_grid <- dnorm(grid, log = TRUE) + log(grid[2] - grid[1])

# What the rows of an area say of v: its log-likelihood, and the probabilities of `grid` given them.
posterior_of <- function(eta, sigma, y, w) {
  at <- outer(eta, sigma * grid, "+")
  log_y <- colSums(w * (y * plogis(at, log.p = TRUE) + (1 - y) * plogis(-at, log.p = TRUE)))
  top <- max(log_y + log_grid)
  share <- exp(log_y + log_grid - top)
  list(loglik = top + log(sum(share)), share = share / sum(share), residual = w * (y - plogis(at)))
}

# Log-likelihood and score by area at c(beta, sigma).
areas_at <- function(parameter, x, y, w, area, area_weight) {
  p <- ncol(x)
  sigma <- parameter[p + 1]
  eta <- drop(x %*% parameter[1:p])
  t(sapply(split(seq_along(y), area), function(i) {
    v <- posterior_of(eta[i], sigma, y[i], w[i])
    r <- v$residual
    c(v$loglik, crossprod(x[i, , drop = FALSE], r %*% v$share), sum(v$share * grid * colSums(r))) *
      area_weight[i[1]]
  }))
}

# Weights scaled within areas.
scaled_weights <- function(w, area, scaling) switch(scaling,
  size = w * ave(w, area, FUN = function(v) length(v) / sum(v)),
  effective = w * ave(w, area, FUN = function(v) sum(v) / sum(v^2)),
  none = w)

# The Hessian by differences of the gradient `total(q)[-1]`.
hessian_of <- function(total, q) {
  h <- sapply(seq_along(q), function(j) {
    step <- replace(numeric(length(q)), j, 1e-4)
    (total(q + step)[-1] - total(q - step)[-1]) / 2e-4
  })
  (h + t(h)) / 2
}

# The top of `total`, a function that gives value and gradient: BFGS, then Newton's method.
top_of <- function(total, start, newton = 4) {
  q <- optim(start, function(q) -total(q)[1], function(q) -total(q)[-1], method = "BFGS",
             control = list(reltol = 1e-12, maxit = 200))$par
  for (i in seq_len(newton)) q <- q - solve(hessian_of(total, q), total(q)[-1])
  q
}
