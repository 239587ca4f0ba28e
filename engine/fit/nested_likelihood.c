/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The likelihood of areas within parents, parent by parent. With v of the areas and of the parent
 * standard normal, η_i + θ_a v_a + θ_s v_s the linear predictor and g the log of the joint density,
 *
 *     L = g(v̂) − ½ log det H,   H = −∇²g(v̂).
 *
 * H is an arrow: D_a = 1 + θ_a² h_a on the diagonal for areas (h_a = Σ w μ(1−μ)), C_a = θ_a θ_s h_a
 * at its edge, S for the parent; so log det H = Σ log D_a + log K with K = 1 + θ_s² Σ h_a/D_a, and
 * systems with H are solved in one sweep. The gradient is exact: log det H depends on a parameter
 * by itself, through the h_a, and through v̂; the last is carried back by one more solve, λ = H⁻¹
 * ∂log det H/∂v:
 *
 *     dL = ∂g − ½ [∂log det H + Σ e_a Σ_i w μ'' ∂η_i + λᵀ ∂²g/∂v∂φ],   e_a = ∂log det H/∂h_a.
 */
#include "nested.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200, MOST_HALVINGS = 40 };

typedef struct evaluation {
    const mirti_nested_problem *problem;
    const double *b;
    double of_area, of_parent; /* θ_a, θ_s */
    const mirti_nested_out *out;
    size_t size;  /* of a parent's part: 1 + k, and p² + 2 where the information is asked for */
    double *part; /* [parents × size] */
} evaluation;

/* One parent at work. Areas are numbered within it. */
typedef struct parent {
    const mirti_mixed_data *data;
    int32_t first, areas;
    int64_t first_row, rows;
    double of_area, of_parent;
    double v_parent, *v, *tried;       /* modes: of the parent; [areas], and at trial */
    double *eta, *r, *h, *third;       /* [rows] */
    double *r_sum, *h_sum, *third_sum; /* [areas] Σ w r, Σ w h, Σ w h' */
    double *d, *step, *lambda;         /* [areas] */
    double *column;                    /* [2 × p] */
    double k, value;                   /* K; g */
} parent;

static int64_t row_of(const parent *s, int32_t area) {
    return s->data->start[s->first + area] - s->first_row;
}

/* g and all sums at (v, v_parent). */
static void evaluate_at(parent *s, const double *v, double v_parent) {
    const double *w = s->data->weight + s->first_row, *y = s->data->y + s->first_row;
    double value = -0.5 * v_parent * v_parent, inner = 0;
    for (int32_t a = 0; a < s->areas; a++) {
        double shift = s->of_area * v[a] + s->of_parent * v_parent;
        double r_sum = 0, h_sum = 0, third_sum = 0;
        value -= 0.5 * v[a] * v[a];
        for (int64_t i = row_of(s, a); i < row_of(s, a + 1); i++) {
            double eta = s->eta[i] + shift;
            double e = mirti_exact_exp(-fabs(eta)), larger = 1 / (1 + e), smaller = e * larger;
            double mu = eta >= 0 ? larger : smaller;
            bool likely = (eta >= 0) == (y[i] > 0);
            double off = likely ? smaller : larger;
            s->r[i] = y[i] > 0 ? off : -off;
            s->h[i] = smaller * larger;
            s->third[i] = s->h[i] * (1 - 2 * mu);
            value -= w[i] * (mirti_exact_log(1 + e) + (likely ? 0 : fabs(eta)));
            r_sum += w[i] * s->r[i];
            h_sum += w[i] * s->h[i];
            third_sum += w[i] * s->third[i];
        }
        s->r_sum[a] = r_sum;
        s->h_sum[a] = h_sum;
        s->third_sum[a] = third_sum;
        s->d[a] = 1 + s->of_area * s->of_area * h_sum;
        inner += h_sum / s->d[a];
    }
    s->k = 1 + s->of_parent * s->of_parent * inner;
    s->value = value;
}

/* Solves H x = q: x [areas] in place, the parent's part returned. */
static double solve_arrow(const parent *s, double *x, double of_parent) {
    double cross = s->of_area * s->of_parent;
    for (int32_t a = 0; a < s->areas; a++)
        of_parent -= cross * s->h_sum[a] / s->d[a] * x[a];
    of_parent /= s->k;
    for (int32_t a = 0; a < s->areas; a++)
        x[a] = (x[a] - cross * s->h_sum[a] * of_parent) / s->d[a];
    return of_parent;
}

