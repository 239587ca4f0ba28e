# SPDX-License-Identifier: GPL-3.0-or-later
#
# Other links, penalties, replicate weights, Wald tests, totals and ratios, for links.c: by R package
# `survey` where it has them; penalised fits by maximising the penalised likelihood here.
#
#     Rscript links.R OUTPUT
if (!requireNamespace("survey", quietly = TRUE)) {
  cat("SKIP: R package survey is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(survey))
options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "fail", warn = 1)

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) formatC(x, digits = 17, format = "g", width = -1)
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))
formula <- y ~ age + farm + kind

# replicates: list(kind, weights, scale, rscales), kind "none", "jk1", "jkn" or "given".
case <- function(name, d, expected, link = "logit", penalty = "none", ridge = 0,
                 replicates = list(kind = "none"), policy = "fail", tolerance = 1e-8) {
  x <- model.matrix(formula, d)
  given <- replicates$kind == "given"
  put("case", name)
  put("link", link, "penalty", penalty, "ridge", number(ridge), "policy", policy, "replicates",
      replicates$kind, if (given) ncol(replicates$weights) else 0,
      if (given) number(replicates$scale) else 1)
  put("shape", nrow(x), ncol(x), "tolerance", tolerance)
  put("names", gsub("[^A-Za-z0-9_.:]", "_", colnames(x)))
  lines <- cbind(d$stratum, d$psu, number(d$w), d$y, matrix(number(x), nrow(x)))
  if (given) lines <- cbind(lines, matrix(number(replicates$weights), nrow(x)))
  writeLines(apply(lines, 1, paste, collapse = " "), output)
  if (given) vector_of("rscales", replicates$rscales)
  for (key in c("beta", "covariance", "wald", "mean", "total", "ratio"))
    vector_of(key, expected[[key]])
  put("end")
}

# A fit that went on to the end: see survey.R.
fit_by <- function(design, link) {
  # The call is made with its values in it: for replicate designs svyglm looks names up elsewhere.
  again <- function(start) suppressWarnings(eval(bquote(
    svyglm(.(formula), design, family = quasibinomial(link = .(link)), start = .(start),
           control = list(epsilon = 1e-14, maxit = 200)))))
  start <- NULL
  for (round in 1:4) start <- coef(fit <- again(start))
  fit
}
by_survey <- function(design, link) {
  fit <- fit_by(design, link)
  kind <- grep("kind", names(coef(fit)))
  b <- coef(fit)[kind]
  f <- drop(b %*% solve(vcov(fit)[kind, kind], b)) / length(kind)
  if (!inherits(design, "svyrep.design")) {
    test <- regTermTest(fit, ~kind, method = "Wald", df = fit$df.residual)
    stopifnot(abs(test$Ftest / f - 1) < 1e-10)
    f <- c(f, test$p)
  }
  m <- svymean(~y, design)
  t <- svytotal(~y, design)
  r <- svyratio(~y, ~age, design)
  list(beta = coef(fit), covariance = vcov(fit), wald = f, mean = c(coef(m), SE(m)),
       total = c(coef(t), SE(t)), ratio = c(coef(r), SE(r)))
}

# Two PSUs in each of 13 strata, some with weights far from others.
set.seed(1933)
make <- function(strata, psus, per_psu) {
  d <- expand.grid(i = seq_len(per_psu), psu = seq_len(psus), stratum = seq_len(strata))
  k <- nrow(d)
  d$w <- round(exp(rnorm(k, 4, 0.6)), 4)
  d$age <- sample(5:17, k, TRUE)
  d$farm <- rbinom(k, 1, 0.3)
  d$kind <- factor(sample(c("a", "b", "c"), k, TRUE))
  u <- rnorm(strata * psus, 0, 0.4)[(d$stratum - 1) * psus + d$psu]
  d$y <- rbinom(k, 1, plogis(-2.5 + 0.13 * d$age + 0.7 * d$farm + 0.4 * (d$kind == "c") + u))
  d
}
d <- make(13, 2, 20)
plain <- function(d) svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
for (link in c("logit", "probit", "cloglog")) case(link, d, by_survey(plain(d), link), link = link)

# ---------------------------------------------------------------------------- replicate weights --
jk1 <- d
jk1$psu <- paste(d$stratum, d$psu)
jk1$stratum <- "all"
jk1$psu <- as.integer(factor(jk1$psu))
by_replicates <- function(name, d, design, kind, ...) {
  case(name, d, by_survey(design, "logit"), tolerance = 1e-8,
       replicates = list(kind = kind, weights = weights(design, "analysis"), scale = design$scale,
                         rscales = design$rscales), ...)
}
by_replicates("jk1", jk1, as.svrepdesign(svydesign(~psu, weights = ~w, data = jk1), type = "JK1"), "jk1")
by_replicates("jkn", d, as.svrepdesign(plain(d), type = "JKn"), "jkn")
by_replicates("brr", d, as.svrepdesign(plain(d), type = "BRR"), "given")
by_replicates("fay", d, as.svrepdesign(plain(d), type = "Fay", fay.rho = 0.3), "given")
by_replicates("bootstrap", d, as.svrepdesign(plain(d), type = "subbootstrap", replicates = 60), "given")
lonely <- d[!(d$stratum %in% 3:4 & d$psu == 2), ]
for (policy in c("adjust", "remove", "average")) {
  options(survey.lonely.psu = policy)
  by_replicates(paste0("jkn/", policy), lonely, as.svrepdesign(plain(lonely), type = "JKn"), "jkn",
                policy = policy)
}
options(survey.lonely.psu = "fail")

# ------------------------------------------------------------------------------------ penalties --
# By Newton's method on the penalised score with a numerical Jacobian; weights scaled to mean 1.
by_penalty <- function(d, score) {
  x <- model.matrix(formula, d)
  w <- d$w / mean(d$w)
  q <- numeric(ncol(x))
  for (round in 1:60) {
    jacobian <- sapply(seq_along(q), function(j) {
      step <- replace(numeric(length(q)), j, 1e-5)
      (score(q + step, x, d$y, w) - score(q - step, x, d$y, w)) / 2e-5
    })
    step <- solve(jacobian, score(q, x, d$y, w))
    q <- q - step * min(1, 2 / max(abs(step)))
  }
  list(beta = q, covariance = numeric(), wald = numeric(), mean = numeric(), total = numeric(),
       ratio = numeric())
}
firth <- function(q, x, y, w) {
  p <- plogis(drop(x %*% q))
  a <- crossprod(x, w * p * (1 - p) * x)
  leverage <- w * p * (1 - p) * rowSums((x %*% solve(a)) * x)
  drop(crossprod(x, w * (y - p) + leverage * (0.5 - p)))
}
ridge_of <- function(lambda) function(q, x, y, w) {
  centre <- colSums(w * x) / sum(w)
  spread <- sqrt(colSums(w * sweep(x, 2, centre)^2) / sum(w))
  p <- plogis(drop(x %*% q))
  drop(crossprod(x, w * (y - p))) - lambda * c(0, (q * spread^2)[-1])
}
case("firth", d, by_penalty(d, firth), penalty = "firth")
separated <- d
separated$y[separated$kind == "b"] <- 0
case("firth/separated", separated, by_penalty(separated, firth), penalty = "firth")
for (lambda in c(0.5, 20))
  case(paste0("ridge/", lambda), separated, by_penalty(separated, ridge_of(lambda)), penalty = "ridge",
       ridge = lambda)
close(output)
