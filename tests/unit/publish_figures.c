/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pictures of a validation: there in both formats and languages, the same bytes whatever was
 * drawn before, true to their data, and honest when memory runs out. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/publish.h"
#include "predict_model.h"

enum { ROWS = 800 };

/* A survey of the small model, fitted and validated. */
typedef struct scene {
    small_model small;
    double x[ROWS * P], y[ROWS], weight[ROWS];
    char psu_text[ROWS][8];
    mirti_str psu[ROWS];
    char *area[ROWS];
    mirti_survey_design *design;
    mirti_logit *fit;
    mirti_validation *validation;
    mirti_figure_input input;
} scene;

static char long_name[] =
    "Un estado de nombre tan largo que no cabe en ningún margen de ninguna página";
static char state_a[] = "01", state_b[] = "02", state_c[] = "03";
static char *const state[] = {state_a, state_b, state_c};

static void need(mirti_status status, const mirti_error *err) {
    if (status != MIRTI_OK) fail_msg("%s", err->message);
}

static void draw_sample(scene *s) {
    mirti_rng rng = mirti_rng_at(5, 6, 7);
    for (int i = 0; i < ROWS; i++) {
        const double value[] = {mirti_rng_below(&rng, 2), mirti_rng_below(&rng, 2),
                                mirti_rng_below(&rng, 2), mirti_rng_below(&rng, 2),
                                mirti_rng_below(&rng, 3), 1 + mirti_rng_below(&rng, 4)};
        double *x = s->x + i * P, eta = 0;
        mirti_terms_row(s->small.model.terms, value, x);
        for (int j = 0; j < P; j++)
            eta += s->small.beta[j] * x[j];
        s->y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta);
        s->weight[i] = 1 + mirti_rng_uniform(&rng);
        snprintf(s->psu_text[i], sizeof s->psu_text[i], "%d", i / 10);
        s->psu[i] = mirti_str_of(s->psu_text[i]);
        s->area[i] = state[i * 3 / ROWS];
    }
}

static void make(scene *s) {
    mirti_error err = {0};
    memset(s, 0, sizeof *s);
    need(small_model_make(&s->small, &err), &err);
    draw_sample(s);
    need(mirti_survey_design_new(ROWS, s->weight, NULL, s->psu, true, NULL, MIRTI_LONELY_FAIL,
                                 &s->design, &err),
         &err);
    need(mirti_logit_fit(s->design, s->x, P, s->y, NULL, s->small.model.terms->name, &s->fit, &err),
         &err);
    s->small.model.logit = s->fit;
    const mirti_validate_options options = {.confidence = 0.95, .folds = 5, .threads = 1};
    need(mirti_validate(s->design, &s->small.model, s->x, s->y, NULL, s->area, &options,
                        &s->validation, &err),
         &err);
    s->validation->areas->area[1].name = mirti_strdup(long_name);
    s->input = (mirti_figure_input){.validation = s->validation,
                                    .model = &s->small.model,
                                    .language = "es",
                                    .title = "Modelo pequeño",
                                    .source = "Encuesta generada",
                                    .outcome = "trabaja"};
}

static void forget(scene *s) {
    mirti_validation_free(s->validation);
    mirti_logit_free(s->fit);
    mirti_survey_design_free(s->design);
    small_model_forget(&s->small);
}

static mirti_text picture(const mirti_figure_input *input, mirti_figure figure,
                          mirti_picture_format format) {
    mirti_text text = {0};
    mirti_error err = {0};
    need(mirti_figure_make(figure, input, format, &text, &err), &err);
    return text;
}

