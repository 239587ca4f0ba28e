# SPDX-License-Identifier: GPL-3.0-or-later
#
# Links, penalties, replicate weights and second stages, the whole way through the program: model and
# project files that ask for them, `mirti fit` and its model.json against R package `survey` (for
# penalties, against the penalised score solved here), `mirti run` and its risks of areas against
# predict(type = "response") with its covariance. Generated surveys in one and two stages, and with
# MIRTI_REAL_DATA also ENIGH 2016.
#
#     Rscript options.R PROGRAM SOURCE-FOLDER SCRATCH-FOLDER
arguments <- commandArgs(TRUE)
program <- arguments[1]
source_folder <- arguments[2]
scratch <- arguments[3]
for (package in c("survey", "jsonlite"))
  if (!requireNamespace(package, quietly = TRUE)) {
    cat("SKIP: R package", package, "is not installed\n")
    quit(status = 77)
  }
suppressPackageStartupMessages(library(survey))
options(survey.adjust.domain.lonely = FALSE, survey.lonely.psu = "fail", warn = 1)
dir.create(scratch, recursive = TRUE, showWarnings = FALSE)

compared <- 0
failed <- 0
# Both solve the same equations to the end; 1e-8 is what 1e5 additions leave, with room.
compare <- function(what, value, expected, scale = abs(expected), tolerance = 1e-8) {
  off <- max(abs(value - expected) / scale)
  compared <<- compared + length(expected)
  if (length(value) == length(expected) && isTRUE(off <= tolerance)) return(invisible(off))
  failed <<- failed + 1
  cat(sprintf("%s: off by %g (relative), %g is allowed\n", what, off, tolerance))
  invisible(off)
}

mirti <- function(command, project, output, ...) {
  status <- system2(program, c(command, shQuote(project), "--output", shQuote(output), "--overwrite", "--quiet", ...),
                    stdout = FALSE)
  if (status != 0) stop("mirti ", command, " ended with ", status, " on ", project)
}

# svyglm, gone on from its own solution until it stays: its covariance is a step behind (see survey.R).
# The calls are made with their values in them: for replicate designs svyglm looks names up elsewhere.
fit_by <- function(formula, design, link) {
  again <- function(start) suppressWarnings(eval(bquote(
    svyglm(.(formula), design, family = quasibinomial(link = .(link)), start = .(start),
           control = list(epsilon = 1e-14, maxit = 200)))))
  start <- NULL
  for (round in 1:4) start <- coef(fit <- again(start))
  fit
}

# What model.json says against a svyglm; `order`: R's columns in the order of the model file; `terms`:
# R's formulas of its terms.
check_fit <- function(name, model, fit, order, terms, mean, link, replicates) {
  table <- model$coefficients
  v <- vcov(fit)[order, order]
  b <- unname(coef(fit)[order])
  se <- sqrt(diag(v))
  worst <- max(compare(paste(name, "coefficients"), table$estimate, b, pmax(abs(b), 1e-3)),
               compare(paste(name, "covariance"), as.vector(model$covariance), as.vector(v), as.vector(outer(se, se))))
  df <- degf(fit$survey.design) - length(b) + 1
  compare(paste(name, "degrees of freedom"), model$fit$df_residual, df)
  p <- 2 * pt(abs(b / se), df, lower.tail = FALSE)
  compare(paste(name, "p values"), table$p, unname(p), unname(pmax(p, 1e-300)), 1e-6) # far tails magnify
  compare(paste(name, "rate"), c(model$rate$value, model$rate$se), c(coef(mean), SE(mean)))
  for (t in seq_along(terms)) {
    test <- if (replicates) { # regTermTest does not take them with a df of one's choice
      k <- which(attr(model.matrix(fit), "assign") == t)
      f <- drop(coef(fit)[k] %*% solve(vcov(fit)[k, k, drop = FALSE], coef(fit)[k])) / length(k)
      list(Ftest = f, df = length(k), p = pf(f, length(k), df, lower.tail = FALSE))
    } else {
      regTermTest(fit, terms[[t]], method = "Wald", df = df)
    }
    what <- paste(name, "test of", format(terms[[t]]))
    compare(paste(what, "F"), model$term_tests$f[t], drop(test$Ftest), tolerance = 1e-7)
    compare(paste(what, "df"), model$term_tests$df[t], test$df)
    compare(paste(what, "p"), model$term_tests$p[t], drop(test$p), max(drop(test$p), 1e-300), 1e-6)
  }
  if (model$fit$link != link) stop(name, ": the file says ", model$fit$link)
  ratio <- switch(link, logit = table$odds_ratio, cloglog = table$hazard_ratio)
  if (link != "probit") compare(paste(name, "ratios"), ratio, exp(b))
  if (link == "probit" && any(grepl("ratio", names(table)))) stop(name, ": a probit has no ratios")
  cat(sprintf("%-28s %s, %s: coefficients and covariance within %.1e\n", name, link, model$fit$variance, worst))
}

