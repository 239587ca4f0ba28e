# SPDX-License-Identifier: GPL-3.0-or-later
#
# Designs, direct estimates and logits by R package `survey` (Lumley 2004), written as cases for
# survey.c: the data exactly as R used them, then the numbers R found.
#
#     Rscript survey.R OUTPUT
#
# Every case ends with what R says of it: means of the outcome over the whole and over a domain, and
# the logit by svyglm with epsilon = 1e-12.
if (!requireNamespace("survey", quietly = TRUE)) {
  cat("SKIP: R package survey is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(survey))
options(survey.adjust.domain.lonely = FALSE, warn = 1)

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) ifelse(is.na(x), "nan", formatC(x, digits = 17, format = "g", width = -1))
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

# A mean with everything svymean and svyciprop say of it. `within`: logical, over rows of `design`.
estimate <- function(key, design, within) {
  part <- design[within, ]
  m <- svymean(~.y, part, deff = "replace")
  df <- degf(part)
  ci <- c(NA, NA)
  p <- as.numeric(coef(m))
  if (p > 0 && p < 1 && df > 0)
    ci <- as.numeric(attr(svyciprop(~.y, part, method = "xlogit", df = df), "ci"))
  vector_of(key, c(p, SE(m), ci, as.numeric(deff(m)), df))
}

# data: data frame with .w, .stratum, .psu, .fpc (may be NA), .ssu and .fpc2 (may be NULL), .y;
# formula: the model; subset: logical, the subpopulation.
case <- function(name, data, formula, subset = rep(TRUE, nrow(data)), lonely = "fail",
                 domain = NULL) {
  options(survey.lonely.psu = lonely)
  has_fpc <- !is.null(data$.fpc)
  two <- !is.null(data$.ssu)
  design <- svydesign(ids = if (two) ~.psu + .ssu else ~.psu, strata = ~.stratum, weights = ~.w,
                      fpc = if (two) ~.fpc + .fpc2 else if (has_fpc) ~.fpc else NULL,
                      nest = TRUE, data = data)
  known <- subset & complete.cases(data[, all.vars(formula)])
  # glm takes the information matrix from before its last step, and even with epsilon = 1e-12 that leaves
  # 4e-8 in the standard errors of ENIGH 2016; started at its own solution it is exact.
  solve_from <- function(start)
    suppressWarnings(svyglm(formula, design[known, ], family = quasibinomial(), start = start,
                            control = list(epsilon = 1e-12, maxit = 100)))
  fit <- solve_from(coef(solve_from(NULL)))
  x <- matrix(0, nrow(data), length(coef(fit)))
  x[known, ] <- model.matrix(fit)
  if (is.null(domain)) domain <- seq_len(nrow(data)) %% 3 == 0
  domain <- domain & known

  put("case", name)
  put("lonely", lonely)
  put("shape", nrow(data), ncol(x), as.integer(has_fpc), as.integer(two))
  put("names", gsub("[^A-Za-z0-9_.:]", "_", names(coef(fit))))
  columns <- cbind(as.character(data$.stratum), as.character(data$.psu), number(data$.w),
                   number(if (has_fpc) data$.fpc else rep(0, nrow(data))),
                   if (two) as.character(data$.ssu) else "-",
                   number(if (two) data$.fpc2 else rep(0, nrow(data))), as.integer(known),
                   as.integer(domain), number(ifelse(known, data$.y, NA)))
  columns <- cbind(columns, matrix(number(x), nrow(x)))
  writeLines(apply(columns, 1, paste, collapse = " "), output)
  vector_of("beta", coef(fit))
  vector_of("covariance", vcov(fit))
  vector_of("fit", c(degf(fit$survey.design), fit$df.residual, fit$deviance, fit$null.deviance))
  estimate("mean", design, known)
  estimate("domain", design, domain)
  put("end")
}

# ---------------------------------------------------------------------------------- real surveys --
real <- Sys.getenv("MIRTI_REAL_DATA")
read <- function(name) read.csv(file.path(real, "survey", name), colClasses = "character",
                                na.strings = "")
if (nzchar(real) && dir.exists(file.path(real, "survey"))) {
  # ENIGH 2016 with the terms of models/mx-adolescent-work.yaml.
  e <- read("enigh2016_adolescentes_12_17.csv")
  a <- data.frame(.w = as.numeric(e$factor), .stratum = e$est_dis, .psu = e$upm,
                  .y = as.numeric(e$trabaja), age = as.numeric(as.numeric(e$edad) >= 15),
                  man = as.numeric(e$sexo == "1"), not_attending = as.numeric(e$inas_esc == "1"),
                  indigenous = as.numeric(e$hli == "1"),
                  dirt_floor = ifelse(e$mat_pisos == "&", NA, as.numeric(e$mat_pisos == "1")),
                  no_piped_water = as.numeric(!e$disp_agua %in% c("1", "2")),
                  no_drainage = as.numeric(e$drenaje == "5"),
                  internet = as.numeric(e$conex_inte == "1"),
                  mobile_phone = as.numeric(e$celular == "1"),
                  car = as.numeric(as.numeric(e$num_auto) > 0))
  f <- .y ~ age + man + age:man + not_attending + indigenous + dirt_floor + no_piped_water +
    no_drainage + internet + mobile_phone + car
  state <- substr(e$ubica_geo, 1, 2)
  case("enigh-2016", a, f, lonely = "adjust", domain = state == "15") # other policies: model.R
  case("enigh-2016/chiapas-and-oaxaca", a, .y ~ age + man + not_attending + indigenous,
       subset = state %in% c("07", "20"), lonely = "adjust", domain = a$man == 1)

  for (name in c("apiclus1", "apistrat")) {
    s <- read(paste0("survey_", name, ".csv"))
    a <- data.frame(.w = as.numeric(s$pw), .fpc = as.numeric(s$fpc),
                    .stratum = if (name == "apistrat") s$stype else "all",
                    .psu = if (name == "apistrat") seq_len(nrow(s)) else s$dnum,
                    .y = as.numeric(s$sch.wide == "Yes"), ell = as.numeric(s$ell),
                    meals = as.numeric(s$meals), mobility = as.numeric(s$mobility))
    case(paste0(name, "/fpc"), a, .y ~ ell + meals + mobility, domain = s$stype == "E")
    a$.fpc <- NULL
    case(paste0(name, "/with-replacement"), a, .y ~ ell + meals, domain = s$stype == "E")
  }

  n <- read("survey_nhanes.csv")
  a <- data.frame(.w = as.numeric(n$WTMEC2YR), .stratum = n$SDMVSTRA, .psu = n$SDMVPSU,
                  .y = as.numeric(n$HI_CHOL), race = factor(n$race), age = factor(n$agecat),
                  woman = as.numeric(n$RIAGENDR == "2"))
  case("nhanes", a, .y ~ race + age + woman, domain = a$age == "(59,Inf]")
  case("nhanes/women", a, .y ~ race + age, subset = a$woman == 1)
} else {
  cat("MIRTI_REAL_DATA is not set: cases on real surveys are left out\n")
}

# ------------------------------------------------------------------------------ synthetic designs --
set.seed(20161)
synthetic <- function(strata, psus, rows, effect = 0.7) {
  d <- do.call(rbind, lapply(seq_len(strata), function(h) {
    n <- if (length(psus) > 1) sample(psus, 1) else psus
    do.call(rbind, lapply(seq_len(n), function(c) {
      m <- sample(rows, 1)
      data.frame(.stratum = sprintf("h%02d", h), .psu = as.character(c), .ssu = as.character(seq_len(m)),
                 u = rnorm(1, 0, effect), v = rnorm(1))
    }))
  }))
  k <- nrow(d)
  d$.w <- round(exp(rnorm(k, 5, 0.8)), 3)
  d$age <- sample(5:17, k, TRUE)
  d$income <- round(exp(rnorm(k, 9, 1)), 2) # a scale of thousands beside one of tenths
  d$year <- 2016 + sample(0:4, k, TRUE)
  d$farm <- rbinom(k, 1, plogis(-1 + d$v))
  d$kind <- factor(sample(c("a", "b", "c", "d"), k, TRUE, prob = c(.5, .3, .15, .05)))
  eta <- -3 + 0.15 * d$age + 0.8 * d$farm - 3e-5 * d$income + 0.1 * (d$year - 2018) +
    c(0, .3, -.4, .6)[d$kind] + d$u
  d$.y <- rbinom(k, 1, plogis(eta))
  d
}
full <- .y ~ age + income + year + farm * kind

d <- synthetic(12, 2:6, 6:20)
two <- d
d$.ssu <- NULL
case("synthetic/many-scales", d, full)
case("synthetic/subpopulation", d, .y ~ age + farm, subset = d$kind %in% c("c", "d") & d$farm == 1 | d$age > 14)

# Strata with one PSU, and one that a subpopulation leaves altogether.
lonely <- synthetic(9, 1:3, 8:16)
lonely$.ssu <- NULL
gone <- lonely$.stratum != "h05" & (lonely$.stratum != "h06" | lonely$.psu == "1")
for (policy in c("adjust", "remove", "average", "certainty")) {
  case(paste0("synthetic/lonely/", policy), lonely, .y ~ age + farm, lonely = policy)
  case(paste0("synthetic/lonely-subpopulation/", policy), lonely, .y ~ age + farm, subset = gone,
       lonely = policy)
}
lonely$.fpc <- ave(as.numeric(factor(lonely$.psu)), lonely$.stratum, FUN = function(x) length(unique(x))) *
  ifelse(lonely$.stratum %in% c("h01", "h02"), 1, 3)
for (policy in c("adjust", "average"))
  case(paste0("synthetic/lonely-fpc/", policy), lonely, .y ~ age + farm, lonely = policy)
lonely$.fpc <- c(.1, .25, .5)[1 + as.numeric(factor(lonely$.stratum)) %% 3]
case("synthetic/sampling-fractions", lonely, .y ~ age + farm, lonely = "adjust")

# Two stages with corrections at both, as in apiclus2.
two$.fpc <- 15
two$.fpc2 <- ave(seq_len(nrow(two)), two$.stratum, two$.psu, FUN = length) + 7
case("synthetic/two-stages", two, .y ~ age + farm)
case("synthetic/two-stages-subpopulation", two, .y ~ age + farm, subset = two$age > 9)
close(output)
