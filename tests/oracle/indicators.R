# SPDX-License-Identifier: GPL-3.0-or-later
#
# Direct estimates, the whole way through the program, against R package `survey`: writes surveys with a
# model and a project for each, runs `mirti indicators`, and compares its CSV with svymean, svytotal,
# svyratio and svyciprop on subsets of the same designs. Designs: one stage with and without
# finite-population correction, clusters, strata, two stages; with MIRTI_REAL_DATA also ENIGH 2016,
# apistrat, apiclus1 and nhanes.
#
#     Rscript indicators.R PROGRAM SCRATCH-FOLDER
arguments <- commandArgs(TRUE)
program <- arguments[1]
scratch <- arguments[2]
if (!requireNamespace("survey", quietly = TRUE)) {
  cat("SKIP: R package survey is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(survey))
options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "adjust", warn = 1)
tolerance <- 1e-8 # both work in doubles; sums of 1e5 weights lose a few of their sixteen digits

compared <- 0
worst <- 0
failed <- 0
# A standard error that is zero comes out as the rounding of sums: `scale` says what is small.
compare <- function(what, value, expected, scale = abs(expected)) {
  compared <<- compared + 1
  if (is.na(value) && is.na(expected)) return(invisible())
  off <- abs(value - expected) / max(scale, 1e-300)
  if (isTRUE(off <= tolerance)) {
    worst <<- max(worst, off)
    return(invisible())
  }
  failed <<- failed + 1
  if (failed < 20) cat(sprintf("%s: %.17g, R has %.17g\n", what, value, expected))
}

# `keys`: lines of the survey's source block. Columns y (0/1, may be NA), g and h (codes) and v, x
# (numbers) of `data` are what is asked of.
write_project <- function(folder, data, keys) {
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  write.csv(data, file.path(folder, "survey.csv"), row.names = FALSE, na = "", quote = FALSE)
  h <- sort(unique(data$h))
  writeLines(c("mirti-model: 1", "name: m", "outcome: {name: y}", "predictors:",
               sprintf("  h: {kind: category, levels: ['%s']}", paste(h, collapse = "', '")),
               "terms: [h]", "sources:", "  s:", "    kind: survey", "    outcome: y = 1",
               "    parent_area: g", paste0("    ", keys), "    predictors: {h: h}", "    indicators:",
               "      rate: {value: v, per: x}", "      sum: {value: v, statistic: total}",
               "      part: {value: v > 50, among: x > 40}"), file.path(folder, "model.yaml"))
  writeLines(c("mirti-project: 1", "name: p", "model: model.yaml",
               "survey: {file: survey.csv, source: s, lonely_psu: adjust}"), file.path(folder, "mirti.yaml"))
}

run <- function(folder, ...) {
  file <- file.path(folder, "out.csv")
  status <- system2(program, c("indicators", shQuote(file.path(folder, "mirti.yaml")), "--quiet", "--overwrite",
                               "--output", shQuote(file), ...))
  if (status != 0) stop("mirti indicators ended with ", status)
  suppressWarnings( # not all of these columns are in every file
    read.csv(file, colClasses = c(by_parent_area = "character", by_h = "character", level = "character")))
}

# What R says of one statistic on the rows `within`.
expected <- function(design, within, indicator, statistic) {
  if (!any(within)) return(NULL)
  part <- design[within, ]
  df <- degf(part)
  t <- if (df > 0) qt(0.975, df) else NA
  if (statistic %in% c("proportion", "mean")) {
    e <- svymean(as.formula(paste0("~", indicator)), part, deff = "replace")
    p <- as.numeric(coef(e))
    se <- as.numeric(SE(e))
    ci <- if (statistic == "mean") p + c(-t, t) * se
          else if (p > 1e-12 && p < 1 - 1e-12 && df > 0) # R's quotient of equal sums may miss 1
            as.numeric(attr(svyciprop(as.formula(paste0("~", indicator)), part, method = "xlogit", df = df), "ci"))
          else c(NA, NA)
    deff <- if (p > 1e-12 && p < 1 - 1e-12) as.numeric(deff(e))
  } else if (statistic == "total") {
    e <- svytotal(as.formula(paste0("~", indicator)), part, deff = "replace")
    p <- as.numeric(coef(e))
    se <- as.numeric(SE(e))
    ci <- p + c(-t, t) * se
    deff <- if (length(unique(part$variables[[indicator]])) > 1) as.numeric(deff(e))
  } else {
    e <- svyratio(~v, ~x, part)
    p <- as.numeric(coef(e))
    se <- as.numeric(SE(e))
    ci <- p + c(-t, t) * se
    deff <- NULL
  }
  list(value = p, se = se, lo = ci[1], hi = ci[2], df = df, deff = deff, rows = nrow(part))
}

check <- function(name, data, design, table) {
  variable <- c(y = "y", rate = "v", sum = "v", part = "large", v = "v")
  for (i in seq_len(nrow(table))) {
    row <- table[i, ]
    within <- rep(TRUE, nrow(data))
    if (!is.null(row$by_parent_area)) within <- within & data$g == row$by_parent_area
    if (!is.null(row$by_h)) within <- within & data$h == row$by_h
    if (row$indicator == "part") within <- within & data$x > 40
    if (row$indicator == "y") within <- within & !is.na(data$y)
    e <- expected(design, within, variable[[row$indicator]], row$statistic)
    what <- paste(name, row$indicator, row$by_parent_area, row$by_h)
    if (is.null(e)) {
      if (row$rows != 0 || !is.na(row$estimate) || row$quality != "missing: no sample")
        stop(what, ": a domain without a sample has an estimate")
      compared <<- compared + 1
      next
    }
    compare(paste(what, "estimate"), row$estimate, e$value)
    compare(paste(what, "se"), row$se, e$se, max(e$se, 1e-6 * abs(e$value)))
    compare(paste(what, "lo"), row$lo, e$lo, max(abs(e$lo), 1e-3 * abs(e$value)))
    compare(paste(what, "hi"), row$hi, e$hi)
    compare(paste(what, "df"), row$df, e$df, 1)
    compare(paste(what, "rows"), row$rows, e$rows)
    compare(paste(what, "cv"), row$cv, if (e$value != 0) e$se / abs(e$value) else NA, max(e$se / abs(e$value), 1e-6))
    if (!is.null(e$deff) && e$se > 0) compare(paste(what, "deff"), row$deff, e$deff)
  }
}

case <- function(name, data, keys, design, cross = TRUE) {
  folder <- file.path(scratch, name)
  data$large <- as.numeric(data$v > 50)
  design <- update(design, y = data$y, v = data$v, x = data$x, large = data$large)
  write_project(folder, data, keys)
  before <- compared
  check(name, data, design, run(folder))
  check(name, data, design, run(folder, "--by", "parent_area"))
  if (cross) check(name, data, design, run(folder, "--by", "parent_area,h"))
  check(name, data, design, run(folder, "--of", "y,v", "--by", "h"))
  total <- run(folder, "--of", "y,v", "--by", "h", "--total")
  check(name, data, design, total)
  cat(sprintf("%-24s %5d numbers\n", name, compared - before))
}

# ------------------------------------------------------------------------------------ generated --
set.seed(2016)
sample_of <- function(strata, psus, rows) {
  d <- do.call(rbind, lapply(seq_len(strata), function(s) do.call(rbind, lapply(seq_len(psus), function(c)
    data.frame(stratum = paste0("s", s), psu = paste0("s", s, "c", c), ssu = seq_len(rows), u = rnorm(1))))))
  n <- nrow(d)
  d$w <- round(exp(rnorm(n, 4, 0.6)), 3)
  d$g <- c("01", "02", "03")[1 + as.numeric(factor(d$stratum)) %% 3]
  d$h <- sample(c("a", "b", "c"), n, TRUE, prob = c(.6, .38, .02))
  d$y <- rbinom(n, 1, plogis(-1.5 + d$u))
  d$y[sample(n, 5)] <- NA
  d$v <- round(50 + 10 * d$u + rnorm(n, 0, 10), 3)
  d$x <- round(40 + 5 * d$u + rnorm(n, 0, 5), 3)
  d$u <- NULL
  d
}
d <- sample_of(9, 4, 8)
case("one-stage", d, c("weight: w", "stratum: stratum", "psu: psu"),
     svydesign(~psu, strata = ~stratum, weights = ~w, data = d))
d$n1 <- 14
d$n2 <- 8 + as.numeric(factor(d$psu)) %% 5
d$unit <- d$ssu %/% 2
case("two-stage", d, c("weight: w", "stratum: stratum", "psu: psu", "fpc: n1", "ssu_fpc: n2"),
     svydesign(~psu + ssu, strata = ~stratum, weights = ~w, fpc = ~n1 + n2, data = d, nest = TRUE))
case("two-stage-units", d, c("weight: w", "stratum: stratum", "psu: psu", "fpc: n1", "ssu: unit", "ssu_fpc: n2"),
     svydesign(~psu + unit, strata = ~stratum, weights = ~w, fpc = ~n1 + n2, data = d, nest = TRUE))

# ----------------------------------------------------------------------------------------- real --
real <- Sys.getenv("MIRTI_REAL_DATA")
if (nzchar(real) && dir.exists(file.path(real, "survey"))) {
  read <- function(name) read.csv(file.path(real, "survey", name), colClasses = "character", na.strings = "")
  e <- read("enigh2016_adolescentes_12_17.csv")
  d <- data.frame(stratum = e$est_dis, psu = e$upm, w = as.numeric(e$factor), g = substr(e$ubica_geo, 1, 2),
                  h = e$sexo, y = as.numeric(e$trabaja), v = 5 * as.numeric(e$edad) - 20, x = as.numeric(e$edad) + 30)
  case("enigh-2016", d, c("weight: w", "stratum: stratum", "psu: psu"),
       svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE), cross = FALSE) # R takes a minute
  for (name in c("apistrat", "apiclus1")) {
    s <- read(paste0("survey_", name, ".csv"))
    d <- data.frame(stratum = s$stype, psu = s$dnum, w = as.numeric(s$pw), fpc = as.numeric(s$fpc),
                    g = s$stype, h = ifelse(s$awards == "Yes", "1", "0"), y = as.numeric(s$sch.wide == "Yes"),
                    v = as.numeric(s$meals), x = as.numeric(s$ell) + 20)
    if (name == "apistrat")
      case(name, d, c("weight: w", "stratum: stratum", "fpc: fpc"),
           svydesign(~1, strata = ~stratum, weights = ~w, fpc = ~fpc, data = d))
    else
      case(name, d, c("weight: w", "psu: psu", "fpc: fpc"), svydesign(~psu, weights = ~w, fpc = ~fpc, data = d))
  }
  n <- read("survey_nhanes.csv")
  d <- data.frame(stratum = n$SDMVSTRA, psu = n$SDMVPSU, w = as.numeric(n$WTMEC2YR), g = n$race, h = n$RIAGENDR,
                  y = as.numeric(n$HI_CHOL), v = 20 + 9 * as.numeric(factor(n$agecat)), x = 39 + as.numeric(n$race))
  case("nhanes", d, c("weight: w", "stratum: stratum", "psu: psu", "psu_nested: true"),
       svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE))
} else {
  cat("MIRTI_REAL_DATA is not set: real surveys are left out\n")
}
cat(sprintf("%d numbers compared, %d too far off; the others within %.1e\n", compared, failed, worst))
quit(status = as.integer(failed > 0))
