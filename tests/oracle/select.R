# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lasso paths and their cross-validation by R package `glmnet`; stepwise searches with `survey`'s
# regTermTest and AIC, for select.c. On generated designs, and on ENIGH 2016 where MIRTI_REAL_DATA is set.
#
#     Rscript select.R OUTPUT
for (package in c("survey", "glmnet")) if (!requireNamespace(package, quietly = TRUE)) {
  cat("SKIP: R package", package, "is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages({library(survey); library(glmnet)})
options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "adjust", warn = 1)

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) formatC(x, digits = 17, format = "g", width = -1)
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

# ------------------------------------------------------------------------------------------ lasso --
# By glmnet until nothing moves any more: its own stopping rule is of the objective.
glmnet.control(fdev = 0, devmax = 1)
lasso <- function(x, d, points) {
  path <- glmnet(x, d$y, family = "binomial", weights = d$w, nlambda = points, thresh = 1e-14, maxit = 1e7)
  cv <- cv.glmnet(x, d$y, family = "binomial", weights = d$w, lambda = path$lambda, foldid = d$fold,
                  thresh = 1e-14, maxit = 1e7)
  stopifnot(length(cv$lambda) == length(path$lambda))
  put("lasso", length(path$lambda))
  vector_of("lambda", path$lambda)
  vector_of("beta", rbind(path$a0, as.matrix(path$beta)))
  vector_of("cvm", cv$cvm)
  vector_of("cvsd", cv$cvsd)
  vector_of("chosen", match(c(cv$lambda.min, cv$lambda.1se), cv$lambda) - 1)
}

# --------------------------------------------------------------------------------------- stepwise --
# A fit that went on to the end: see survey.R. AIC fits the null model with the same call, which bears no
# starting values (`rounds` = 1); it needs fewer digits.
fit_of <- function(design, terms, rounds = 3) {
  f <- reformulate(if (length(terms)) terms else "1", "y")
  again <- function(start) suppressWarnings(eval(bquote(
    svyglm(.(f), design, family = quasibinomial, start = .(start),
           control = list(epsilon = 1e-14, maxit = 100)))))
  start <- NULL
  for (round in seq_len(rounds)) start <- coef(fit <- again(start))
  fit
}
wald <- function(fit, term) {
  at <- attr(model.matrix(fit), "assign") == match(term, attr(terms(fit), "term.labels"))
  b <- coef(fit)[at]
  f <- drop(b %*% solve(vcov(fit)[at, at], b)) / sum(at)
  test <- regTermTest(fit, term, method = "Wald")
  stopifnot(abs(test$Ftest / f - 1) < 1e-8)
  c(f, pf(f, sum(at), fit$df.residual, lower.tail = FALSE))
}
parts <- function(term) strsplit(term, ":")[[1]]
may_add <- function(all, now) Filter(function(t) !(t %in% now) && all(vapply(all, function(a)
  !(all(parts(a) %in% parts(t)) && a != t) || a %in% now, TRUE)), all)
may_drop <- function(now) Filter(function(t) !any(vapply(now, function(b)
  b != t && all(parts(t) %in% parts(b)), TRUE)), now)

# Every step: its trials in the order of the terms, and the one that is taken.
step_out <- function(move, tried, numbers, taken, all) {
  put("step", move, length(tried), if (length(taken)) match(taken, all) - 1 else -1)
  for (k in seq_along(tried)) put(match(tried[k], all) - 1, paste(number(numbers[[k]]), collapse = " "))
}
search <- function(design, all, method, criterion) {
  put("search", method, criterion)
  rounds <- if (criterion == "p") 3 else 1
  now <- if (method == "backward") all else character()
  repeat {
    if (method == "forward") {
      tried <- may_add(all, now)
      fits <- lapply(tried, function(t) fit_of(design, all[all %in% c(now, t)], rounds))
    } else {
      tried <- may_drop(now)
      fits <- if (criterion == "p") rep(list(fit_of(design, now)), length(tried)) else
        lapply(tried, function(t) fit_of(design, setdiff(now, t), rounds))
    }
    if (criterion == "p") {
      numbers <- Map(wald, fits, tried)
      p <- vapply(numbers, `[`, 0, 2)
      f <- vapply(numbers, `[`, 0, 1)
      best <- if (length(p) == 0) 0 else if (method == "forward") order(p, -f)[1] else order(-p, f)[1]
      good <- best > 0 && if (method == "forward") p[best] < 0.05 else p[best] > 0.10
    } else {
      aic <- function(fit) if (length(coef(fit)) == 1) deviance(fit) else AIC(fit)[["AIC"]]
      numbers <- lapply(fits, aic)
      before <- aic(fit_of(design, now, rounds))
      best <- if (length(numbers) == 0) 0 else which.min(unlist(numbers))
      good <- best > 0 && numbers[[best]] < before
    }
    step_out(if (method == "forward") "add" else "drop", tried, numbers, if (good) tried[best], all)
    if (!good) break
    now <- if (method == "forward") all[all %in% c(now, tried[best])] else setdiff(now, tried[best])
  }
  put("end_search")
}