/* The joint mode, by Newton's steps halved where g would fall; all sums are left as they are there.
 */
static void find_mode(parent *s) {
    evaluate_at(s, s->v, s->v_parent);
    for (int k = 0; k < MOST_STEPS; k++) {
        double slope_parent = -s->v_parent, longest = 0, before = s->value, share = 1;
        for (int32_t a = 0; a < s->areas; a++) {
            s->step[a] = s->of_area * s->r_sum[a] - s->v[a];
            slope_parent += s->of_parent * s->r_sum[a];
        }
        double step_parent = solve_arrow(s, s->step, slope_parent);
        longest = fabs(step_parent);
        for (int32_t a = 0; a < s->areas; a++)
            longest = fmax(longest, fabs(s->step[a]));
        if (longest <= 1e-10) return;
        double tried_parent = s->v_parent;
        for (int halving = 0; halving < MOST_HALVINGS; halving++) {
            tried_parent = s->v_parent + share * step_parent;
            for (int32_t a = 0; a < s->areas; a++)
                s->tried[a] = s->v[a] + share * s->step[a];
            evaluate_at(s, s->tried, tried_parent);
            if (s->value >= before - 1e-12 * fabs(before)) break;
            share /= 2;
        }
        memcpy(s->v, s->tried, (size_t)s->areas * sizeof *s->v);
        s->v_parent = tried_parent;
    }
}

/* Gradient at the mode into [p + 2]: b, θ_a, θ_s. */
static void add_gradient(parent *s, double *gradient) {
    size_t p = (size_t)s->data->p;
    double ta = s->of_area, ts = s->of_parent, inner = 0, squared = 0, sum_d = 0;
    double pull_parent = 0, r_all = 0, h_all = 0, h_v = 0;
    for (int32_t a = 0; a < s->areas; a++) {
        double h = s->h_sum[a], d = s->d[a];
        double e = ta * ta / d + ts * ts / (s->k * d * d);
        inner += h / d;
        squared += h * h / (d * d);
        sum_d += h / d;
        s->step[a] = e;
        s->lambda[a] = e * s->third_sum[a] * ta;
        pull_parent += e * s->third_sum[a] * ts;
        r_all += s->r_sum[a];
        h_all += h;
        h_v += h * s->v[a];
    }
    double lambda_parent = solve_arrow(s, s->lambda, pull_parent);

    /* explicit parts of log det H, and what does not depend on the area */
    double of_area = 2 * ta * sum_d - ts * ts / s->k * 2 * ta * squared - lambda_parent * ts * h_v;
    double of_parent = 2 * ts / s->k * inner + lambda_parent * (r_all - ts * s->v_parent * h_all);
    double first_area = 0;
    const double *w = s->data->weight + s->first_row;
    for (int32_t a = 0; a < s->areas; a++) {
        double e = s->step[a], lambda = s->lambda[a];
        first_area += s->v[a] * s->r_sum[a];
        of_area +=
            e * s->third_sum[a] * s->v[a] + lambda * (s->r_sum[a] - ta * s->h_sum[a] * s->v[a]);
        of_parent += e * s->third_sum[a] * s->v_parent - lambda * ta * s->h_sum[a] * s->v_parent;
        double back = lambda * ta + lambda_parent * ts;
        for (int64_t i = row_of(s, a); i < row_of(s, a + 1); i++) {
            double c = w[i] * (s->r[i] - 0.5 * e * s->third[i] + 0.5 * back * s->h[i]);
            const double *z = s->data->z + (size_t)(s->first_row + i) * p;
            for (size_t j = 0; j < p; j++)
                gradient[j] += c * z[j];
        }
    }
    gradient[p] += first_area - 0.5 * of_area;
    gradient[p + 1] += s->v_parent * r_all - 0.5 * of_parent;
}

/* Modes of the areas' effects and their spread given the data: the arrow's inverse at its edges and
 * (1/K) at its tip. Given the parent's v, those of its areas are independent with variances 1/D and
 * move by −C/D of it: u_area + u_parent moves by θ_s/D, and θ_a²/D is its own. */
