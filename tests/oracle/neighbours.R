# SPDX-License-Identifier: GPL-3.0-or-later
#
# Neighbours, Moran's I, local Moran and Getis-Ord Gi* by R package `spdep` (Bivand and Wong 2018),
# written as cases for neighbours.c: the file with the polygons, the neighbours that R found, and the
# statistics of a value.
#
#     Rscript neighbours.R OUTPUT
for (package in c("spdep", "sf")) {
  if (!requireNamespace(package, quietly = TRUE)) {
    cat("SKIP: R package", package, "is not installed\n")
    quit(status = 77)
  }
}
suppressPackageStartupMessages({
  library(sf)
  library(spdep)
})
arguments <- commandArgs(TRUE)
output <- file(arguments[1], "w")
folder <- dirname(normalizePath(arguments[1]))
put <- function(...) cat(..., "\n", file = output)
number <- function(x) ifelse(is.na(x), "nan", formatC(x, digits = 17, format = "g", width = -1))
vector_of <- function(key, x) put(key, length(x), paste(number(as.numeric(x)), collapse = " "))

# x: the value; NA where there is none. Areas without a value, and those left without neighbours, are
# taken out before anything is computed.
statistics <- function(nb, x) {
  vector_of("value", x)
  repeat {
    keep <- !is.na(x)
    keep[keep] <- card(subset(nb, keep)) > 0
    if (all(keep == !is.na(x))) break
    x[!keep] <- NA
  }
  nb <- subset(nb, keep)
  w <- nb2listw(nb, style = "W")
  # An asymmetric table (nearest neighbours) is used as it is, as mirti does.
  global <- moran.test(x[keep], w, randomisation = TRUE)
  vector_of("moran", c(sum(keep), global$estimate, global$statistic, global$p.value))
  everywhere <- function(y) {
    all <- rep(NA_real_, length(x))
    all[keep] <- y
    all
  }
  vector_of("local", everywhere(localmoran(x[keep], w)[, "Ii"]))
  star <- nb2listw(include.self(nb), style = "B")
  vector_of("gistar", everywhere(as.numeric(localG(x[keep], star))))
}

case <- function(name, file, kind, k, tolerance, nb, x) {
  put("case", name)
  put("file", file)
  put("kind", kind, k, number(tolerance))
  rows <- lapply(nb, function(row) sort(row[row > 0]) - 1)
  vector_of("degree", lengths(rows))
  vector_of("neighbour", unlist(rows))
  statistics(nb, x)
  put("end")
}

# A made-up country: Voronoi cells of 200 points in a disc, and two islands of three and of one area.
set.seed(20)
angle <- runif(200, 0, 2 * pi)
radius <- 50000 * sqrt(runif(200))
points <- st_sfc(st_multipoint(cbind(2500000 + radius * cos(angle), 1000000 + radius * sin(angle))),
                 crs = 6372)
disc <- st_buffer(st_sfc(st_point(c(2500000, 1000000)), crs = 6372), 60000, nQuadSegs = 20)
cells <- st_intersection(st_collection_extract(st_voronoi(points), "POLYGON"), disc)
square <- function(x, y)
  st_polygon(list(cbind(x + c(0, 5000, 5000, 0, 0), y + c(0, 0, 5000, 5000, 0))))
islands <- st_sfc(square(2600000, 1000000), square(2605000, 1000000), square(2610000, 1005000),
                  square(2600000, 1100000), crs = 6372)
country <- st_sf(CVEGEO = sprintf("%05d", seq_len(length(cells) + length(islands))),
                 geometry = c(st_cast(cells, "MULTIPOLYGON"), st_cast(islands, "MULTIPOLYGON")))
middle <- suppressWarnings(st_coordinates(st_centroid(st_geometry(country))))
value <- 0.2 + 0.1 * sin(middle[, 1] / 15000) * cos(middle[, 2] / 20000) + rnorm(nrow(middle), 0, 0.03)
made_up <- file.path(folder, "neighbours.gpkg")
st_write(country, made_up, delete_dsn = TRUE, quiet = TRUE)
queen <- poly2nb(country, queen = TRUE, snap = 0.01)
rook <- poly2nb(country, queen = FALSE, snap = 0.01)
nearest <- knn2nb(knearneigh(middle, 5))
gaps <- replace(value, seq(7, length(value), by = 11), NA)
case("made-up_queen", made_up, "queen", 0, 0.01, queen, value)
case("made-up_rook", made_up, "rook", 0, 0.01, rook, value)
case("made-up_nearest", made_up, "nearest", 5, 0.01, nearest, value)
case("made-up_gaps", made_up, "queen", 0, 0.01, queen, gaps)

# The same in degrees: nearest along the sphere.
degrees <- file.path(folder, "neighbours_degrees.gpkg")
st_write(st_transform(country, 6365), degrees, delete_dsn = TRUE, quiet = TRUE)
turned <- st_read(degrees, quiet = TRUE)
sf_use_s2(FALSE) # the centroid in the plane of degrees, as mirti takes it
at <- suppressWarnings(st_coordinates(st_centroid(st_geometry(turned))))
sphere <- cbind(cos(at[, 2] * pi / 180) * cos(at[, 1] * pi / 180),
                cos(at[, 2] * pi / 180) * sin(at[, 1] * pi / 180), sin(at[, 2] * pi / 180))
chord <- as.matrix(dist(sphere))
diag(chord) <- Inf
near <- t(apply(chord, 1, function(d) order(d)[1:4]))
by_sphere <- lapply(seq_len(nrow(near)), function(i) sort(as.integer(near[i, ])))
class(by_sphere) <- "nb"
attr(by_sphere, "region.id") <- as.character(seq_along(by_sphere))
case("degrees_nearest", degrees, "nearest", 4, 0, by_sphere, value)

real <- Sys.getenv("MIRTI_REAL_DATA")
boundaries <- file.path(real, "boundaries", "00mun.shp")
if (nzchar(real) && file.exists(boundaries)) {
  mexico <- st_read(boundaries, quiet = TRUE)
  index <- read.csv(file.path(real, "reference", "conapo_imm_2020.csv"), colClasses = "character")
  x <- as.numeric(index$IM_2020[match(mexico$CVEGEO, index$CVE_MUN)])
  # Vertices only, on both sides; mirti finds these and those where one side alone has a vertex.
  nb <- suppressWarnings(poly2nb(st_make_valid(mexico), queen = TRUE, snap = 0.3))
  case("mexico_queen", boundaries, "queen_at_least", 0, 0.3, nb, x)
} else {
  cat("MIRTI_REAL_DATA is not set: the municipalities of Mexico are left out\n")
}
close(output)
