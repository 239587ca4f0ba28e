# SPDX-License-Identifier: GPL-3.0-or-later
#
# Vulnerability indices by base R, written as cases for index.c: the indicators, what the index is made
# of, then weights, explained variance and index. Dimensions are always two, of k1 and k2 indicators.
#
#     Rscript index.R OUTPUT
options(warn = 1)
output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) formatC(x, digits = 17, format = "g", width = -1)
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

normalise <- function(x, how) switch(how,
  "min-max" = (x - min(x)) / (max(x) - min(x)),
  "rank" = (rank(x) - 1) / (length(x) - 1),
  "z" = as.numeric(scale(x)))

case <- function(name, x, better, how, weighting, given, of, dimension_weight) {
  z <- sapply(seq_len(ncol(x)), function(k) {
    v <- normalise(x[, k], how)
    if (!better[k]) v else if (how == "z") -v else 1 - v
  })
  weight <- numeric(ncol(x))
  explained <- c(0, 0)
  for (d in 1:2) {
    member <- which(of == d)
    w <- if (weighting == "given") given[member] else rep(1, length(member))
    if (weighting == "first-component") {
      component <- prcomp(z[, member, drop = FALSE], scale. = TRUE)
      w <- component$rotation[, 1]
      w <- w * sign(sum(w))
      if (any(w <= 0)) stop("a case must have loadings of one sign")
      explained[d] <- component$sdev[1]^2 / length(member)
    }
    weight[member] <- w / sum(w) * dimension_weight[d] / sum(dimension_weight)
  }
  raw <- as.numeric(z %*% weight)
  index <- if (how == "z") 100 * (raw - min(raw)) / (max(raw) - min(raw)) else 100 * raw
  put("case", name)
  put("method", how, weighting, nrow(x), ncol(x), sum(of == 1))
  vector_of("better", better)
  vector_of("given", given)
  vector_of("dimensions", dimension_weight)
  vector_of("values", t(x))
  vector_of("weights", weight)
  vector_of("explained", explained)
  vector_of("index", index)
  put("end")
}

set.seed(20201124)
for (how in c("min-max", "rank", "z")) {
  for (weighting in c("equal", "given", "first-component")) {
    for (size in c(2, 4, 9)) {
      n <- c(12, 300)[1 + (size > 2)]
      of <- rep(1:2, c(size, 3))
      better <- rep(c(FALSE, TRUE, FALSE), length.out = size + 3)
      # One cause behind all, so that the first component has one sign; ties by rounding.
      cause <- rnorm(n)
      x <- sapply(seq_along(of), function(k)
        (if (better[k]) -1 else 1) * (cause + rnorm(n, 0, 0.4 + k / 10)) * 10^(k %% 3))
      x[, 1] <- round(x[, 1], 1)
      case(paste(how, weighting, size), x, better, how, weighting, runif(size + 3, 0.5, 3), of, c(2, 1))
    }
  }
}
close(output)
