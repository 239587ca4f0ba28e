# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fay-Herriot models by dense matrix algebra (fay_herriot_dense.R), written as cases for fay_herriot.c.
# Needs nothing but R itself.
#
#     Rscript fay_herriot.R OUTPUT
output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) ifelse(is.na(x), "nan", formatC(x, digits = 17, format = "g", width = -1))
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "fay_herriot_dense.R"))

case <- function(name, scale, p, v, z) {
  usable <- is.finite(p) & is.finite(v) & v > 0 & (scale == "identity" | (p > 0 & p < 1))
  slope <- scale_slope(scale)
  fit <- dense_fay_herriot(scale, p, ifelse(usable, v * slope(p)^2, NA), z)

  put("case", name)
  put("shape", nrow(z), ncol(z), switch(scale, logit = 0, arcsine = 1, identity = 2))
  writeLines(apply(cbind(number(p), number(v), matrix(number(z), nrow(z))), 1, paste, collapse = " "), output)
  vector_of("beta", fit$beta)
  vector_of("covariance", fit$covariance)
  vector_of("variance", fit$variance)
  vector_of("loglik", fit$loglik)
  vector_of("eblup", fit$eblup)
  vector_of("mse", fit$mse)
  vector_of("shrinkage", fit$shrinkage)
  vector_of("value", fit$value)
  vector_of("sd", fit$sd)
  vector_of("se", fit$sd / slope(fit$value))
  vector_of("lo", fit$lo)
  vector_of("hi", fit$hi)
  vector_of("weight", fit$weight)
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