static bool same(const mirti_text *a, const mirti_text *b) {
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static void test_every_figure_in_both_formats(void **unused) {
    (void)unused;
    static scene s;
    make(&s);
    for (int f = 0; f < MIRTI_FIGURES; f++) {
        assert_true(mirti_figure_applies((mirti_figure)f, &s.input));
        mirti_text png = picture(&s.input, (mirti_figure)f, MIRTI_PICTURE_PNG);
        mirti_text svg = picture(&s.input, (mirti_figure)f, MIRTI_PICTURE_SVG);
        assert_memory_equal(png.data, "\x89PNG\r\n\x1a\n", 8);
        assert_memory_equal(png.data + png.size - 8, "IEND", 4); /* then its checksum */
        assert_null(memmem(png.data, png.size, "tIME", 4));
        assert_memory_equal(svg.data, "<?xml", 5);
        assert_string_equal(svg.data + svg.size - 7, "</svg>\n");
        /* Again, after other pictures: the same bytes. */
        mirti_text png_again = picture(&s.input, (mirti_figure)f, MIRTI_PICTURE_PNG);
        mirti_text svg_again = picture(&s.input, (mirti_figure)f, MIRTI_PICTURE_SVG);
        assert_true(same(&png, &png_again));
        assert_true(same(&svg, &svg_again));
        /* In another language the words are others. */
        mirti_figure_input english = s.input;
        english.language = "en";
        mirti_text svg_english = picture(&english, (mirti_figure)f, MIRTI_PICTURE_SVG);
        assert_false(same(&svg, &svg_english));
        mirti_text *all[] = {&png, &svg, &png_again, &svg_again, &svg_english};
        for (int k = 0; k < 5; k++)
            mirti_text_reset(all[k]);
    }
    forget(&s);
}

static void test_another_number_is_another_picture(void **unused) {
    (void)unused;
    static scene s;
    make(&s);
    mirti_text before = picture(&s.input, MIRTI_FIGURE_STATES, MIRTI_PICTURE_SVG);
    s.validation->areas->area[0].modelled += 0.02;
    mirti_text after = picture(&s.input, MIRTI_FIGURE_STATES, MIRTI_PICTURE_SVG);
    assert_false(same(&before, &after));
    mirti_text_reset(&before);
    mirti_text_reset(&after);
    forget(&s);
}

static void test_without_states_or_intervals(void **unused) {
    (void)unused;
    static scene s;
    make(&s);
    mirti_area_check *area = s.validation->areas->area;
    area[0].direct.lo = area[0].direct.hi = (double)NAN; /* a rate of 0, say */
    area[1].left_out = (double)NAN;                      /* could not be fitted */
    area[2].census = 0.2;
    mirti_text states = picture(&s.input, MIRTI_FIGURE_STATES, MIRTI_PICTURE_PNG);
    assert_true(states.size > 0);
    mirti_text_reset(&states);
    mirti_area_checks *areas = s.validation->areas;
    s.validation->areas = NULL;
    assert_false(mirti_figure_applies(MIRTI_FIGURE_STATES, &s.input));
    assert_true(mirti_figure_applies(MIRTI_FIGURE_ROC, &s.input));
    s.validation->areas = areas;
    /* Of another link there are no odds: coefficients as they are. */
    mirti_text odds = picture(&s.input, MIRTI_FIGURE_COEFFICIENTS, MIRTI_PICTURE_SVG);
    s.fit->link = MIRTI_LINK_PROBIT;
    mirti_text plain = picture(&s.input, MIRTI_FIGURE_COEFFICIENTS, MIRTI_PICTURE_SVG);
    assert_false(same(&odds, &plain));
    mirti_text_reset(&odds);
    mirti_text_reset(&plain);
    forget(&s);
}

static void test_labels(void **unused) {
    (void)unused;
    static scene s;
    make(&s);
    mirti_text text = {0};
    const mirti_terms *terms = s.small.model.terms;
    for (int j = 0; j < 4; j++) {
        mirti_column_label(terms, j, "es", &text);
        mirti_text_puts(&text, "|");
    }
    mirti_term_label(terms, 2, "en", &text);
    assert_string_equal(text.data,
                        "(constante)|edad: old|sex: man|edad: old × sex: man|edad × sex");
    mirti_text_reset(&text);
    forget(&s);
}

static scene shared;
static mirti_figure shared_figure;
static mirti_picture_format shared_format;

static mirti_status draw_once(mirti_error *err) {
    mirti_text text = {0};
    mirti_status status =
        mirti_figure_make(shared_figure, &shared.input, shared_format, &text, err);
    mirti_text_reset(&text);
    return status;
}

static void test_memory_may_run_out(void **unused) {
    (void)unused;
    make(&shared);
    for (int f = 0; f < MIRTI_FIGURES; f++)
        for (int k = 0; k < 2; k++) {
            shared_figure = (mirti_figure)f;
            shared_format = (mirti_picture_format)k;
            assert_true(assert_survives_without_memory(draw_once) > 0);
        }
    forget(&shared);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_figure_in_both_formats),
        cmocka_unit_test(test_another_number_is_another_picture),
        cmocka_unit_test(test_without_states_or_intervals),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
