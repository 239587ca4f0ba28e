# SPDX-License-Identifier: GPL-3.0-or-later
#
# The whole way from the survey's file to model.json against R package `survey`: runs `mirti fit` on
# the real ENIGH 2016, once for every policy on lonely PSUs, and compares what model.json says with
# what R makes of the same file, recoded in enigh.R.
#
#     Rscript model.R PROGRAM SOURCE-FOLDER SCRATCH-FOLDER
arguments <- commandArgs(TRUE)
program <- arguments[1]
source_folder <- arguments[2]
scratch <- arguments[3]
skip <- function(why) {
  cat("SKIP:", why, "\n")
  quit(status = 77)
}
for (package in c("survey", "jsonlite"))
  if (!requireNamespace(package, quietly = TRUE)) skip(paste("R package", package, "is not installed"))
real <- Sys.getenv("MIRTI_REAL_DATA")
if (!nzchar(real)) skip("MIRTI_REAL_DATA is not set")
suppressPackageStartupMessages(library(survey))
options(survey.adjust.domain.lonely = FALSE)
tolerance <- 1e-8

compared <- 0
failed <- 0
compare <- function(what, value, expected, scale = abs(expected)) {
  off <- max(abs(value - expected) / scale)
  compared <<- compared + length(expected)
  if (length(value) != length(expected) || !isTRUE(off <= tolerance)) {
    failed <<- failed + 1
    cat(sprintf("%s: off by %g (relative), %g is allowed\n", what, off, tolerance))
  }
  invisible(off)
}

source(file.path(source_folder, "tests/oracle/enigh.R"))
d <- enigh_2016(real)
formula <- enigh_formula
# The interaction comes third in the model file, last in R.
order <- c(1, 2, 3, 12, 4:11)
names <- c("(intercept)", "age[15-17]", "sex[man]", "age[15-17]:sex[man]", "not_attending", "indigenous",
           "dirt_floor", "no_piped_water", "no_drainage", "internet", "mobile_phone", "car")

# The example's project with another policy, beside a copy of its model file.
dir.create(file.path(scratch, "models"), recursive = TRUE, showWarnings = FALSE)
invisible(file.copy(file.path(source_folder, "models/mx-adolescent-work.yaml"), file.path(scratch, "models"),
          overwrite = TRUE))
dir.create(file.path(scratch, "examples/mexico"), recursive = TRUE, showWarnings = FALSE)
project <- readLines(file.path(source_folder, "examples/mexico-2020/mirti.yaml"))
fit_with <- function(policy) {
  lonely <- grep("lonely_psu:", project)
  if (length(lonely) != 1) stop("the example's project does not say 'lonely_psu:' once")
  project[lonely] <- sub("lonely_psu: *[a-z]+", paste("lonely_psu:", policy), project[lonely])
  file <- file.path(scratch, "examples/mexico/mirti.yaml")
  writeLines(project, file)
  model <- file.path(scratch, paste0(policy, ".json"))
  status <- system2(program, c("fit", shQuote(file), "--data", shQuote(real), "--output", shQuote(model),
                               "--overwrite", "--quiet"), stdout = FALSE)
  if (status == 0) jsonlite::read_json(model, simplifyVector = TRUE) else status
}

start <- NULL
for (policy in c("adjust", "remove", "average", "certainty")) {
  options(survey.lonely.psu = policy)
  design <- svydesign(~upm, strata = ~est_dis, weights = ~w, data = d, nest = TRUE)
  for (round in if (is.null(start)) 1:2 else 1) { # from its own solution at last: see survey.R
    fit <- svyglm(formula, design, family = quasibinomial(), start = start,
                  control = list(epsilon = 1e-12, maxit = 100))
    start <- coef(fit)
  }
  model <- fit_with(policy)
  if (!is.list(model)) stop("mirti fit ended with ", model)
  table <- model$coefficients
  if (!identical(table$name, names)) stop("other columns: ", paste(table$name, collapse = " "))
  b <- compare("coefficients", table$estimate, unname(coef(fit)[order]))
  s <- compare("standard errors", table$se, unname(SE(fit)[order]))
  v <- vcov(fit)[order, order]
  compare("covariance", as.vector(model$covariance), as.vector(v), as.vector(sqrt(outer(diag(v), diag(v)))))
  compare("p values", table$p, unname(coef(summary(fit))[order, 4]), pmax(1e-300, coef(summary(fit))[order, 4]))
  compare("degrees of freedom", model$fit$df_residual, fit$df.residual)
  known <- subset(design, !is.na(dirt_floor))
  mean <- svymean(~y, known)
  compare("rate", c(model$rate$value, model$rate$se), c(coef(mean), SE(mean)))
  cat(sprintf("%-10s coefficients within %.1e, standard errors within %.1e of svyglm\n", policy, b, s))
}
x <- model.matrix(fit)[, order]
w <- d$w[!is.na(d$dirt_floor)]
unit <- paste(d$est_dis, d$upm)[!is.na(d$dirt_floor)]
compare("column means", table$mean, as.vector(colSums(w * x) / sum(w)))
within <- apply(x, 2, function(c) c - (tapply(w * c, unit, sum) / tapply(w, unit, sum))[unit])
r <- crossprod(sqrt(w) * within)
r <- r / sqrt(outer(diag(r), diag(r)))
compare("correlations within PSUs", as.vector(model$within_psu_correlation[-1, -1]), as.vector(r[-1, -1]), 1)

status <- fit_with("fail")
compare("exit status with lonely PSUs and the policy 'fail'", if (is.list(status)) 0 else status, 4, 1)
cat(compared, "numbers compared,", failed, "groups of them too far off\n")
quit(status = as.integer(failed > 0))