static void tell_effects(const parent *s, int32_t number, const mirti_nested_out *out) {
    double ta = s->of_area, ts = s->of_parent;
    out->parent_sd[number] = fabs(ts) / sqrt(s->k);
    for (int32_t a = 0; a < s->areas; a++) {
        double d = s->d[a], edge = ta * ts * s->h_sum[a] / d; /* C/D */
        double variance =
            ta * ta * (1 / d + edge * edge / s->k) + ts * ts / s->k - 2 * ta * ts * edge / s->k;
        out->effect[s->first + a] = ta * s->v[a] + ts * s->v_parent;
        out->sd[s->first + a] = sqrt(fmax(variance, 0));
        out->own_sd[s->first + a] = fabs(ta) / sqrt(d);
    }
}

/* What a parent's rows say of β, [p × p] (lower triangle): Σ w h z zᵀ less what the effects take up
 * of it. Then half the squares of what they say of the variances of areas and of the parent: the
 * informations of linear models, with 1/h_a for the variance of an area's own mean. */
static void add_information(const parent *s, double *information) {
    size_t p = (size_t)s->data->p;
    double *of_area = s->column, *of_parent = s->column + p, inner = 0, squares = 0;
    const double *w = s->data->weight + s->first_row;
    memset(of_parent, 0, p * sizeof *of_parent);
    for (int32_t a = 0; a < s->areas; a++) {
        memset(of_area, 0, p * sizeof *of_area);
        for (int64_t i = row_of(s, a); i < row_of(s, a + 1); i++) {
            const double *z = s->data->z + (size_t)(s->first_row + i) * p;
            for (size_t j = 0; j < p; j++) {
                double c = w[i] * s->h[i] * z[j];
                of_area[j] += c;
                for (size_t l = 0; l <= j; l++)
                    information[j * p + l] += c * z[l];
            }
        }
        double ratio = s->h_sum[a] / s->d[a], taken = s->of_area * s->of_area / s->d[a];
        inner += ratio;
        squares += ratio * ratio;
        for (size_t j = 0; j < p; j++) {
            of_parent[j] += of_area[j] / s->d[a];
            for (size_t l = 0; l <= j; l++)
                information[j * p + l] -= taken * of_area[j] * of_area[l];
        }
    }
    double taken = s->of_parent * s->of_parent / s->k;
    for (size_t j = 0; j < p; j++)
        for (size_t l = 0; l <= j; l++)
            information[j * p + l] -= taken * of_parent[j] * of_parent[l];
    information[p * p] = squares / 2;
    information[p * p + 1] = inner / s->k * (inner / s->k) / 2;
}

static void add_parent(const evaluation *e, int32_t number, parent *s) {
    mirti_mixed_data *data = e->problem->data;
    size_t p = (size_t)data->p, k = p + 2;
    s->first = data->parent_start[number];
    s->areas = data->parent_start[number + 1] - s->first;
    s->first_row = data->start[s->first];
    s->rows = data->start[s->first + s->areas] - s->first_row;
    for (int64_t i = 0; i < s->rows; i++) {
        const double *z = data->z + (size_t)(s->first_row + i) * p;
        double eta = 0;
        for (size_t j = 0; j < p; j++)
            eta += e->b[j] * z[j];
        s->eta[i] = eta;
    }
    s->v = data->mode + s->first;
    s->v_parent = data->parent_mode[number];
    find_mode(s);
    data->parent_mode[number] = s->v_parent;

    double *part = e->part + (size_t)number * e->size, log_determinant = mirti_exact_log(s->k);
    for (int32_t a = 0; a < s->areas; a++)
        log_determinant += mirti_exact_log(s->d[a]);
    part[0] = s->value - 0.5 * log_determinant;
    add_gradient(s, part + 1);
    if (e->out->information) add_information(s, part + 1 + k);
    if (e->out->effect) tell_effects(s, number, e->out);
    if (!e->problem->parent_first) return;
    double swapped = part[1 + p];
    part[1 + p] = part[2 + p];
    part[2 + p] = swapped;
}

