/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arithmetic on vectors.
 *
 * Each operation is one loop over plain arrays without branches, which compilers turn into vector
 * instructions. A result that is no finite number (division by zero, logarithm of zero, overflow)
 * is missing: nothing that leaves here is ever infinite or NaN.
 */
#include "node.h"

#include <float.h>
#include <math.h>

/** valid where finite; what is not becomes 0, so that no NaN travels on behind a valid of 0. */
static void keep_finite(double *number, uint8_t *valid, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        bool finite = fabs(number[i]) <= DBL_MAX;
        valid[i] = (uint8_t)(valid[i] & finite);
        number[i] = finite ? number[i] : 0;
    }
}

/** Half away from zero at `digits` decimals; digits may be negative. */
static double round_to(double x, double digits) {
    double d = trunc(digits);
    if (d == 0) return round(x);
    if (d > 15) return x;
    if (d < -300) return 0;
    /* Powers of ten up to 22 are exact; dividing by one is more exact than multiplying by 0.1. */
    double scale = pow(10, fabs(d));
    double y = d > 0 ? round(x * scale) / scale : round(x / scale) * scale;
    return isfinite(y) ? y : x;
}

static double sign_of(double x) {
    return (double)((x > 0) - (x < 0));
}

#define UNARY(OP, EXPRESSION)                                                                      \
    case OP:                                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double x = a[i];                                                                       \
            y[i] = (EXPRESSION);                                                                   \
        }                                                                                          \
        break;

static void apply_unary(mirti_recode_op op, const double *a, double *y, int64_t n) {
    switch (op) {
        UNARY(OP_NEGATE, -x)
        UNARY(OP_ABS, fabs(x))
        UNARY(OP_SIGN, sign_of(x))
        UNARY(OP_FLOOR, floor(x))
        UNARY(OP_CEIL, ceil(x))
        UNARY(OP_TRUNC, trunc(x))
        UNARY(OP_SQRT, sqrt(x))
        UNARY(OP_EXP, exp(x))
        UNARY(OP_LN, log(x))
        UNARY(OP_LOG10, log10(x))
    default: break;
    }
}

#define BINARY(OP, EXPRESSION)                                                                     \
    case OP:                                                                                       \
        for (int64_t i = 0; i < n; i++) {                                                          \
            double p = a[i], q = b[i];                                                             \
            y[i] = (EXPRESSION);                                                                   \
        }                                                                                          \
        break;

static void apply_binary(mirti_recode_op op, const double *a, const double *b, double *y,
                         int64_t n) {
    switch (op) {
        BINARY(OP_ADD, p + q)
        BINARY(OP_SUBTRACT, p - q)
        BINARY(OP_MULTIPLY, p * q)
        BINARY(OP_DIVIDE, p / q)
        BINARY(OP_MODULO, fmod(p, q))
        BINARY(OP_POWER, pow(p, q))
        BINARY(OP_ROUND, round_to(p, q))
        BINARY(OP_LEAST, p < q ? p : q)
        BINARY(OP_GREATEST, p > q ? p : q)
    default: break;
    }
}

void mirti_recode_apply_number(const mirti_recode_node *node,
                               const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                               int64_t n) {
    if (node->args == 1) {
        apply_unary(node->op, arg[0]->number, out->number, n);
        for (int64_t i = 0; i < n; i++)
            out->valid[i] = arg[0]->valid[i];
    } else {
        apply_binary(node->op, arg[0]->number, arg[1]->number, out->number, n);
        for (int64_t i = 0; i < n; i++)
            out->valid[i] = arg[0]->valid[i] & arg[1]->valid[i];
    }
    keep_finite(out->number, out->valid, n);
}
