# SPDX-License-Identifier: GPL-3.0-or-later
#
# Area-level models, the whole way through the program: writes direct estimates and a census by area, runs
# `mirti run`, and compares municipality.csv and model.json with dense matrix algebra
# (fay_herriot_dense.R). Then the same from persons: a survey whose direct estimates package `survey`
# makes (left out without it).
#
#     Rscript area_model.R PROGRAM SCRATCH-FOLDER
arguments <- commandArgs(TRUE)
program <- arguments[1]
scratch <- arguments[2]
if (!requireNamespace("jsonlite", quietly = TRUE)) {
  cat("SKIP: R package jsonlite is not installed\n")
  quit(status = 77)
}
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "fay_herriot_dense.R"))

compared <- 0
failed <- 0
worst <- 0
# Both stop their search for the variance at some 1e-12 of itself, and the risk is found by quadrature
# with 15 nodes (logit), which leaves 1e-7 where the spread is large.
compare <- function(what, value, expected, scale = abs(expected), tolerance = 1e-8) {
  compared <<- compared + length(expected)
  off <- max(abs(value - expected) / scale)
  if (length(value) == length(expected) && isTRUE(off <= tolerance)) {
    worst <<- max(worst, off)
  } else {
    failed <<- failed + 1
    cat(sprintf("%s: off by %g\n", what, off))
  }
}

write_model <- function(folder, source) {
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  writeLines(c("mirti-model: 1", "name: m", "outcome: {name: y}", "predictors:", "  poor: {kind: binary}",
               "  rooms: {kind: number}", "terms: [poor, rooms]", "sources:", source, "  c:", "    kind: aggregates",
               "    missing: [{codes: ['*'], reason: suppressed}]",
               "    areas: {municipality: {code: code, name: code}}",
               "    cells: [{children: n, poor: poor, rooms: rooms}]"), file.path(folder, "model.yaml"))
}

run <- function(folder, keys) {
  writeLines(c("mirti-project: 1", "name: p", "model: model.yaml", "survey: {file: direct.csv, source: s}",
               "census: {file: census.csv, source: c}", "classes: {method: equal}", keys),
             file.path(folder, "mirti.yaml"))
  out <- file.path(folder, "out")
  status <- system2(program, c("run", shQuote(file.path(folder, "mirti.yaml")), "--quiet", "--overwrite", "--output",
                               shQuote(out)))
  if (status != 0) stop("mirti run ended with ", status)
  list(areas = read.csv(file.path(out, "municipality.csv"), colClasses = c(code = "character")),
       model = jsonlite::read_json(file.path(out, "model.json"), simplifyVector = TRUE))
}

check <- function(name, result, census, scale, psi, p) {
  whole <- census$poor != "*"
  z <- cbind(1, as.numeric(census$poor[whole]), census$rooms[whole])
  fit <- dense_fay_herriot(scale, p[whole], psi[whole], z)
  areas <- result$areas[match(census$code, result$areas$code), ]
  there <- areas[whole, ]
  spread <- if (scale == "logit") function(p) p * (1 - p) else function(p) 2 * sqrt(p * (1 - p))
  m <- result$model
  compare(paste(name, "A"), m$fit$between_areas, fit$variance, max(fit$variance, 1e-3))
  compare(paste(name, "beta"), m$coefficients$estimate, as.numeric(fit$beta), abs(fit$beta) + 1e-3)
  compare(paste(name, "covariance"), as.vector(m$covariance), as.vector(fit$covariance),
          as.vector(sqrt(outer(diag(fit$covariance), diag(fit$covariance)))))
  compare(paste(name, "risk"), there$risk, fit$value, tolerance = if (scale == "logit") 1e-6 else 1e-8)
  compare(paste(name, "lo"), there$risk_lo, fit$lo, pmax(fit$lo, 1e-6))
  compare(paste(name, "hi"), there$risk_hi, fit$hi)
  compare(paste(name, "se"), there$risk_se, fit$sd * spread(fit$value),
          tolerance = if (scale == "logit") 1e-6 else 1e-8)
  direct <- m$direct_estimates
  compare(paste(name, "weight"), direct$weight, fit$weight[match(direct$code, census$code[whole])], 1)
  if (!identical(there$method, ifelse(is.na(psi[whole]), "synthetic", "eb"))) {
    failed <<- failed + 1
    cat(name, ": methods differ\n")
  }
  if (!all(is.na(areas$risk[!whole])) || !all(areas$quality[!whole] == "missing: suppressed")) {
    failed <<- failed + 1
    cat(name, ": an area without figures has a result\n")
  }
  cat(sprintf("%-28s A = %.4f, %d of %d areas used\n", name, fit$variance, sum(!is.na(psi[whole])), sum(whole)))
}

