# SPDX-License-Identifier: GPL-3.0-or-later
#
# Risks of areas from published shares, by R: a survey is drawn and fitted by svyglm; for areas with
# cells of age and sex the risk is predicted with its delta-method error from svyglm's covariance,
# plainly and with the dispersion correction. Integrals are R's integrate(), derivatives Richardson's
# extrapolation of difference quotients: no formula is shared with the engine beyond the definitions.
#
#     Rscript predict.R OUTPUT
if (!requireNamespace("survey", quietly = TRUE)) {
  cat("SKIP: R package survey is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(survey))
options(warn = 1)
output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) ifelse(is.na(x), "nan", formatC(x, digits = 17, format = "g", width = -1))
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

set.seed(1959)
psus <- 60
size <- 40
n <- psus * size
psu <- rep(1:psus, each = size)
place <- rnorm(psus, 0, 0.8)[psu]
house <- rnorm(n)
d <- data.frame(
  psu = psu, stratum = 1 + (psu - 1) %/% 10, w = rep(runif(psus, 50, 400), each = size),
  age = factor(sample(c("young", "old"), n, TRUE), levels = c("young", "old")),
  sex = factor(sample(c("woman", "man"), n, TRUE), levels = c("woman", "man")),
  out = as.integer(place + house + rnorm(n) > 1.6),
  floor = as.integer(place + house + rnorm(n) > 1.2))
level <- place + house + rnorm(n)
d$water <- factor(ifelse(level > 2, "none", ifelse(level > 0.5, "plot", "inside")),
                  levels = c("inside", "plot", "none"))
d$y <- rbinom(n, 1, plogis(-2.6 + 0.8 * (d$age == "old") + 0.5 * (d$sex == "man") + 1.1 * d$out +
                             0.6 * d$floor + 0.4 * (d$water == "none") + 0.3 * place))
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = d)
fit <- svyglm(y ~ age + sex + out + floor + water + age:sex, design, family = quasibinomial(),
              control = list(epsilon = 1e-12, maxit = 100))
beta <- coef(fit)
V <- vcov(fit)
p <- length(beta)
# Weighted correlations of deviations from the PSU's weighted mean.
X <- model.matrix(fit)
centred <- apply(X, 2, function(x) x - ave(d$w * x, d$psu, FUN = sum) / ave(d$w, d$psu, FUN = sum))
rho <- suppressWarnings(cov.wt(centred, d$w / sum(d$w), cor = TRUE, center = FALSE)$cor)
rho[!is.finite(rho)] <- 0
diag(rho) <- 1

cells <- expand.grid(sex = c("woman", "man"), age = c("young", "old"), stringsAsFactors = FALSE)
# Means of the design columns in a cell where age and sex are fixed.
row_of <- function(cell, s) {
  old <- cell$age == "old"
  man <- cell$sex == "man"
  c(1, old, man, s$out, s$floor, s$plot, s$none, old && man)
}
variance_of <- function(b, x) {
  C <- rho * outer(sqrt(x * (1 - x)), sqrt(x * (1 - x)))
  C[6, 7] <- C[7, 6] <- -x[6] * x[7] # one child has one kind of water
  sum(outer(b, b) * C)
}
cell_risk <- function(b, x, dispersion) {
  mu <- sum(x * b)
  s <- if (dispersion) sqrt(max(0, variance_of(b, x))) else 0
  if (s == 0) return(plogis(mu))
  integrate(function(z) plogis(mu + s * z) * dnorm(z), -12, 12, rel.tol = 1e-12,
            subdivisions = 2000)$value
}
area_risk <- function(b, children, shares, dispersion)
  sum(sapply(1:4, function(c)
    if (children[c] > 0) children[c] * cell_risk(b, row_of(cells[c, ], shares[[c]]), dispersion)
    else 0)) / sum(children)
gradient <- function(f, b) sapply(seq_along(b), function(j) {
  quotient <- function(h) {
    up <- down <- b
    up[j] <- up[j] + h
    down[j] <- down[j] - h
    (f(up) - f(down)) / (2 * h)
  }
  (4 * quotient(5e-4) - quotient(1e-3)) / 3
})

put("model", p)
vector_of("beta", beta)
vector_of("covariance", V)
vector_of("correlation", rho)
put("df", degf(design))
areas <- 12
put("areas", areas)
for (a in 1:areas) {
  children <- rpois(4, c(3, 30, 300, 3000)[1 + a %% 4])
  common <- list(floor = runif(1)^2, none = runif(1, 0, 0.3), plot = runif(1, 0, 0.6))
  if (a == 1) common <- list(floor = 0, none = 0, plot = 0)
  if (a == 2) common <- list(floor = 1, none = 0.3, plot = 0.7)
  if (sum(children) == 0) children[2] <- 1
  shares <- lapply(1:4, function(c) c(common, out = runif(1, 0, 0.4)))
  vector_of("children", children)
  # As the engine lays them out: young old, woman man, out, floor, inside plot none.
  vector_of("shares", unlist(lapply(1:4, function(c) with(shares[[c]], c(
    cells$age[c] == "young", cells$age[c] == "old", cells$sex[c] == "woman", cells$sex[c] == "man",
    out, floor, 1 - plot - none, plot, none)))))
  for (dispersion in c(FALSE, TRUE)) {
    f <- function(b) area_risk(b, children, shares, dispersion)
    risk <- f(beta)
    g <- gradient(f, beta)
    se <- sqrt(drop(g %*% V %*% g))
    half <- qt(0.95, degf(design)) * se / (risk * (1 - risk))
    vector_of("expected", c(risk, se, plogis(qlogis(risk) + c(-half, half))))
  }
}
put("end")
close(output)