# -------------------------------------------------------------------------- generated surveys --
set.seed(1990)
draw <- function(strata, psus, units, rows) {
  d <- expand.grid(row = seq_len(rows), unit = seq_len(units), psu = seq_len(psus), stratum = seq_len(strata))
  n <- nrow(d)
  d$age <- factor(sample(c("young", "middle", "old"), n, TRUE), c("young", "middle", "old"))
  d$out <- rbinom(n, 1, 0.3)
  d$work <- rbinom(n, 1, plogis(-1.4 + 0.6 * (d$age == "old") + 0.7 * d$out +
    rnorm(strata * psus, 0, 0.5)[(d$stratum - 1) * psus + d$psu]))
  d$w <- round(exp(rnorm(n, 4, 0.5)), 4)
  d
}
formula <- work ~ age + out + age:out
terms <- list(~age, ~out, ~age:out)
census <- data.frame(code = sprintf("%03d", 1:7), parent = "01",
                     young = c(100, 20, 0, 7, 900, 31, 12), middle = c(80, 30, 12, 9, 700, 29, 300), old = c(60, 25, 40, 5, 650, 33, 70),
                     out_young = c(.1, .02, 0, .3, .15, 1, 0), out_middle = c(.2, .1, .4, .2, .25, 0, 1), out_old = c(.5, .3, .6, .1, .45, 1, 0))

write_project <- function(folder, d, fit, keys, variance, dispersion = FALSE) {
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  write.csv(d, file.path(folder, "survey.csv"), row.names = FALSE, quote = FALSE)
  write.csv(census, file.path(folder, "census.csv"), row.names = FALSE, quote = FALSE)
  cells <- sprintf("      - {age: %s, children: %s, out: out_%s}", levels(d$age), levels(d$age), levels(d$age))
  writeLines(c("mirti-model: 1", "name: m", "outcome: {name: works}", "predictors:",
               "  age: {kind: category, levels: [young, middle, old]}", "  out: {kind: binary}",
               "terms: [age, out, age:out]", fit, "sources:", "  s:", "    kind: survey", "    outcome: work = '1'",
               paste0("    ", keys), "    predictors: {age: age, out: out = '1'}", "  c:", "    kind: aggregates",
               "    areas:", "      municipality: {code: code, parent_code: parent}", "    cells:", cells),
             file.path(folder, "model.yaml"))
  writeLines(c("mirti-project: 1", "name: p", "model: model.yaml",
               paste0("survey: {file: survey.csv, source: s", variance, "}"), "census: {file: census.csv, source: c}",
               paste("dispersion:", tolower(dispersion))), file.path(folder, "mirti.yaml"))
}

# Plain risks of areas. Where all children of a cell are alike, by predict(type = "response"), counted
# by the census, with the covariance that it gives; elsewhere by the same steps at mean design rows.
check_risks <- function(name, folder, fit, link) {
  mirti("run", file.path(folder, "mirti.yaml"), file.path(folder, "out"))
  r <- read.csv(file.path(folder, "out/municipality.csv"), colClasses = c(code = "character"))
  r <- r[order(r$code), ]
  ages <- c("young", "middle", "old")
  inverse <- binomial(link)
  t <- qt(0.975, degf(fit$survey.design))
  for (a in seq_len(nrow(census))) {
    children <- unlist(census[a, ages])
    part <- children / sum(children)
    share <- unlist(census[a, paste0("out_", ages)])
    alike <- all(share %in% 0:1)
    if (alike) {
      by <- predict(fit, newdata = data.frame(age = factor(ages, ages), out = share), type = "response", vcov = TRUE)
      p <- sum(part * coef(by))
      se <- sqrt(drop(part %*% vcov(by) %*% part))
    } else {
      x <- rbind(1, c(0, 1, 0), c(0, 0, 1), share, share * c(0, 1, 0), share * c(0, 0, 1))
      eta <- drop(coef(fit) %*% x)
      p <- sum(part * inverse$linkinv(eta))
      g <- drop(x %*% (part * inverse$mu.eta(eta)))
      se <- sqrt(drop(g %*% vcov(fit) %*% g))
    }
    ends <- plogis(qlogis(p) + c(-t, t) * se / (p * (1 - p)))
    compare(paste(name, if (alike) "predicted", "risk of area", a),
            c(r$risk[a], r$risk_se[a], r$risk_lo[a], r$risk_hi[a]), c(p, se, ends))
  }
}

