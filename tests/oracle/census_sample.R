# SPDX-License-Identifier: GPL-3.0-or-later
#
# The sampling error of a census that is itself a sample, the whole way through the program: writes a survey
# and censuses of persons with strata and PSUs, runs `mirti run`, and computes municipality.csv again from the
# persons and the coefficients of model.json: variances between PSUs by package `survey`, what they are
# on average by traces of dense matrices, what areas have in common by R's optimisers and its density of F.
#
#     Rscript census_sample.R PROGRAM SCRATCH-FOLDER
arguments <- commandArgs(TRUE)
program <- arguments[1]
scratch <- arguments[2]
for (package in c("survey", "jsonlite"))
  if (!requireNamespace(package, quietly = TRUE)) {
    cat("SKIP: R package", package, "is not installed\n")
    quit(status = 77)
  }
suppressPackageStartupMessages(library(survey))
options(warn = 1)
dir.create(scratch, recursive = TRUE, showWarnings = FALSE)

compared <- 0
failed <- 0
compare <- function(what, value, expected, tolerance) {
  off <- max(abs(value - expected) / pmax(abs(expected), 1e-12))
  compared <<- compared + length(expected)
  good <- length(value) == length(expected) && isTRUE(off <= tolerance)
  if (!good) failed <<- failed + 1
  cat(sprintf("%-60s %9.2g (allowed %.2g)%s\n", what, off, tolerance, if (good) "" else "  FAILED"))
}

# ------------------------------------------------------------------------------------ the files --
write_project <- function(folder, weight) {
  predictors <- "    predictors: {poor: poor = 1, rooms: rooms}"
  writeLines(c("mirti-model: 1", "name: m", "outcome: {name: y}", "predictors:", "  poor: {kind: binary}",
               "  rooms: {kind: number}", "terms: [poor, rooms]", "sources:", "  s:", "    kind: survey",
               "    outcome: y = 1", "    weight: w", "    stratum: h", "    psu: c", predictors, "  c:",
               "    kind: census", paste("    weight:", weight), "    stratum: h", "    psu: c", "    area: a",
               predictors), file.path(folder, "model.yaml"))
  writeLines(c("mirti-project: 1", "name: p", "model: model.yaml", "survey: {file: survey.csv, source: s}",
               "census: {file: census.csv, source: c}", "classes: {method: equal}"), file.path(folder, "mirti.yaml"))
}

survey_of_persons <- function() {
  psu <- rep(1:40, each = 30)
  d <- data.frame(h = 1 + (psu - 1) %/% 8, c = psu, w = rep(round(runif(40, 50, 400), 2), each = 30))
  d$poor <- rbinom(nrow(d), 1, plogis(rnorm(40)[psu]))
  d$rooms <- sample(1:5, nrow(d), TRUE)
  d$y <- rbinom(nrow(d), 1, plogis(-1.5 + 1.4 * d$poor - 0.3 * d$rooms))
  d
}

# PSUs of a stratum: `weight` children stand for, one value or one for each PSU.
stratum_of <- function(area, name, psus, weight) do.call(rbind, lapply(seq_len(psus), function(k) {
  n <- sample(1:14, 1)
  data.frame(a = area, h = name, c = sprintf("%s%s%02d", area, name, k), w = rep_len(weight, psus)[k],
             poor = rbinom(n, 1, plogis(rnorm(1, 0, 0.7))), rooms = 1 + rbinom(n, 4, runif(1, 0.3, 0.7)))
}))

# Areas of every kind: one stratum; two; one with a single PSU; nothing but that; one counted whole; PSUs of unequal
# weights, some of them counted; all counted.
census_of_persons <- function(areas) do.call(rbind, lapply(seq_len(areas), function(i) {
  area <- sprintf("%03d", i)
  switch(1 + i %% 7, stratum_of(area, "x", sample(2:9, 1), sample(2:8, 1)),
         rbind(stratum_of(area, "x", sample(2:5, 1), 3), stratum_of(area, "y", sample(2:5, 1), 7.5)),
         rbind(stratum_of(area, "x", 1, 4), stratum_of(area, "y", sample(2:5, 1), 6)),
         stratum_of(area, "x", 1, 5),
         rbind(stratum_of(area, "x", sample(2:5, 1), 1), stratum_of(area, "y", sample(2:5, 1), 4)),
         stratum_of(area, "x", 6, c(1, 2, 9)),
         stratum_of(area, "x", 3, 1))
}))

