# SPDX-License-Identifier: GPL-3.0-or-later
#
# Breaks by R package `classInt` (Bivand) and by base R, written as cases for classes.c: the values
# exactly as R classed them, then what came out.
#
#     Rscript classes.R OUTPUT
if (!requireNamespace("classInt", quietly = TRUE)) {
  cat("SKIP: R package classInt is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(classInt))
options(warn = 1)

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) formatC(x, digits = 17, format = "g", width = -1)
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

inner <- function(breaks) breaks[-c(1, length(breaks))]
# 1 - within / total sum of squares of classes ]a, b].
gvf <- function(x, breaks) {
  class <- findInterval(x, inner(breaks), left.open = TRUE)
  1 - sum(tapply(x, class, function(v) sum((v - mean(v))^2))) / sum((x - mean(x))^2)
}

# What is compared: `breaks` all inner breaks; `gvf` the goodness of fit alone, where the best partition
# has several descriptions (fisher: breaks in the middle between classes); `among` our inner breaks are
# among R's (sd: R takes as many steps as are pretty).
case <- function(name, method, levels, x, compare, breaks, fit, weight = NULL, bins = 0) {
  put("case", name)
  put("method", method, levels, bins)
  vector_of("values", x)
  vector_of("weights", if (is.null(weight)) numeric(0) else weight)
  put("compare", compare)
  vector_of("breaks", inner(breaks))
  vector_of("gvf", fit)
  put("end")
}

# Dalenius–Hodges from its description, with R's own histogram.
cumulative_root <- function(x, levels, bins) {
  edges <- min(x) + (max(x) - min(x)) * (0:bins) / bins
  edges[bins + 1] <- max(x)
  h <- hist(x, breaks = edges, right = TRUE, include.lowest = TRUE, plot = FALSE)
  sums <- cumsum(sqrt(h$counts))
  ends <- sapply(seq_len(levels - 1), function(j) which.min(abs(sums - sums[bins] * j / levels)))
  c(min(x), edges[ends + 1], max(x))
}

set.seed(20201124)
samples <- list(uniform = runif(400), skewed = exp(rnorm(700)), risk = plogis(rnorm(900, -2, 0.7)),
                heaps = c(rnorm(200), rnorm(150, 5), rnorm(100, 20, 3)),
                small = rnorm(12), ties = round(rexp(500), 1), wide = exp(rnorm(300, 0, 4)))
for (name in names(samples)) {
  x <- samples[[name]]
  for (k in c(2, 3, 5, 7)) {
    # Its breaks lie in the middle between classes, ours on the largest value of a class.
    fisher <- classIntervals(x, k, style = "fisher")$brks
    case(name, "fisher-jenks", k, x, "gvf", fisher, gvf(x, fisher))
    if (name != "ties") {
      jenks <- classIntervals(x, k, style = "jenks")$brks
      case(name, "fisher-jenks", k, x, "breaks", jenks, gvf(x, jenks))
    }
    equal <- classIntervals(x, k, style = "equal")$brks
    case(name, "equal", k, x, "breaks", equal, gvf(x, equal))
    if (name != "ties") {
      quantile <- classIntervals(x, k, style = "quantile")$brks
      case(name, "quantile", k, x, "breaks", quantile, gvf(x, quantile))
    }
    bins <- c(20, 37, 100)[1 + k %% 3]
    # Two ends in one bin leave a class empty: the rule as written says nothing of that, we do.
    root <- cumulative_root(x, k, bins)
    if (!anyDuplicated(root))
      case(name, "dalenius-hodges", k, x, "breaks", root, gvf(x, root), bins = bins)
  }
  # Weights as the longer list in which every value is repeated.
  w <- 1 + rpois(length(x), 3)
  long <- rep(x, w)
  if (name != "ties")
    case(paste0(name, "-weighted"), "quantile", 4, x, "breaks",
         c(min(x), quantile(long, 1:3 / 4, names = FALSE), max(x)),
         gvf(long, c(min(x), quantile(long, 1:3 / 4, names = FALSE), max(x))), w)
  fisher <- classIntervals(long, 4, style = "fisher")$brks
  case(paste0(name, "-weighted"), "fisher-jenks", 4, x, "gvf", fisher, gvf(long, fisher), w)
}
# Steps of whole deviations: an even number of classes, values within two deviations.
x <- c(seq(-1, 1, length.out = 101), -1.2, 1.2)
deviation <- classIntervals(x, 4, style = "sd")$brks
stopifnot(length(deviation) == 5)
case("deviations", "std-dev", 4, x, "among", deviation, gvf(x, deviation))
close(output)
