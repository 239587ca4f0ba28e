# SPDX-License-Identifier: GPL-3.0-or-later
#
# The comparison of survey and census against R: `mirti run` on a simulated country by persons (with a
# number among the predictors) and, where MIRTI_REAL_DATA is set, on ENIGH 2016 with ITER 2020 and with the
# persons of four municipalities of Zacatecas. R recodes
# the same files by hand: shares, means and standard errors are svymean's, the standardised differences and
# Wald tests quadratic forms by solve(), quantiles cumulative weights, unseen children a look-up of pasted
# levels. Compared with run.json and support.csv, every area of them.
#
#     Rscript support.R PROGRAM SOURCE-FOLDER SCRATCH-FOLDER
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
options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = FALSE)
unlink(scratch, recursive = TRUE)
dir.create(scratch, recursive = TRUE)

compared <- 0
failed <- 0
# Standard errors of svymean and ours differ by roundings; counts and flags may not differ at all.
compare <- function(what, value, expected, tolerance = 1e-9) {
  value <- as.numeric(value)
  expected <- as.numeric(unname(expected))
  compared <<- compared + length(expected)
  same <- length(value) == length(expected) && all(is.na(value) == is.na(expected)) &&
    all(abs(value - expected) <= tolerance * pmax(1, abs(expected)), na.rm = TRUE)
  if (!same) {
    failed <<- failed + 1
    cat(what, "differ:\n")
    print(head(cbind(value, expected)))
  }
}
run <- function(...) {
  status <- system2(program, shQuote(c(...)), stdout = FALSE)
  if (status != 0) stop("mirti ", paste(c(...), collapse = " "), " ended with ", status)
}
csv <- function(path) read.csv(path, colClasses = "character", fileEncoding = "UTF-8-BOM", check.names = FALSE)

# Indicators of a predictor: all levels of a factor, else the number or 0/1 itself.
lines_of <- function(x) if (is.factor(x)) sapply(levels(x), function(l) as.numeric(x == l)) else cbind(as.numeric(x))
weighted_spread <- function(x, w) {
  m <- sum(w * x) / sum(w)
  o <- order(x)
  cumulative <- cumsum(w[o]) / sum(w)
  list(sd = sqrt(sum(w * (x - m)^2) / sum(w)), least = min(x), most = max(x),
       quartiles = sapply(1:3 / 4, function(q) x[o][which(cumulative >= q - 1e-12)[1]]))
}

# What R makes of one predictor of the survey (design, its data in x) and the census's means c of its lines.
check_predictor <- function(said, name, x, design, census, census_sd) {
  lines <- lines_of(x)
  design$variables$lines <- lines
  estimate <- svymean(~lines, design)
  s <- coef(estimate)
  compare(paste(name, "survey"), said$compared[[1]]$survey, s)
  compare(paste(name, "s.e."), said$compared[[1]]$survey_se, SE(estimate))
  compare(paste(name, "census"), said$compared[[1]]$census, census)
  k <- if (is.factor(x)) ncol(lines) - 1 else 1
  d <- (census - s)[1:k]
  multinomial <- function(p) diag(p, length(p)) - outer(p, p)
  S <- if (is.factor(x)) (multinomial(s[1:k]) + multinomial(census[1:k])) / 2
       else if (all(x %in% 0:1)) (multinomial(s) + multinomial(census)) / 2
       else matrix((weighted_spread(x, weights(design))$sd^2 + census_sd^2) / 2)
  difference <- sqrt(drop(d %*% solve(S, d)))
  f <- drop(d %*% solve(vcov(estimate)[1:k, 1:k], d)) / k
  p <- pf(f, k, degf(design), lower.tail = FALSE)
  compare(paste(name, "difference"), said$difference, difference)
  compare(paste(name, "F"), said$f, f, 1e-8)
  compare(paste(name, "p"), said$p, p)
  compare(paste(name, "flag"), said$flagged, difference > 0.25 && p < 0.05, 0)
}