# ------------------------------------------------------------------------------------- estimates --
set.seed(1979)
areas <- 90
census <- data.frame(code = sprintf("%03d", sample(999, areas)), n = round(runif(areas, 50, 5000)),
                     poor = round(runif(areas, 0.05, 0.6), 4), rooms = round(runif(areas, 1, 5), 3))
truth <- plogis(-2.2 + 2 * census$poor - 0.1 * census$rooms + rnorm(areas, 0, 0.35))
rows <- sample(8:150, areas, TRUE)
p <- rbinom(areas, rows, truth) / rows
v <- 1.4 * p * (1 - p) / rows
p[c(7, 31)] <- NA
census$poor[c(11, 60)] <- "*"
direct <- data.frame(code = census$code, p = 100 * p, v = v, se = sqrt(v), cv = sqrt(v) / p, rows = rows)
direct <- direct[-c(20, 21), ] # areas that the survey missed
p[c(20, 21)] <- NA
folder <- file.path(scratch, "estimates")
inside <- !is.na(p) & p > 0 & p < 1
for (error in c("variance: v", "se: se", "cv: cv")) {
  write_model(folder, c("  s:", "    kind: estimates", "    area: code", "    estimate: p / 100", paste0("    ", error),
                        "    rows: rows"))
  write.csv(rbind(direct, data.frame(code = "nowhere", p = 50, v = 0.01, se = 0.1, cv = 0.2, rows = 99)),
            file.path(folder, "direct.csv"), row.names = FALSE, na = "", quote = FALSE)
  write.csv(census, file.path(folder, "census.csv"), row.names = FALSE, quote = FALSE)
  for (scale in c("logit", "arcsine")) {
    used <- inside & rows >= 15
    psi <- ifelse(used, v * scale_slope(scale)(p)^2, NA)
    check(paste(scale, error), run(folder, sprintf("area_model: {scale: %s}", scale)), census, scale, psi, p)
  }
}
# Smoothed variances, and every estimate however few its rows; also those of 0 and 1, drawn inwards.
whole <- census$poor != "*"
pooled <- whole & !is.na(p)
d <- with(list(k = pooled & inside & v > 0), sum((rows * v * rows / (p * (1 - p)))[k]) / sum(rows[k]))
rate <- sum((rows * p)[pooled]) / sum(rows[pooled])
for (scale in c("logit", "arcsine")) {
  size <- rows / d
  psi <- ifelse(is.na(p), NA, if (scale == "arcsine") 1 / (4 * size) else 1 / (size * rate * (1 - rate)))
  half <- if (scale == "arcsine") 1 / 4 else 1 / 2
  check(paste(scale, "smoothed"), run(folder, sprintf("area_model: {scale: %s, variance: smoothed, least_rows: 1}", scale)),
        census, scale, psi, (size * p + half) / (size + 2 * half))
}

# --------------------------------------------------------------------------------------- persons --
if (requireNamespace("survey", quietly = TRUE)) {
  suppressPackageStartupMessages(library(survey))
  options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "adjust")
  sample <- do.call(rbind, lapply(seq_len(70), function(a) do.call(rbind, lapply(seq_len(3), function(c)
    data.frame(area = census$code[a], stratum = paste0("s", a %% 7), psu = paste0("a", a, "c", c),
               y = rbinom(sample(4:30, 1), 1, truth[a]))))))
  sample$w <- round(exp(rnorm(nrow(sample), 3, 0.4)), 2)
  sample$age <- 5 + seq_len(nrow(sample)) %% 14
  folder <- file.path(scratch, "persons")
  write_model(folder, c("  s:", "    kind: survey", "    filter: age < 18", "    outcome: y = 1", "    weight: w",
                        "    stratum: stratum", "    psu: psu", "    area: area", "    predictors: {poor: y = 1, rooms: age}"))
  write.csv(sample, file.path(folder, "direct.csv"), row.names = FALSE, quote = FALSE)
  write.csv(census, file.path(folder, "census.csv"), row.names = FALSE, quote = FALSE)
  design <- svydesign(~psu, strata = ~stratum, weights = ~w, data = sample, nest = TRUE)
  by <- svyby(~y, ~area, subset(design, age < 18), svymean)
  at <- match(census$code, by$area)
  p <- by$y[at]
  v <- by$se[at]^2
  rows <- as.numeric(table(factor(sample$area[sample$age < 18], census$code)))
  inside <- !is.na(p) & p > 0 & p < 1
  for (scale in c("logit", "arcsine")) {
    psi <- ifelse(inside & rows >= 40, v * scale_slope(scale)(p)^2, NA)
    check(paste(scale, "of persons"),
          run(folder, sprintf("area_model: {scale: %s, variance: direct, least_rows: 40}", scale)), census, scale, psi, p)
  }
} else {
  cat("R package survey is not installed: estimates of persons are left out\n")
}
cat(sprintf("%d numbers compared, %d groups too far off; the others within %.1e\n", compared, failed, worst))
quit(status = as.integer(failed > 0))