static mirti_status work(int64_t first, int64_t last, void *context, mirti_error *err) {
    const evaluation *e = context;
    size_t rows = (size_t)e->problem->most_rows, areas = (size_t)e->problem->most_areas;
    size_t columns = 2 * (size_t)e->problem->data->p;
    double *memory = mirti_new(4 * rows + 7 * areas + columns, sizeof *memory);
    if (!memory) return mirti_fail_memory(err, "a parent's rows");
    parent s = {.data = e->problem->data, .of_area = e->of_area, .of_parent = e->of_parent};
    double **by_row[] = {&s.eta, &s.r, &s.h, &s.third};
    double **by_area[] = {&s.tried, &s.r_sum, &s.h_sum, &s.third_sum, &s.d, &s.step, &s.lambda};
    for (size_t i = 0; i < 4; i++)
        *by_row[i] = memory + i * rows;
    for (size_t i = 0; i < 7; i++)
        *by_area[i] = memory + 4 * rows + i * areas;
    s.column = memory + 4 * rows + 7 * areas;
    for (int64_t number = first; number < last; number++)
        add_parent(e, (int32_t)number, &s);
    mirti_free(memory);
    return MIRTI_OK;
}

/* The information of a θ, whose square's is `of_square`: it vanishes at zero, where the likelihood
 * rules the square (mixed_profile.c). */
static double theta_information(double of_square, double theta) {
    return fmax(4 * theta * theta * of_square, sqrt(of_square));
}

/* The parents' parts [p² + 2] added up, and set out in the order of the parameters. */
static void add_up_information(const evaluation *e, double *information) {
    size_t p = (size_t)e->problem->data->p, k = p + 2;
    double of_square[2] = {0, 0};
    memset(information, 0, k * k * sizeof *information);
    for (int32_t s = 0; s < e->problem->data->parents; s++) {
        const double *part = e->part + (size_t)s * e->size + 1 + k;
        for (size_t i = 0; i < p; i++)
            for (size_t j = 0; j <= i; j++)
                information[i * k + j] += part[i * p + j];
        of_square[0] += part[p * p];
        of_square[1] += part[p * p + 1];
    }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < i; j++)
            information[j * k + i] = information[i * k + j];
    size_t area = e->problem->parent_first ? p + 1 : p, above = 2 * p + 1 - area;
    information[area * k + area] = theta_information(of_square[0], e->of_area);
    information[above * k + above] = theta_information(of_square[1], e->of_parent);
}

mirti_nested_problem mirti_nested_problem_of(mirti_mixed_data *data) {
    mirti_nested_problem problem = {.data = data};
    for (int32_t g = 0; g < data->parents; g++) {
        int32_t first = data->parent_start[g], last = data->parent_start[g + 1];
        int64_t rows = data->start[last] - data->start[first];
        if (rows > problem.most_rows) problem.most_rows = rows;
        if (last - first > problem.most_areas) problem.most_areas = last - first;
    }
    return problem;
}

mirti_status mirti_nested_evaluate(const mirti_nested_problem *problem, const double *parameter,
                                   const mirti_nested_out *out, double *loglik, mirti_error *err) {
    const mirti_mixed_data *data = problem->data;
    size_t p = (size_t)data->p, k = p + 2, parents = (size_t)data->parents;
    evaluation e = {.problem = problem, .b = parameter, .out = out};
    e.of_area = parameter[problem->parent_first ? p + 1 : p];
    e.of_parent = parameter[problem->parent_first ? p : p + 1];
    e.size = 1 + k + (out->information ? p * p + 2 : 0);
    e.part = mirti_new(parents * e.size, sizeof *e.part);
    if (!e.part) return mirti_fail_memory(err, "the sums of the likelihood");
    mirti_status status = mirti_parallel_range(data->parents, 1, data->threads, work, &e, err);
    if (status == MIRTI_OK) {
        *loglik = 0;
        if (out->gradient) memset(out->gradient, 0, k * sizeof(double));
        for (size_t s = 0; s < parents; s++) {
            const double *part = e.part + s * e.size;
            *loglik += part[0];
            for (size_t j = 0; out->gradient && j < k; j++)
                out->gradient[j] += part[1 + j];
            if (out->score) memcpy(out->score + s * k, part + 1, k * sizeof(double));
        }
        if (out->information) add_up_information(&e, out->information);
    }
    mirti_free(e.part);
    return status;
}