check_spread <- function(name, said, x, w) {
  spread <- weighted_spread(x, w)
  compare(paste(name, "spread"), c(said$sd, said$least, said$most, said$quartiles[[1]]),
          c(spread$sd, spread$least, spread$most, spread$quartiles))
}

# Means by area of the survey with ten rows or more: their range, line by line.
range_of <- function(lines, w, area) {
  many <- names(which(table(area) >= 10))
  means <- apply(lines, 2, function(l) (tapply(w * l, area, sum) / tapply(w, area, sum))[many])
  apply(means, 2, range)
}
beyond_of <- function(means, limits)
  apply(means, 1, function(m) any(m < limits[1, ] - 1e-9 | m > limits[2, ] + 1e-9))

read_support <- function(out) {
  layer <- jsonlite::read_json(file.path(out, "run.json"), simplifyVector = TRUE)$layers
  predictors <- layer$support$predictors[[1]]
  list(total = layer$support, by = split(predictors, factor(predictors$predictor, predictors$predictor)),
       areas = csv(file.path(out, "support.csv")))
}

# Every area's flags and the numbers of areas; `means` is a list by predictor of areas × lines.
check_areas <- function(said, survey, w, area, means, big) {
  words <- strsplit(said$areas$beyond, " ")
  for (name in names(means)) {
    expected <- big & beyond_of(means[[name]], range_of(lines_of(survey[[name]]), w, area))
    compare(paste(name, "beyond"), sapply(words, function(v) name %in% v), expected, 0)
    compare(paste(name, "areas beyond"), said$by[[name]]$areas_beyond, sum(expected), 0)
  }
  compare("groups", said$total$beyond_groups, sum(table(area) >= 10), 0)
}

# Everything that is said of a census of persons, one of whose predictors is a number.
check_persons <- function(title, said, design, survey, area, census, w, place, number) {
  means <- list()
  for (name in names(survey)) {
    lines <- lines_of(census[[name]])
    check_predictor(said$by[[name]], name, survey[[name]], design, colSums(w * lines) / sum(w),
                    weighted_spread(as.numeric(census[[name]]), w)$sd)
    means[[name]] <- apply(lines, 2, function(l) tapply(w * l, place, sum) / tapply(w, place, sum))
  }
  x <- survey[[number]]
  z <- census[[number]]
  check_spread(paste("survey's", number), said$by[[number]]$survey, x, weights(design))
  check_spread(paste("census's", number), said$by[[number]]$census, z, w)
  out_of_range <- z < min(x) | z > max(x)
  compare("outside", said$by[[number]]$outside_survey_range, sum(w[out_of_range]) / sum(w))
  pattern <- function(data) do.call(paste, data[setdiff(names(survey), number)])
  unseen <- out_of_range | !pattern(census) %in% pattern(survey)
  compare("unseen by area", said$areas$unseen, tapply(w * unseen, place, sum) / tapply(w, place, sum))
  compare("unseen", said$total$unseen, sum(w * unseen) / sum(w))
  compare("areas with more unseen", said$total$areas_with_more_unseen, sum(as.numeric(said$areas$unseen) > 0.25), 0)
  compare("codes", said$areas$code, sort(unique(place)), 0)
  check_areas(said, survey, weights(design), area, means, table(place) >= 10)
  cat(sprintf("%s: %.2f %% unseen, %d of %d areas beyond the survey somewhere\n", title,
              100 * sum(w * unseen) / sum(w), sum(nzchar(said$areas$beyond)), nrow(said$areas)))
}

# ---------------------------------------------------------------------------- persons, simulated --
country <- file.path(scratch, "country")
run("simulate", country, "--states", 3, "--municipalities", 45, "--persons", 30000, "--seed", 5, "--quiet")
file <- file.path(country, "mirti-persons.yaml")
writeLines(sub("^model: .*", "model: model-persons.yaml", readLines(file)), file)
run("run", file, "--output", file.path(scratch, "persons"), "--quiet")
said <- read_support(file.path(scratch, "persons"))