run <- function(census, weight = "w") {
  write.csv(census, file.path(scratch, "census.csv"), row.names = FALSE, quote = FALSE)
  write_project(scratch, weight)
  out <- file.path(scratch, "out")
  status <- system2(program, c("run", shQuote(file.path(scratch, "mirti.yaml")), "--quiet", "--overwrite", "--output",
                               shQuote(out)), stdout = FALSE)
  if (status != 0) stop("mirti run ended with ", status)
  areas <- read.csv(file.path(out, "municipality.csv"), colClasses = c(code = "character"))
  list(areas = areas[order(areas$code), ],
       model = jsonlite::read_json(file.path(out, "model.json"), simplifyVector = TRUE),
       sample = jsonlite::read_json(file.path(out, "run.json"))$layers[[1]]$census_sample)
}

# -------------------------------------------------------------------------------- one area, again --
# What a stratum's variance is on average for PSU errors with these variances, all of the area's in order.
average <- function(form, q, of_stratum, g) {
  from_risk <- diag(length(q)) - outer(q, rep(1, length(q)))
  M <- from_risk[of_stratum, , drop = FALSE]
  sum(diag(form %*% M %*% diag(g, length(g)) %*% t(M)))
}

# A stratum's variance as a form zᵀ F z (Deville's, which package survey has for equal weights).
form_of <- function(hidden) {
  share <- hidden / sum(hidden)
  centre <- diag(length(hidden)) - outer(rep(1, length(hidden)), share)
  t(centre) %*% diag(hidden, length(hidden)) %*% centre / (1 - sum(share^2))
}

describe <- function(d, p, corrected) {
  w <- d$w
  W <- sum(w)
  R <- weighted.mean(p, w)
  d$z <- w * (p - R) / (W * R * (1 - R))
  psu <- unique(d[c("h", "c")])
  k <- match(d$c, psu$c)
  total <- function(x) as.vector(tapply(x, k, sum))
  hidden <- if (corrected) 1 - total(rep(1, nrow(d))) / total(w) else rep(1, nrow(psu))
  hidden[hidden < 1e-9] <- 0
  apart <- total(w^2) / W^2
  alike <- total(w)^2 / W^2
  strata <- NULL
  for (h in unique(psu$h)) {
    i <- psu$h == h
    drawn <- sum(hidden[i] > 0)
    if (drawn < 2) next
    form <- form_of(hidden[i])
    v <- drop(total(d$z)[i] %*% form %*% total(d$z)[i])
    if (length(unique(hidden[i])) == 1) { # what package survey says
      fraction <- if (hidden[i][1] < 1) ~fraction # NULL: no correction
      design <- svydesign(~c, weights = ~1, fpc = fraction, data = cbind(d[d$h == h, ], fraction = 1 - hidden[i][1]))
      by_survey <- unname(SE(svytotal(~z, design)))^2
      if (abs(v / by_survey - 1) > 1e-10) stop("the variance of a stratum is not that of svytotal: ", v / by_survey)
    }
    strata <- rbind(strata, data.frame(df = drawn - 1, v = v, apart = average(form, total(w) / W, i, apart),
                                       alike = average(form, total(w) / W, i, alike)))
  }
  list(R = R, n = nrow(d), spread = sum(w * (p - R)^2) / W / (R * (1 - R))^2, strata = strata,
       apart = sum(hidden * apart), alike = sum(hidden * alike))
}

# ---------------------------------------------------------------------------------- all the areas --
# The correlation within PSUs, by a regression of variances: their errors have a constant coefficient of
# variation, as a gamma distribution's. Where a coefficient is below zero, the better of the two ends.
rho_of <- function(s) {
  fit <- suppressWarnings(try(glm(v ~ 0 + apart + alike, Gamma(link = "identity"), s, df, start = rep(sum(s$v) / sum(s$alike), 2),
                                  control = list(epsilon = 1e-15, maxit = 10000)), silent = TRUE))
  if (!inherits(fit, "try-error") && all(coef(fit) > 0)) return(unname(coef(fit)[2] / sum(coef(fit))))
  end <- function(mean) with(list(ratio = s$v / mean), sum(s$df * log(mean)) + sum(s$df) * log(sum(s$df * ratio)))
  as.numeric(end(s$alike) < end(s$apart))
}

prior_of <- function(phi, d) {
  off <- function(q) -sum(df(phi / exp(q[1]), d, exp(q[2]), log = TRUE) - q[1])
  most <- log(sum(d))
  best <- NULL
  for (start in seq(0.1, 0.9, 0.2)) {
    one <- optim(c(log(sum(d * phi) / sum(d)), start * most), off, method = "L-BFGS-B", lower = c(-20, 0),
                 upper = c(20, most), control = list(factr = 10, maxit = 1000))
    if (is.null(best) || one$value < best$value) best <- one
  }
  exp(best$par)
}

