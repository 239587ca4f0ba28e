/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Smooth random surfaces: relief, coast, and the latent traits of places, which are alike where
 * places are near. Value noise: random numbers at the points of a square lattice, blended between
 * them with 3t² − 2t³, summed over octaves of half the width and about half the height each. Only
 * IEEE basic operations.
 */
#include <math.h>

#include "country.h"

uint32_t mirti_simulate_cut(double probability) {
    if (!(probability > 0.0)) return 0;
    if (probability >= 1.0) return UINT32_MAX;
    return (uint32_t)(probability * 4294967296.0);
}

static double lattice_value(uint64_t seed, uint32_t purpose, uint32_t field, int64_t i, int64_t j) {
    /* 24 bits for each coordinate, 8 for field and octave; the rest of the field goes to purpose.
     */
    uint64_t stream = ((uint64_t)(i & 0xFFFFFF) << 24) | (uint64_t)(j & 0xFFFFFF);
    mirti_rng rng = mirti_rng_at(seed, purpose + (field << 16), stream);
    return (double)mirti_rng_u32(&rng) * (2.0 / 4294967296.0) - 1.0;
}

double mirti_simulate_noise(uint64_t seed, uint32_t purpose, uint32_t field, double x, double y,
                            int octaves) {
    double sum = 0.0, square = 0.0, amplitude = 1.0;
    for (int octave = 0; octave < octaves; octave++) {
        double left = floor(x), below = floor(y);
        double s = x - left, t = y - below;
        s = s * s * (3.0 - 2.0 * s);
        t = t * t * (3.0 - 2.0 * t);
        int64_t i = (int64_t)left, j = (int64_t)below;
        uint32_t layer = field * 16 + (uint32_t)octave;
        double low = lattice_value(seed, purpose, layer, i, j) * (1.0 - s) +
                     lattice_value(seed, purpose, layer, i + 1, j) * s;
        double high = lattice_value(seed, purpose, layer, i, j + 1) * (1.0 - s) +
                      lattice_value(seed, purpose, layer, i + 1, j + 1) * s;
        sum += amplitude * (low * (1.0 - t) + high * t);
        square += amplitude * amplitude;
        amplitude *= 0.5;
        /* Octaves are shifted so that their lattices do not share lines. */
        x = 2.0 * x + 17.25;
        y = 2.0 * y + 5.75;
    }
    /* A uniform on (−1, 1) has variance 1/3; blending over a cell leaves about half of it. */
    return sum / sqrt(square * 0.17);
}
