# SPDX-License-Identifier: GPL-3.0-or-later
#
# The peer of tests/bench/run_mexico: the same job as `mirti run examples/mexico-2020/mirti.yaml`,
# written as a statistician would with R's packages data.table, survey and sf. Arguments: the folder of
# the data, the folder for the results. Prints the seconds of each part.
suppressMessages({ library(data.table); library(survey); library(sf) })
arguments <- commandArgs(trailingOnly = TRUE)
data <- arguments[1]
out <- arguments[2]
clock <- proc.time()[["elapsed"]]
lap <- function(what) {
  now <- proc.time()[["elapsed"]]
  cat(sprintf("%s %.3f\n", what, now - clock))
  clock <<- now
}

s <- fread(file.path(data, "survey/enigh2016_adolescentes_12_17.csv"), colClasses = "character")
lap("survey read")
d <- with(s, data.frame(
  y = trabaja == "1", w = as.numeric(factor), upm, est_dis,
  age = as.numeric(edad) >= 15, man = sexo == "1", out = inas_esc == "1", lang = hli == "1",
  floor = ifelse(mat_pisos == "&", NA, mat_pisos == "1"), water = !disp_agua %in% c("1", "2"),
  drain = drenaje == "5", net = conex_inte == "1", phone = celular == "1", car = as.numeric(num_auto) > 0))
options(survey.lonely.psu = "adjust")
design <- svydesign(~upm, strata = ~est_dis, weights = ~w, data = d)
fit <- svyglm(y ~ age * man + out + lang + floor + water + drain + net + phone + car, design,
              family = quasibinomial, control = glm.control(epsilon = 1e-12, maxit = 50))
lap("survey fit")

it <- fread(file.path(data, "census/iter2020_municipios.csv"), colClasses = "character", na.strings = c("*", "N/D", ""))
n <- function(x) as.numeric(it[[x]])
lap("census read")
share <- cbind(n("P3YM_HLI") / n("P_3YMAS"), n("VPH_PISOTI") / n("VIVPARH_CV"), n("VPH_AGUAFV") / n("VIVPARH_CV"),
               n("VPH_NODREN") / n("VIVPARH_CV"), n("VPH_INTER") / n("VIVPARH_CV"), n("VPH_CEL") / n("VIVPARH_CV"),
               n("VPH_AUTOM") / n("VIVPARH_CV"))
cell <- function(age, man, children, out) list(
  n = children, x = cbind(1, age, man, ifelse(children > 0, out, 0), share, age * man))
cells <- list(
  cell(0, 0, n("P_12A14_F"), n("P12A14NOAF") / n("P_12A14_F")), cell(0, 1, n("P_12A14_M"), n("P12A14NOAM") / n("P_12A14_M")),
  cell(1, 0, n("P_15A17_F"), 1 - n("P15A17A_F") / n("P_15A17_F")), cell(1, 1, n("P_15A17_M"), 1 - n("P15A17A_M") / n("P_15A17_M")))
total <- Reduce(`+`, lapply(cells, `[[`, "n"))
p <- lapply(cells, function(c) plogis(drop(c$x %*% coef(fit))))
risk <- Reduce(`+`, Map(function(c, p) c$n * p, cells, p)) / total
g <- Reduce(`+`, Map(function(c, p) c$n * p * (1 - p) * c$x, cells, p)) / total
se <- sqrt(rowSums((g %*% vcov(fit)) * g))
res <- data.frame(CVEGEO = paste0(it$ENTIDAD, it$MUN), name = it$NOM_MUN, children = total, risk, se)
lap("predict")

geo <- read_sf(file.path(data, "boundaries/00mun.shp"), options = "ENCODING=ISO-8859-1")
lap("boundaries read")
map <- merge(geo, res, by = "CVEGEO", all = TRUE)
write_sf(map, file.path(out, "areas.gpkg"), layer = "municipality", delete_dsn = TRUE)
fwrite(res[order(-res$risk), ], file.path(out, "municipality.csv"))
lap("write")