e <- csv(file.path(country, "survey/encuesta.csv"))
age_group <- function(a) cut(as.numeric(a), c(-Inf, 11, 14, Inf), c("6-11", "12-14", "15-17"))
survey <- data.frame(
  age = age_group(e$edad), sex = factor(ifelse(e$sexo == "1", "man", "woman"), c("woman", "man")),
  not_attending = e$inas_esc == "1", indigenous = e$hli == "1", dirt_floor = e$mat_pisos == "1",
  no_piped_water = !e$disp_agua %in% 1:2, no_drainage = e$drenaje == "5", internet = e$conex_inte == "1",
  mobile_phone = e$celular == "1", car = as.numeric(e$num_auto) > 0, head_schooling = as.numeric(e$jefe_escol),
  head_agriculture = e$jefe_agro == "1")
full <- svydesign(~upm, strata = ~est_dis, weights = ~w,
                  data = data.frame(upm = e$upm, est_dis = e$est_dis, w = as.numeric(e$factor)))
inside <- as.numeric(e$edad) >= 6
design <- subset(full, inside)
survey <- survey[inside, ]
area <- substr(e$ubica_geo, 1, 5)[inside]

files <- function(pattern) do.call(rbind, lapply(Sys.glob(file.path(country, "census", pattern)), csv))
people <- files("Personas*.CSV")
homes <- files("Viviendas*.CSV")
heads <- people[people$PARENTESCO == "101", ]
home <- homes[match(people$ID_VIV, homes$ID_VIV), ]
head <- heads[match(people$ID_VIV, heads$ID_VIV), ]
works <- suppressWarnings(as.numeric(head$ACTIVIDADES_C))
census <- data.frame(
  age = age_group(people$EDAD), sex = factor(ifelse(people$SEXO == "1", "man", "woman"), c("woman", "man")),
  not_attending = people$ASISTEN == "3", indigenous = people$HLENGUA == "1", dirt_floor = home$PISOS == "1",
  no_piped_water = home$AGUA_ENTUBADA == "3", no_drainage = home$DRENAJE == "5",
  internet = home$INTERNET == "7", mobile_phone = home$CELULAR == "5", car = home$AUTOPROP == "7",
  head_schooling = as.numeric(head$ESCOACUM),
  head_agriculture = !is.na(works) & works >= 1110 & works <= 1199)
child <- as.numeric(people$EDAD) >= 6 & as.numeric(people$EDAD) <= 17
census <- census[child, ]
w <- as.numeric(people$FACTOR)[child]
place <- paste0(people$ENT, people$MUN)[child]

check_persons("persons of a simulated country", said, design, survey, area, census, w, place, "head_schooling")