check <- function(name, census, corrected = TRUE, weight = "w") {
  result <- run(census, weight)
  if (weight != "w") census$w <- round(eval(parse(text = weight), census), 6)
  m <- result$model
  X <- cbind(1, census$poor, census$rooms)
  p <- plogis(drop(X %*% m$coefficients$estimate))
  rows <- split(seq_len(nrow(census)), census$a)
  each <- lapply(rows, function(i) describe(census[i, ], p[i], corrected))
  error <- sapply(rows, function(i) { # of the coefficients, on the logit scale
    w <- census$w[i] / sum(census$w[i])
    g <- colSums(w * p[i] * (1 - p[i]) * X[i, , drop = FALSE]) / (sum(w * p[i]) * (1 - sum(w * p[i])))
    drop(g %*% m$covariance %*% g)
  })
  R <- sapply(each, `[[`, "R")
  strata <- do.call(rbind, lapply(each, `[[`, "strata"))
  most <- sum(strata$df)
  rho <- if (is.null(strata)) 0 else rho_of(strata)
  mixed <- function(e) (1 - rho) * e$apart + rho * e$alike
  d <- sapply(each, function(e) sum(e$strata$df))
  phi <- sapply(each, function(e) if (is.null(e$strata)) 0 else with(e$strata, sum(df * v / mixed(e$strata)) / sum(df)))
  if (is.null(strata)) {
    n <- sapply(each, `[[`, "n")
    many <- n > 1
    most <- sum(n[many] - 1)
    prior <- c(sum((n * sapply(each, `[[`, "spread"))[many]) / most, most)
  } else {
    prior <- prior_of(phi[d > 0], d[d > 0])
    compare(paste(name, "correlation within PSUs"), result$sample$within_psu_correlation, rho, 1e-5)
    cat(sprintf("  correlation %.3f, phi0 %.3f, d0 %.2f of %d\n", rho, prior[1], prior[2], most))
    compare(paste(name, "d0"), result$sample$prior_df, prior[2], 1e-3)
    compare(paste(name, "degrees of freedom"), result$sample$df, most, 0)
  }
  compare(paste(name, "phi0"), result$sample$logit_variance, prior[1], 1e-5)
  compare(paste(name, "fraction"), result$sample$fraction, nrow(census) / sum(census$w), 1e-12)
  moderated <- (prior[2] * prior[1] + d * phi) / (prior[2] + d) * sapply(each, mixed)
  compare(paste(name, "areas with error"), result$sample$areas_with_error, sum(moderated > 0), 0)
  freedom <- pmin(prior[2] + d, most)
  variance <- error + moderated
  combined <- variance^2 / (error^2 / m$fit$df + moderated^2 / freedom)
  reach <- qt(0.975, combined) * sqrt(variance)
  compare(paste(name, "risk"), result$areas$risk, R, 1e-12)
  compare(paste(name, "se"), result$areas$risk_se, sqrt(variance) * R * (1 - R), 2e-5)
  compare(paste(name, "lo"), result$areas$risk_lo, plogis(qlogis(R) - reach), 2e-5)
  compare(paste(name, "hi"), result$areas$risk_hi, plogis(qlogis(R) + reach), 2e-5)
  if (!isTRUE(result$sample$finite_population_correction == corrected)) {
    failed <<- failed + 1
    cat(name, ": corrected, or not, against what is expected\n")
  }
  invisible(list(result = result, variance = moderated))
}

set.seed(2004)
write.csv(survey_of_persons(), file.path(scratch, "survey.csv"), row.names = FALSE, quote = FALSE)
census <- census_of_persons(105)
check("areas of every kind,", census)
# Weights of mean one say nothing of how many children there are: no correction.
check("scaled weights,", census, corrected = FALSE, weight = sprintf("w / %.6f", mean(census$w)))
check("four areas,", census[as.numeric(census$a) %in% c(1, 7, 8, 14), ])
# A PSU an area: nothing is known between PSUs.
check("single PSUs,", census[census$c == ave(census$c, census$a, FUN = min), ])
counted <- check("all counted,", within(census[as.numeric(census$a) %% 7 < 2, ], w <- 1))
cat(sprintf("%d numbers compared, %d groups too far off\n", compared, failed))
quit(status = as.integer(failed > 0))
