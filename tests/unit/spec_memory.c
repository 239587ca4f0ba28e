/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory that runs out while a spec is read: an error, and not a byte left behind.
 *
 * Most of what a reader allocates comes from an arena in large blocks, so that failing the n-th
 * allocation alone would meet few of the places where memory is asked for. A title of growing
 * length moves the end of the first block over all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/spec.h"

static mirti_status read_model(mirti_error *err) {
    mirti_model_spec *model;
    MIRTI_TRY(
        mirti_model_spec_read(MIRTI_SOURCE_DIR "/models/mx-adolescent-work.yaml", &model, err));
    mirti_model_spec_free(model);
    return MIRTI_OK;
}

static mirti_status read_project(mirti_error *err) {
    mirti_project *project;
    mirti_model_spec *model = NULL;
    char *path = NULL;
    MIRTI_TRY(
        mirti_project_read(MIRTI_SOURCE_DIR "/examples/mexico-2020/mirti.yaml", &project, err));
    mirti_status status = mirti_project_model_path(project, &path, err);
    if (status == MIRTI_OK) status = mirti_model_spec_read(path, &model, err);
    if (status == MIRTI_OK) status = mirti_project_check(project, model, err);
    mirti_free(path);
    path = NULL;
    if (status == MIRTI_OK)
        status = mirti_project_input_path(
            project, NULL, &(mirti_input){.path = (char[]){"mirti.yaml"}}, &path, err);
    mirti_free(path);
    mirti_model_spec_free(model);
    mirti_project_free(project);
    return status;
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(read_model) > 3);
    assert_true(assert_survives_without_memory(read_project) > 5);
}

static const char model_head[] = "mirti-model: 1\nname: m\ntitle: \"";
static const char model_tail[] =
    "\"\n"
    "outcome: {name: works, label: {es: trabaja, en: works}}\n"
    "predictors:\n"
    "  age: {kind: category, levels: [young, old], reference: old}\n"
    "  floor: {kind: category, levels: [dirt, cement, other], factor: f, lack: l}\n"
    "  rural: {kind: binary, actionable: yes}\n"
    "terms: [age, floor, rural, age:rural]\n"
    "sources:\n"
    "  wave: &wave\n"
    "    kind: survey\n"
    "    missing: [{codes: ['*', x], columns: [a, b], reason: {es: s}}, {codes: y}]\n"
    "    code_widths: {a: 2}\n"
    "    tables: {t: {key: k}, u: {key: [k, l], other_key: [m, n],"
    " values: {v: {how: sum, column: c, where: d}}}}\n"
    "    define: {d: e}\n"
    "    household: {key: k, relationship: r, head: 1, spouse: [2, 3], person: p, mother: m}\n"
    "    outcome: w = 1\n"
    "    predictors: {age: a, floor: f, rural: r}\n"
    "  other: {<<: *wave, kind: survey, area_kind: district}\n"
    "  areas:\n"
    "    kind: aggregates\n"
    "    areas: {municipality: {code: C, code_width: 5}}\n"
    "    cells: [{age: young, children: A, rural: R}, {age: old, children: B, rural: true}]\n"
    "    shares: {floor: {dirt: F, cement: G}}\n";

static const char index_head[] = "mirti-index: 1\nname: i\ntitle: \"";
static const char index_tail[] =
    "\"\n"
    "weights: given\n"
    "dimensions: {d: {label: {es: x}, weight: 2}, e: {}}\n"
    "indicators:\n"
    "  a: {more_is: worse, dimension: d, weight: 1, label: l, factor: {es: f, en: g}}\n"
    "  b: {more_is: better, dimension: e, weight: 2, actionable: true}\n"
    "sources:\n"
    "  areas:\n"
    "    kind: aggregates\n"
    "    missing: [{codes: ['*'], reason: r}]\n"
    "    areas: {municipality: {code: C, code_width: 5}}\n"
    "    define: {n: N}\n"
    "    children: n\n"
    "    indicators: {a: A / n, b: B}\n";

static const char project_head[] = "mirti-project: 1\nname: p\ntitle: \"";
static const char project_tail[] =
    "\"\n"
    "language: en\nmodel: m.yaml\n"
    "survey: {file: s, source: a, lonely_psu: adjust, delimiter: tab, tables: {t: f}}\n"
    "census: {file: c, source: b, delimiter: ';'}\n"
    "boundaries: {municipality: {file: b, crs: c}, locality: {file: d, code: e}}\n"
    "classes: {method: fixed, breaks: [0.1], labels: [{es: a}, b]}\n";

static mirti_status parse_model(const char *text, size_t size, mirti_error *err) {
    mirti_model_spec *model;
    mirti_status status = mirti_model_spec_parse(text, size, "m.yaml", &model, err);
    mirti_model_spec_free(model);
    return status;
}

static mirti_status parse_project(const char *text, size_t size, mirti_error *err) {
    mirti_project *project;
    mirti_status status = mirti_project_parse(text, size, "p.yaml", &project, err);
    mirti_project_free(project);
    return status;
}

/* The first block of the arena holds 16 KiB, the second twice as much. The owner and the first
 * block are granted, the second is not. */
static int count_failures(const char *head, const char *tail,
                          mirti_status (*parse)(const char *, size_t, mirti_error *)) {
    enum { LONGEST = 16 * 1024, STEP = 8 };
    static char text[LONGEST + 4096], filler[LONGEST];
    memset(filler, 't', sizeof filler);
    int failures = 0;
    for (size_t length = 1; length < LONGEST; length += STEP) {
        size_t size =
            (size_t)snprintf(text, sizeof text, "%s%.*s%s", head, (int)length, filler, tail);
        failing_memory memory = {2, 0, 0};
        mirti_memory_hooks hooks = {failing_allocate, failing_reallocate, failing_release, &memory};
        mirti_error err = {0};
        mirti_memory_set_hooks(&hooks);
        mirti_status status = parse(text, size, &err);
        mirti_memory_set_hooks(NULL);
        assert_int_equal(memory.live, 0);
        if (status == MIRTI_OK) continue;
        if (status != MIRTI_ERROR_MEMORY) print_error("%s\n", err.message);
        assert_int_equal(status, MIRTI_ERROR_MEMORY);
        assert_int_equal(err.status, MIRTI_ERROR_MEMORY);
        failures++;
    }
    return failures;
}

static void test_memory_may_run_out_anywhere(void **state) {
    (void)state;
    assert_true(count_failures(model_head, model_tail, parse_model) > 1000);
    assert_true(count_failures(index_head, index_tail, parse_model) > 300);
    assert_true(count_failures(project_head, project_tail, parse_project) > 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