# `terms` are the predictors (0/1 columns or factors of d) and their interactions.
case <- function(name, d, terms, searches, points = 30) {
  design <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
  # Columns in the order in which the terms are written, not R's own by order of interaction.
  columns <- lapply(terms, function(t) {
    m <- model.matrix(reformulate(unique(parts(t))), d)
    if (length(parts(t)) == 1) return(m[, -1, drop = FALSE])
    m <- model.matrix(reformulate(c(parts(t), t)), d)
    m[, attr(m, "assign") == length(parts(t)) + 1, drop = FALSE]
  })
  x <- do.call(cbind, columns)
  put("case", name)
  put("shape", nrow(x), ncol(x), length(terms))
  put("terms", gsub(" ", "", terms))
  put("widths", vapply(columns, ncol, 1))
  writeLines(apply(cbind(d$stratum, d$psu, number(d$w), d$fold - 1, d$y, matrix(number(x), nrow(x))),
                   1, paste, collapse = " "), output)
  lasso(x, d, points)
  for (s in searches) search(design, terms, s[1], s[2])
  put("end")
}

# PSUs in strata; parts of the cross-validation are whole PSUs.
set.seed(2015)
make <- function(strata, psus, per_psu) {
  d <- expand.grid(i = seq_len(per_psu), psu = seq_len(psus), stratum = seq_len(strata))
  k <- nrow(d)
  cluster <- (d$stratum - 1) * psus + d$psu
  d$fold <- sample(rep(1:5, length.out = strata * psus))[cluster]
  d$w <- round(exp(rnorm(strata, 4, 0.5))[d$stratum] * exp(rnorm(k, 0, 0.3)), 4)
  d$age <- sample(5:17, k, TRUE) + rbinom(k, 1, 0.3) / 2
  d$farm <- rbinom(k, 1, 0.3)
  d$floor <- rbinom(k, 1, plogis(rnorm(strata * psus))[cluster]) # a trait of places
  d$water <- rbinom(k, 1, 0.2 + 0.4 * d$floor)
  d$kind <- factor(sample(c("a", "b", "c", "d"), k, TRUE, c(4, 3, 2, 1)))
  d$noise <- round(rnorm(strata * psus)[cluster], 3)
  d$income <- round(exp(rnorm(k, 8, 1)), 2) # badly scaled
  u <- rnorm(strata * psus, 0, 0.5)[cluster]
  d$y <- rbinom(k, 1, plogis(-2.5 + 0.1 * d$age + 0.8 * d$farm + 0.5 * (d$kind == "c") +
                               0.7 * d$farm * d$water + u))
  d
}
every <- list(c("forward", "p"), c("backward", "p"), c("forward", "daic"), c("backward", "daic"))
terms <- c("age", "farm", "floor", "water", "kind", "noise", "income", "farm:water", "farm:kind")
case("generated", make(8, 12, 20), terms, every)
case("small", make(3, 8, 12), c("farm", "kind", "water", "noise"), every)

real <- Sys.getenv("MIRTI_REAL_DATA")
enigh <- file.path(real, "survey/enigh2016_adolescentes_12_17.csv")
if (real != "" && file.exists(enigh)) {
  e <- read.csv(enigh, colClasses = "character")
  d <- with(e, data.frame(stratum = as.integer(factor(est_dis)),
                          psu = as.integer(factor(upm)), w = as.numeric(factor),
                          y = as.integer(trabaja == "1"), age = as.integer(as.numeric(edad) >= 15),
                          man = as.integer(sexo == "1"), out = as.integer(inas_esc == "1"),
                          lang = as.integer(hli == "1"), dirt = as.integer(mat_pisos == "1"),
                          water = as.integer(!(disp_agua %in% c("1", "2"))),
                          drain = as.integer(drenaje == "5"), net = as.integer(conex_inte == "1"),
                          phone = as.integer(celular == "1"), car = as.integer(as.numeric(num_auto) > 0)))
  d <- d[complete.cases(d) & e$mat_pisos != "&", ]
  d$fold <- sample(rep(1:5, length.out = max(d$psu)))[d$psu]
  d$fold <- as.integer(factor(d$fold))
  case("enigh", d, c("age", "man", "age:man", "out", "lang", "dirt", "water", "drain", "net", "phone", "car"),
       list(c("backward", "p"), c("backward", "daic")), points = 12)
} else cat("without ENIGH 2016: MIRTI_REAL_DATA is not set\n")
close(output)