# --------------------------------------------------------------- published aggregates, Mexico 2020 --
real <- Sys.getenv("MIRTI_REAL_DATA")
if (nzchar(real)) {
  run("run", file.path(source_folder, "examples/mexico-2020/mirti.yaml"), "--data", real, "--output",
      file.path(scratch, "mexico"), "--quiet")
  said <- read_support(file.path(scratch, "mexico"))
  e <- csv(file.path(real, "survey/enigh2016_adolescentes_12_17.csv"))
  survey <- data.frame(
    age = factor(ifelse(as.numeric(e$edad) < 15, "12-14", "15-17")),
    sex = factor(ifelse(e$sexo == "1", "man", "woman"), c("woman", "man")),
    not_attending = e$inas_esc == "1", indigenous = e$hli == "1", dirt_floor = e$mat_pisos == "1",
    no_piped_water = !e$disp_agua %in% 1:2, no_drainage = e$drenaje == "5", internet = e$conex_inte == "1",
    mobile_phone = e$celular == "1", car = as.numeric(e$num_auto) > 0)
  full <- svydesign(~upm, strata = ~est_dis, weights = ~w, nest = TRUE,
                    data = data.frame(upm = e$upm, est_dis = e$est_dis, w = as.numeric(e$factor)))
  known <- e$mat_pisos != "&"
  design <- subset(full, known)
  survey <- survey[known, ]
  area <- substr(e$ubica_geo, 1, 5)[known]

  iter <- csv(file.path(real, "census/iter2020_municipios.csv"))
  f <- function(name) suppressWarnings(as.numeric(iter[[name]]))
  cells <- cbind(f("P_12A14_F"), f("P_12A14_M"), f("P_15A17_F"), f("P_15A17_M"))
  away <- cbind(f("P12A14NOAF"), f("P12A14NOAM"), cells[, 3:4] - cbind(f("P15A17A_F"), f("P15A17A_M")))
  n <- rowSums(cells)
  share <- function(a, b) cbind(f(a) / f(b))
  means <- list(
    age = cbind(cells[, 1] + cells[, 2], cells[, 3] + cells[, 4]) / n,
    sex = cbind(cells[, 1] + cells[, 3], cells[, 2] + cells[, 4]) / n,
    not_attending = cbind(rowSums(away) / n), indigenous = share("P3YM_HLI", "P_3YMAS"),
    dirt_floor = share("VPH_PISOTI", "VIVPARH_CV"), no_piped_water = share("VPH_AGUAFV", "VIVPARH_CV"),
    no_drainage = share("VPH_NODREN", "VIVPARH_CV"), internet = share("VPH_INTER", "VIVPARH_CV"),
    mobile_phone = share("VPH_CEL", "VIVPARH_CV"), car = share("VPH_AUTOM", "VIVPARH_CV"))
  for (name in names(means))
    check_predictor(said$by[[name]], name, survey[[name]], design, colSums(n * means[[name]]) / sum(n), NA)
  compare("unseen", as.numeric(said$areas$unseen), 0 * n, 0)
  check_areas(said, survey, weights(design), area, means, n >= 10)
  flagged <- names(means)[sapply(names(means), function(v) said$by[[v]]$flagged)]
  # The survey asks for cars, the census counts vans and pickups too: that is what the check is for.
  compare("flags", "car" %in% flagged, TRUE, 0)
  cat("Mexico 2020: flagged:", flagged, "\n")

  # ------------------------------------------------------------------- persons of Zacatecas, 2020 --
  run("run", file.path(source_folder, "examples/zacatecas-2020-persons/mirti.yaml"), "--data", real, "--output",
      file.path(scratch, "zacatecas"), "--quiet")
  said <- read_support(file.path(scratch, "zacatecas"))
  survey <- data.frame(
    age = factor(ifelse(as.numeric(e$edad) < 15, "12-14", "15-17")),
    sex = factor(ifelse(e$sexo == "1", "man", "woman"), c("woman", "man")), not_attending = e$inas_esc == "1",
    indigenous = e$hli == "1", rural = e$tam_loc == "4", residents = as.numeric(e$tot_resid))
  people <- csv(file.path(real, "census/censo2020_personas_zacatecas.csv"))
  people$residents <- as.numeric(table(people$id_viv)[people$id_viv])
  people <- people[as.numeric(people$edad) %in% 12:17, ]
  census <- data.frame(
    age = factor(ifelse(as.numeric(people$edad) < 15, "12-14", "15-17")),
    sex = factor(ifelse(people$sexo == "1", "man", "woman"), c("woman", "man")), not_attending = people$asisten == "3",
    indigenous = people$hlengua == "1", rural = people$tamloc == "1", residents = people$residents)
  check_persons("persons of Zacatecas", said, full, survey, substr(e$ubica_geo, 1, 5), census,
                as.numeric(people$factor), paste0(people$ent, "0", people$mun), "residents")
}
cat(compared, "numbers compared,", failed, "groups of them too far off\n")
quit(status = as.integer(failed > 0))
