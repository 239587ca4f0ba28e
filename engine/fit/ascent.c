/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The quasi-Newton ascent of ascent.h. Near the top the value changes by less than its rounding, so
 * a step counts as uphill within that noise, and the gradient alone leads.
 */
#include "ascent.h"

#include <math.h>
#include <string.h>

enum { MOST_HALVINGS = 40 };

mirti_status mirti_ascent_open(mirti_ascent *a, mirti_ascent_function function, void *context,
                               size_t size, mirti_error *err) {
    *a = (mirti_ascent){.function = function, .context = context, .size = size, .free = size};
    a->memory = mirti_new(7 * size + size * size, sizeof *a->memory);
    if (!a->memory) return mirti_fail_memory(err, "the search for a maximum");
    double **vectors[] = {&a->at,   &a->gradient, &a->step,   &a->trial, &a->trial_gradient,
                          &a->fall, &a->product,  &a->inverse};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = a->memory + i * size;
    return MIRTI_OK;
}

void mirti_ascent_reset(mirti_ascent *a) {
    mirti_free(a->memory);
    *a = (mirti_ascent){0};
}

static double dot(const double *left, const double *right, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += left[i] * right[i];
    return sum;
}

static void times(const double *matrix, const double *vector, size_t count, double *out) {
    for (size_t i = 0; i < count; i++)
        out[i] = dot(matrix + i * count, vector, count);
}

/* BFGS's update of the inverse with the step taken and the fall of the gradient along it. */
static void update(mirti_ascent *a) {
    size_t f = a->free;
    double sy = dot(a->step, a->fall, f);
    if (!(sy > 1e-10 * sqrt(dot(a->step, a->step, f) * dot(a->fall, a->fall, f)))) return;
    times(a->inverse, a->fall, f, a->product);
    double stretch = 1 + dot(a->fall, a->product, f) / sy;
    for (size_t i = 0; i < f; i++)
        for (size_t j = 0; j < f; j++)
            a->inverse[i * f + j] += (stretch * a->step[i] * a->step[j] -
                                      a->product[i] * a->step[j] - a->step[i] * a->product[j]) /
                                     sy;
}

double mirti_ascent_promise(mirti_ascent *a) {
    times(a->inverse, a->gradient, a->free, a->step);
    return dot(a->step, a->gradient, a->free) / 2;
}

mirti_status mirti_ascent_step(mirti_ascent *a, double *gain, mirti_error *err) {
    size_t f = a->free;
    *gain = mirti_ascent_promise(a);
    double slope = 2 * *gain, before = a->value, share = 1;
    for (int halving = 0; halving < MOST_HALVINGS; halving++) {
        memcpy(a->trial, a->at, a->size * sizeof *a->trial);
        for (size_t i = 0; i < f; i++)
            a->trial[i] += share * a->step[i];
        MIRTI_TRY(a->function(a->context, a->trial, a->trial_gradient, &a->value, err));
        double noise = 1e-12 * fabs(before);
        if (a->value >= before + 1e-4 * share * slope - noise) break;
        /* the top of the parabola through both values and the slope, within reason */
        double fall = before + share * slope - a->value;
        double top = isfinite(fall) && fall > 0 ? share * share * slope / (2 * fall) : 0;
        share = fmin(0.5 * share, fmax(0.1 * share, top));
    }
    for (size_t i = 0; i < f; i++) {
        a->step[i] = a->trial[i] - a->at[i];
        a->fall[i] = a->gradient[i] - a->trial_gradient[i];
    }
    update(a);
    memcpy(a->at, a->trial, a->size * sizeof *a->at);
    memcpy(a->gradient, a->trial_gradient, a->size * sizeof *a->gradient);
    a->steps++;
    return MIRTI_OK;
}

mirti_status mirti_ascent_hessian(mirti_ascent *a, double *hessian, mirti_error *err) {
    size_t f = a->free;
    double value, *high = a->trial_gradient, *low = a->fall;
    for (size_t i = 0; i < f; i++) {
        double width = 0.01 * sqrt(a->inverse[i * f + i]);
        memcpy(a->trial, a->at, a->size * sizeof *a->trial);
        a->trial[i] = a->at[i] + width;
        MIRTI_TRY(a->function(a->context, a->trial, high, &value, err));
        a->trial[i] = a->at[i] - width;
        MIRTI_TRY(a->function(a->context, a->trial, low, &value, err));
        for (size_t j = 0; j < f; j++)
            hessian[i * f + j] = (low[j] - high[j]) / (2 * width);
    }
    for (size_t i = 0; i < f; i++)
        for (size_t j = 0; j < i; j++)
            hessian[i * f + j] = hessian[j * f + i] = (hessian[i * f + j] + hessian[j * f + i]) / 2;
    return MIRTI_OK;
}
