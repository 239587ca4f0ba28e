# SPDX-License-Identifier: GPL-3.0-or-later
#
# Mixed logits for mixed.c: with unit weights by lme4::glmer at the same number of quadrature nodes;
# with survey weights by a slow reference of our own, which shares nothing with the engine but the
# definition of the pseudo-likelihood (mixed_likelihood.R).
#
#     Rscript mixed.R OUTPUT
if (!requireNamespace("lme4", quietly = TRUE)) {
  cat("SKIP: R package lme4 is not installed\n")
  quit(status = 77)
}
suppressPackageStartupMessages(library(lme4))
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
source(file.path(dirname(script), "mixed_likelihood.R"))

output <- file(commandArgs(TRUE)[1], "w")
put <- function(...) cat(..., "\n", file = output)
number <- function(x) formatC(x, digits = 17, format = "g", width = -1)
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

# The sample, then what is expected: coefficients, sigma, log-likelihood, covariances (or none).
case <- function(name, d, x, nodes, scaling, area_weight, expected, tolerance) {
  put("case", name)
  put("shape", nrow(x), ncol(x), nodes, scaling, as.integer(!is.null(area_weight)))
  put("names", gsub("[^A-Za-z0-9_.:]", "_", colnames(x)))
  if (is.null(area_weight)) area_weight <- rep(1, nrow(x))
  lines <- cbind(d$area, number(d$w), number(area_weight), d$y, matrix(number(x), nrow(x)))
  writeLines(apply(lines, 1, paste, collapse = " "), output)
  vector_of("tolerance", tolerance) # of coefficients, sigma, log-likelihood, standard errors
  vector_of("beta", expected$beta)
  vector_of("sigma", expected$sigma)
  vector_of("loglik", expected$loglik)
  vector_of("model", expected$model)
  vector_of("robust", expected$robust)
  put("end")
}

make <- function(rows, areas, sigma, uneven = FALSE) {
  size <- if (uneven) rexp(areas) + 0.02 else rep(1, areas)
  area <- sample(areas, rows, TRUE, prob = size)
  u <- rnorm(areas, 0, sigma)
  d <- data.frame(area = sprintf("%05d", area), age = sample(5:17, rows, TRUE),
                  farm = rbinom(rows, 1, plogis(u[area])), income = rnorm(rows, 2, 3))
  d$y <- rbinom(rows, 1, plogis(-3 + 0.15 * d$age + 0.6 * d$farm - 0.1 * d$income + u[area]))
  d$w <- exp(rnorm(rows, 3 + 0.3 * u[area], 0.7))
  d
}
formula <- y ~ age + farm + income

# ------------------------------------------------------------------------------- unit weights --
# lme4 stops its inner iterations early by default (tolPwrss = 1e-7), which leaves 1e-3 in Laplace's
# log-likelihood. The search gets 1e-11 (with less its optimiser loses the way in the noise), and the
# log-likelihood where it ends is taken with 1e-14.
by_glmer <- function(name, d, nodes) {
  inner <- function(tolerance)
    glmerControl(optimizer = "bobyqa", tolPwrss = tolerance, check.conv.singular = "ignore",
                 optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
  fit <- suppressWarnings(glmer(update(formula, . ~ . + (1 | area)), d, family = binomial, nAGQ = nodes,
                                control = inner(1e-11)))
  deviance_at <- update(fit, devFunOnly = TRUE, control = inner(1e-14))
  case(name, d, model.matrix(formula, d), nodes, 3, NULL,
       list(beta = fixef(fit), sigma = getME(fit, "theta"),
            loglik = -deviance_at(c(getME(fit, "theta"), fixef(fit))) / 2, model = numeric(),
            robust = numeric()),
       c(1e-5, 1e-4, 1e-6, 1))
}
set.seed(77)
for (nodes in c(1, 5, 7, 15)) by_glmer(paste0("glmer/", nodes), make(1500, 60, 0.8), nodes)
for (nodes in c(1, 7)) by_glmer(paste0("glmer/uneven/", nodes), make(900, 150, 1.5, TRUE), nodes)
by_glmer("glmer/large-areas", make(6000, 12, 0.4), 1)

# ----------------------------------------------------------------------------- survey weights --
by_reference <- function(name, d, scaling, weighted_areas = FALSE) {
  x <- model.matrix(formula, d)
  w <- scaled_weights(d$w, d$area, scaling)
  a <- if (weighted_areas) 1 + as.integer(d$area) %% 4 / 2 else rep(1, nrow(d))
  total <- function(q) colSums(areas_at(q, x, d$y, w, d$area, a))
  q <- top_of(total, c(coef(glm(formula, binomial, d)), 0.7))
  scores <- areas_at(q, x, d$y, w, d$area, a)[, -1]
  model <- solve(-hessian_of(total, q))
  m <- nrow(scores)
  robust <- model %*% (m / (m - 1) * crossprod(scores)) %*% model
  p <- ncol(x)
  case(name, d, x, 31, match(scaling, c("size", "effective", "none")) - 1, if (weighted_areas) a,
       list(beta = q[1:p], sigma = abs(q[p + 1]), loglik = total(q)[1], model = model,
            robust = robust),
       c(1e-7, 1e-7, 1e-8, 1e-6))
}
set.seed(2006)
d <- make(700, 40, 0.9)
by_reference("weighted/size", d, "size")
by_reference("weighted/effective", d, "effective")
by_reference("weighted/areas", d, "size", weighted_areas = TRUE)
d$w <- d$w / mean(d$w)
by_reference("weighted/as-they-are", d, "none")
by_reference("weighted/uneven", make(500, 70, 1.2, TRUE), "size")
close(output)