run_case <- function(name, d, design, keys, link = "logit", variance = "", replicates = FALSE) {
  folder <- file.path(scratch, gsub("[^a-z0-9]", "-", name))
  write_project(folder, d, if (link == "logit") character() else paste0("fit: {link: ", link, "}"), keys, variance)
  mirti("fit", file.path(folder, "mirti.yaml"), file.path(folder, "model.json"))
  model <- jsonlite::read_json(file.path(folder, "model.json"), simplifyVector = TRUE)
  fit <- fit_by(formula, design, link)
  check_fit(name, model, fit, 1:6, terms, svymean(~work, design), link, replicates)
  check_risks(name, folder, fit, link)
}

d <- draw(9, 2, 2, 12)
keys <- c("weight: w", "stratum: stratum", "psu: psu", "psu_nested: true")
plain <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
for (link in c("logit", "probit", "cloglog")) run_case(paste("linearised", link), d, plain, keys, link)
run_case("jkn", d, as.svrepdesign(plain, type = "JKn"), keys, "probit", ", variance: jkn", TRUE)
# Of made half-samples the matrix is ours; their variance of a nonlinear estimate depends on it. What
# they are is checked in survey.R and links.R; here, that they are what is asked for.
brought <- function(name, design, link, extra, factors = FALSE) {
  w <- unclass(weights(design, if (factors) "replication" else "analysis"))
  w <- matrix(w, nrow(d))
  e <- cbind(d, setNames(as.data.frame(w), sprintf("W_%d", seq_len(ncol(w)))))
  rscales <- if (all(design$rscales == 1)) character()
             else sprintf("  rscales: [%s]", paste(format(design$rscales, digits = 17), collapse = ", "))
  run_case(name, e, design, c("weight: w", "replicates:", "  columns: W_*",
                              paste0("  scale: ", format(design$scale, digits = 17)), rscales, extra), link,
           ", variance: given", TRUE)
}
brought("given brr", as.svrepdesign(plain, type = "BRR", compress = FALSE), "cloglog", character())
brought("given fay mse", as.svrepdesign(plain, type = "Fay", fay.rho = 0.3, compress = FALSE, mse = TRUE), "logit", "  mse: true")
brought("given jkn rscales", as.svrepdesign(plain, type = "JKn", compress = FALSE), "logit", character())
brought("given bootstrap", as.svrepdesign(plain, type = "subbootstrap", replicates = 40, compress = FALSE), "probit", character())
combined <- as.svrepdesign(plain, type = "BRR", compress = FALSE)
brought("given factors", combined, "logit", "  factors: true", TRUE)

# Two stages without replacement, as apiclus2 in R: PSUs of unlike sizes.
d <- draw(1, 12, 3, 8)
d <- d[!(d$psu %% 3 == 0 & d$unit == 3), ]
d$psu_total <- 60
d$unit_total <- 4 + d$psu %% 4
run_case("two stages", d, svydesign(id = ~psu + unit, fpc = ~psu_total + unit_total, weights = ~w, data = d, nest = TRUE),
         c("weight: w", "psu: psu", "fpc: psu_total", "ssu: unit", "ssu_fpc: unit_total"), "cloglog")

