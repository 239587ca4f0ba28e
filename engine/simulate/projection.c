/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * EPSG:6372, the conic in which INEGI publishes: Lambert conformal, two standard parallels, GRS 80
 * (Snyder 1987, "Map projections: a working manual", equations 15-1 to 15-11). Written on the exact
 * functions because a coordinate that is printed must be the same on every machine; a test compares
 * it with PROJ. The way back is Newton's method on the way there.
 */
#include <math.h>

#include "country.h"

static const double semi_major_cm = 637813700.0;
static const double eccentricity = 0.08181919104281579; /* √(2f − f²), f = 1/298.257222101 */
static const double easting_cm = 250000000.0;
/* Derived from the parallels 17.5° and 29.5° and the origin 12°; mirti_simulate_project tells how.
 */
static const double origin_longitude = -102.0;

typedef struct cone {
    double n, scale, origin_radius; /* Snyder's n, aF, ρ₀ */
} cone;

static double sin_deg(double degrees) {
    return mirti_exact_cos_turn((degrees - 90.0) / 360.0);
}
static double cos_deg(double degrees) {
    return mirti_exact_cos_turn(degrees / 360.0);
}

/* Snyder 15-9: ln t, t = tan(π/4 − φ/2) / ((1 − e sin φ)/(1 + e sin φ))^(e/2). */
static double log_t(double latitude_deg) {
    double sine = sin_deg(latitude_deg);
    double flat = mirti_exact_log(cos_deg(latitude_deg) / (1.0 + sine));
    double e = eccentricity * sine;
    return flat - 0.5 * eccentricity * mirti_exact_log((1.0 - e) / (1.0 + e));
}

/* Snyder 14-15: m = cos φ / √(1 − e² sin² φ). */
static double parallel_radius(double latitude_deg) {
    double e = eccentricity * sin_deg(latitude_deg);
    return cos_deg(latitude_deg) / sqrt(1.0 - e * e);
}

static cone cone_of_country(void) {
    double m1 = parallel_radius(17.5), m2 = parallel_radius(29.5);
    double t1 = log_t(17.5), t2 = log_t(29.5);
    cone c;
    c.n = (mirti_exact_log(m1) - mirti_exact_log(m2)) / (t1 - t2);
    c.scale = semi_major_cm * m1 / (c.n * mirti_exact_exp(c.n * t1));
    c.origin_radius = c.scale * mirti_exact_exp(c.n * log_t(12.0));
    return c;
}

static void project(const cone *c, double longitude, double latitude, double *x, double *y) {
    double radius = c->scale * mirti_exact_exp(c->n * log_t(latitude));
    double angle = c->n * (longitude - origin_longitude);
    *x = easting_cm + radius * sin_deg(angle);
    *y = c->origin_radius - radius * cos_deg(angle);
}

void mirti_simulate_project(double longitude_deg, double latitude_deg, double *x_cm, double *y_cm) {
    cone c = cone_of_country();
    project(&c, longitude_deg, latitude_deg, x_cm, y_cm);
}

void mirti_simulate_unproject(double x_cm, double y_cm, double *longitude_deg,
                              double *latitude_deg) {
    cone c = cone_of_country();
    double longitude = origin_longitude, latitude = 18.0;
    const double h = 1.0 / 1024.0;
    for (int round = 0; round < 8; round++) {
        double x, y, xe, ye, xn, yn;
        project(&c, longitude, latitude, &x, &y);
        project(&c, longitude + h, latitude, &xe, &ye);
        project(&c, longitude, latitude + h, &xn, &yn);
        double a = (xe - x) / h, b = (xn - x) / h, p = (ye - y) / h, q = (yn - y) / h;
        double determinant = a * q - b * p;
        longitude += (q * (x_cm - x) - b * (y_cm - y)) / determinant;
        latitude += (a * (y_cm - y) - p * (x_cm - x)) / determinant;
    }
    *longitude_deg = longitude;
    *latitude_deg = latitude;
}
