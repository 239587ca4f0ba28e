# SPDX-License-Identifier: GPL-3.0-or-later
# The same scan as tests/bench/census.c, by data.table as its users would write it.
#   Rscript tests/bench/census.R FILE THREADS
suppressPackageStartupMessages(library(data.table))
arguments <- commandArgs(trailingOnly = TRUE)
setDTthreads(as.integer(arguments[2]))
begin <- proc.time()[["elapsed"]]
p <- fread(arguments[1], showProgress = FALSE, select = c(
  "MUN", "FACTOR", "SEXO", "EDAD", "HLENGUA", "ASISTEN", "ESCOACUM", "PISOS", "INTERNET",
  "PARENTESCO", "CONACT", "ENT"))
p <- p[EDAD >= 5 & EDAD <= 17]
p[, risk := plogis(-3.0 - 0.7 * (SEXO == 3) + 1.4 * (EDAD >= 12) + 0.3 * (HLENGUA == 1) +
  1.1 * (ASISTEN == 3) + 0.4 * (!is.na(ESCOACUM) & ESCOACUM < 6) + 0.5 * (PISOS == 1) -
  0.2 * (INTERNET == 7))]
sums <- p[, .(persons = sum(FACTOR), cases = sum(FACTOR * risk)), keyby = MUN]
cat(sprintf("seconds %.3f\n", proc.time()[["elapsed"]] - begin))
cat(sprintf("%d %d %.4f\n", sums$MUN, as.integer(sums$persons), sums$cases), sep = "")
