# SPDX-License-Identifier: GPL-3.0-or-later
#
# ENIGH 2016 as models/mx-adolescent-work.yaml means it – recoded here by hand, on purpose, and not from
# the model file. Sourced by the scripts that compare the program's results on it.
enigh_2016 <- function(real) {
  e <- read.csv(file.path(real, "survey/enigh2016_adolescentes_12_17.csv"), colClasses = "character",
                na.strings = character())
  yes <- function(x) as.numeric(x)
  data.frame(w = as.numeric(e$factor), est_dis = e$est_dis, upm = e$upm, y = as.numeric(e$trabaja),
             age = yes(as.numeric(e$edad) >= 15), man = yes(e$sexo == "1"),
             not_attending = yes(e$inas_esc == "1"), indigenous = yes(e$hli == "1"),
             dirt_floor = ifelse(e$mat_pisos == "&", NA, e$mat_pisos == "1") + 0,
             no_piped_water = yes(e$disp_agua %in% c("3", "4", "5", "6", "7")),
             no_drainage = yes(e$drenaje == "5"), internet = yes(e$conex_inte == "1"),
             mobile_phone = yes(e$celular == "1"), car = yes(as.numeric(e$num_auto) > 0),
             state = substr(e$ubica_geo, 1, 2))
}
enigh_formula <- y ~ age + man + age:man + not_attending + indigenous + dirt_floor + no_piped_water +
  no_drainage + internet + mobile_phone + car
