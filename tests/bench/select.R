# SPDX-License-Identifier: GPL-3.0-or-later
#
# The peer of tests/bench/select: the same samples and folds through cv.glmnet, at its usual accuracy (1e-7)
# and at one more like ours. Argument: the folder that bench_select wrote to. Prints the seconds of each
# (of processor, fits alone; reading the files is not counted).
folder <- commandArgs(trailingOnly = TRUE)[1]
suppressPackageStartupMessages(library(glmnet))
glmnet.control(fdev = 0, devmax = 1) # the whole path, as ours
for (name in c("traits", "numbers")) {
  d <- read.csv(file.path(folder, paste0(name, ".csv")))
  x <- as.matrix(d[grep("^x", names(d))])
  for (thresh in c(1e-7, 1e-12)) {
    t <- system.time(cv.glmnet(x, d$y, family = "binomial", weights = d$w, foldid = d$fold,
                               thresh = thresh, maxit = 1e7))
    cat(sprintf("seconds: %s %g %.3f\n", name, thresh, t[["user.self"]] + t[["sys.self"]]))
  }
}