# ------------------------------------------------------------------------------------ penalties --
by_penalty <- function(x, y, w, score) {
  w <- w / mean(w)
  q <- numeric(ncol(x))
  for (round in 1:60) { # Newton's method with a numerical Jacobian
    jacobian <- sapply(seq_along(q), function(j) {
      step <- replace(numeric(length(q)), j, 1e-5)
      (score(q + step, x, y, w) - score(q - step, x, y, w)) / 2e-5
    })
    step <- solve(jacobian, score(q, x, y, w))
    q <- q - step * min(1, 2 / max(abs(step)))
  }
  q
}
firth <- function(q, x, y, w) {
  p <- plogis(drop(x %*% q))
  a <- crossprod(x, w * p * (1 - p) * x)
  drop(crossprod(x, w * (y - p) + w * p * (1 - p) * rowSums((x %*% solve(a)) * x) * (0.5 - p)))
}
ridge <- function(q, x, y, w) { # of a probit, lambda 3
  centre <- colSums(w * x) / sum(w)
  spread <- colSums(w * sweep(x, 2, centre)^2) / sum(w)
  eta <- drop(x %*% q)
  p <- pnorm(eta)
  drop(crossprod(x, w * (y - p) * dnorm(eta) / (p * (1 - p)))) - 3 * c(0, (q * spread)[-1])
}
separated <- draw(9, 2, 2, 12)
separated$work[separated$age == "middle"] <- 0 # without a penalty there is no estimate
x <- model.matrix(formula, separated)
for (case in list(list("firth", "fit: {penalty: firth}", firth),
                  list("ridge of a probit", "fit: {link: probit, penalty: ridge, ridge: 3}", ridge))) {
  folder <- file.path(scratch, gsub(" ", "-", case[[1]]))
  write_project(folder, separated, case[[2]], keys, "")
  mirti("fit", file.path(folder, "mirti.yaml"), file.path(folder, "model.json"))
  model <- jsonlite::read_json(file.path(folder, "model.json"), simplifyVector = TRUE)
  off <- compare(case[[1]], model$coefficients$estimate, unname(by_penalty(x, separated$work, separated$w, case[[3]])),
                 1, 1e-7)
  cat(sprintf("%-28s coefficients within %.1e of the penalised score's solution\n", case[[1]], off))
}

# ------------------------------------------------------------------------------------ ENIGH 2016 --
real <- Sys.getenv("MIRTI_REAL_DATA")
if (nzchar(real)) {
  options(survey.lonely.psu = "adjust")
  e <- read.csv(file.path(real, "survey/enigh2016_adolescentes_12_17.csv"), colClasses = "character", na.strings = character())
  d <- data.frame(w = as.numeric(e$factor), stratum = e$est_dis, psu = e$upm, works = as.numeric(e$trabaja),
                  age = as.numeric(as.numeric(e$edad) >= 15), sex = as.numeric(e$sexo == "1"),
                  not_attending = as.numeric(e$inas_esc == "1"), indigenous = as.numeric(e$hli == "1"),
                  dirt_floor = ifelse(e$mat_pisos == "&", NA, e$mat_pisos == "1") + 0,
                  no_piped_water = as.numeric(!e$disp_agua %in% c("1", "2")), no_drainage = as.numeric(e$drenaje == "5"),
                  internet = as.numeric(e$conex_inte == "1"), mobile_phone = as.numeric(e$celular == "1"),
                  car = as.numeric(as.numeric(e$num_auto) > 0))
  formula <- works ~ age + sex + age:sex + not_attending + indigenous + dirt_floor + no_piped_water + no_drainage +
    internet + mobile_phone + car
  order <- c(1, 2, 3, 12, 4:11) # the interaction comes third in the model file, last in R
  terms <- lapply(attr(terms(formula, keep.order = TRUE), "term.labels"), function(t) as.formula(paste("~", t)))
  design <- svydesign(~psu, strata = ~stratum, weights = ~w, data = d, nest = TRUE)
  known <- subset(design, !is.na(dirt_floor))
  lines <- readLines(file.path(source_folder, "models/mx-adolescent-work.yaml"))
  for (link in c("probit", "cloglog")) {
    folder <- file.path(scratch, paste0("enigh-", link))
    dir.create(folder, showWarnings = FALSE)
    at <- grep("^sources:", lines)
    writeLines(append(lines, paste0("fit: {link: ", link, "}"), at - 1), file.path(folder, "model.yaml"))
    writeLines(c("mirti-project: 1", "name: p", "model: model.yaml",
                 "survey: {file: survey/enigh2016_adolescentes_12_17.csv, source: enigh-2016, lonely_psu: adjust}"),
               file.path(folder, "mirti.yaml"))
    mirti("fit", file.path(folder, "mirti.yaml"), file.path(folder, "model.json"), "--data", shQuote(real))
    model <- jsonlite::read_json(file.path(folder, "model.json"), simplifyVector = TRUE)
    check_fit(paste("ENIGH 2016", link), model, fit_by(formula, known, link), order, terms, svymean(~works, known), link, FALSE)
  }
} else {
  cat("MIRTI_REAL_DATA is not set: ENIGH 2016 is left out\n")
}
cat(compared, "numbers compared,", failed, "groups of them too far off\n")
quit(status = as.integer(failed > 0))
