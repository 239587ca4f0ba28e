/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The join doctor: what it joins, what it must not join, lineage, and the real lists of Mexico. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "geo/name.h"
#include "mirti/geo.h"

/* ------------------------------------------------------------------------------------- names -- */

static void test_spellings_of_one_name_are_evened(void **state) {
    (void)state;
    static const char *const same[][2] = {
        {"Sta. Ma. Xalapa", "Santa María de Jalapa"},
        {"GRAL. ESCOBEDO", "General Escobedo"},
        {"Dr. Belisario Domínguez", "Doctor Belisario Dominguez"},
        {"Heroica Ciudad de Tlaxiaco", "Tlaxiaco"},
        {"Villa de Santiago Chazumba", "Santiago Chazumba"},
        {"El Llano", "Llano"},
        {"Cd. Valles", "Ciudad Valles"},
        {"Huauchinango", "Guauchinango"},
        {"Tzompantepec", "Zompantepec"},
        {"Xaltocan", "Jaltocan"},
        {"Ixtlahuaca", "Ijtlahuaca"},
        {"Zacualpan", "Sacualpan"},
        {"Sn. Fco. Javier", "San Francisco Xavier"},
        {"Yurécuaro", "Iurecuaro"},
        {"Acaxochitlán", "Acajochitlan"},
        {"Tepoztlán", "TEPOSTLAN"},
        {"Vega de Alatorre", "La Bega de Alatorre"},
        {"Xico", "Shico"},
        {"Atzompa", "Azompa"},
        {"Calihualá", "Calihuala"},
        {"Metlatónoc", "Metlatonocc"},
        {"Gpe. Victoria", "Guadalupe Victoria"},
        {"Querétaro", "Keretaro"},
        {"Calpulálpam", "Kalpulalpam"},
    };
    static const char *const different[][2] = {
        {"San Juan", "San José"},
        {"Santa María", "Santa Marta"},
        {"Chila", "Cila"},
        {"San Pedro Mixtepec", "San Juan Mixtepec"},
        {"Jalpa", "Jalapa"},
        {"Villa", "Ciudad"},
        {"Huehuetlán el Chico", "Huehuetlán el Grande"},
    };
    mirti_arena arena = {0};
    mirti_geo_name a, b;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(mirti_geo_name_read(&arena, same[i][0], &a));
        assert_true(mirti_geo_name_read(&arena, same[i][1], &b));
        if (strcmp(a.core, b.core) != 0) print_message("%s | %s\n", same[i][0], same[i][1]);
        assert_string_equal(a.core, b.core);
    }
    for (size_t i = 0; i < sizeof different / sizeof *different; i++) {
        assert_true(mirti_geo_name_read(&arena, different[i][0], &a));
        assert_true(mirti_geo_name_read(&arena, different[i][1], &b));
        if (strcmp(a.core, b.core) == 0)
            print_message("%s | %s\n", different[i][0], different[i][1]);
        assert_string_not_equal(a.core, b.core);
    }
    mirti_arena_reset(&arena);
}

static void test_similarity_is_one_minus_edits(void **state) {
    (void)state;
    assert_true(mirti_geo_similarity("", "") == 1.0);
    assert_true(mirti_geo_similarity("abc", "") == 0.0);
    assert_true(mirti_geo_similarity("abcd", "abdc") == 0.75); /* one swap */
    assert_true(fabs(7.0 * mirti_geo_similarity("kitten", "sitting") - 4.0) < 1e-12);
    assert_true(mirti_geo_similarity("ca", "abc") == 0.0); /* optimal string alignment */
    char longest[400];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_true(mirti_geo_similarity(longest, longest) == 1.0);
}

/* ------------------------------------------------------------------------------------- joins -- */

static mirti_diagnosis *diagnose(const mirti_roster *left, const mirti_roster *right,
                                 const mirti_lineage *lineage) {
    const mirti_diagnosis_options options = {.lineage = lineage};
    mirti_diagnosis *diagnosis;
    mirti_error err = {0};
    assert_int_equal(mirti_diagnose(left, right, &options, &diagnosis, &err), MIRTI_OK);
    return diagnosis;
}

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof *(array)))

static void test_every_kind_of_join(void **state) {
    (void)state;
    const char *const left_code[] = {"09002", "1001", "02007", "99999", "12001", "09002", "", ""};
    const char *const left_name[] = {"Azcapotzalco", "Aguascalientes", "San Felipe",
                                     "XALAPA",       "Sta. Ana",       "Azcapotzalco",
                                     "Nadie",        "Santa Teresa"};
    const char *const left_parent[] = {"09", "01", "02", "30", "12", "09", "30", "31"};
    const char *const right_code[] = {"09002", "01001", "02002", "30087",
                                      "30088", "31001", "31002", "12002"};
    const char *const right_name[] = {"Azcapotzalco", "Something else", "Mexicali",
                                      "Xalapa",       "Nadia",          "Santa Teresa",
                                      "Santa Teresa", "Santa Ana"};
    const mirti_roster left = {"left", COUNT(left_code), left_code, left_name, left_parent, NULL};
    const mirti_roster right = {"right", COUNT(right_code), right_code, right_name, NULL, NULL};
    char path[] = "/tmp/mirti-lineage-XXXXXX.csv";
    int descriptor = mkstemps(path, 4);
    FILE *file = fdopen(descriptor, "w");
    fputs("code,name,from_code\n02007,San Felipe,02002\n31009,Nueva,31010\n", file);
    fclose(file);
    mirti_lineage *lineage;
    mirti_error err = {0};
    assert_int_equal(mirti_lineage_read(path, &lineage, &err), MIRTI_OK);
    unlink(path);

    mirti_diagnosis *d = diagnose(&left, &right, lineage);
    static const struct {
        int64_t right;
        mirti_match_kind kind;
    } expected[] = {{0, MIRTI_MATCH_CODE},  {1, MIRTI_MATCH_PADDED}, {2, MIRTI_MATCH_LINEAGE},
                    {-1, MIRTI_MATCH_NONE}, {-1, MIRTI_MATCH_NONE},  {-1, MIRTI_MATCH_DUPLICATE},
                    {-1, MIRTI_MATCH_NONE}, {-1, MIRTI_MATCH_NONE}};
    /* 99999 has a code of its own whose parent is 99: the name Xalapa of 30 is not believed. */
    for (int64_t i = 0; i < left.count; i++) {
        if (i == 4) continue;
        assert_int_equal(d->match[i].left, i);
        assert_int_equal(d->match[i].right, expected[i].right);
        assert_int_equal(d->match[i].kind, expected[i].kind);
    }
    assert_int_equal(d->match[4].kind, MIRTI_MATCH_SPELLING); /* Sta. Ana of 12 */
    assert_int_equal(d->match[4].right, 7);
    assert_int_equal(d->other_name, 1);
    assert_int_equal(d->right_alone, 4);
    assert_int_equal(d->match[6].candidates, 1); /* Nadie: perhaps Nadia */
    assert_int_equal(d->match[6].candidate[0].index, 4);
    assert_int_equal(d->match[7].candidates, 2); /* two of the same name: nobody decides */
    assert_false(mirti_diagnosis_clean(d));
    mirti_text text = {0};
    mirti_diagnosis_text(d, "es", 0, &text);
    assert_non_null(strstr(text.data, "4 de 8 áreas de left se unen con las 8 de right."));
    assert_non_null(strstr(text.data, "Nadie  ¿30088 Nadia (80 %)?"));
    mirti_text_reset(&text);
    mirti_json json = {0};
    mirti_diagnosis_json(d, NULL, &json);
    assert_int_equal(mirti_json_finish(&json, &err), MIRTI_OK);
    assert_non_null(strstr(json.text.data, "\"kind\": \"spelling\""));
    mirti_json_reset(&json);
    mirti_diagnosis_free(d);
    mirti_lineage_free(lineage);
}

static void test_parents_keep_equal_names_apart(void **state) {
    (void)state;
    const char *const left_name[] = {"Benito Juárez", "Benito Juárez", "Morelos"};
    const char *const left_parent[] = {"Quintana Roo", "Sonora", "Coahuila de Zaragoza"};
    const char *const right_name[] = {"BENITO JUAREZ", "BENITO JUAREZ", "MORELOS"};
    const char *const right_parent[] = {"SONORA", "QUINTANA ROO", "ZACATECAS"};
    const mirti_roster left = {"l", 3, NULL, left_name, NULL, left_parent};
    const mirti_roster right = {"r", 3, NULL, right_name, NULL, right_parent};
    mirti_diagnosis *d = diagnose(&left, &right, NULL);
    assert_int_equal(d->match[0].right, 1);
    assert_int_equal(d->match[1].right, 0);
    assert_int_equal(d->match[2].kind, MIRTI_MATCH_NONE);
    assert_int_equal(d->match[2].candidates, 0);
    assert_int_equal(d->of_kind[MIRTI_MATCH_NAME], 2);
    mirti_diagnosis_free(d);
}

static void test_nothing_joins_nothing(void **state) {
    (void)state;
    const mirti_roster empty = {"empty", 0, NULL, NULL, NULL, NULL};
    mirti_diagnosis *d = diagnose(&empty, &empty, NULL);
    assert_int_equal(d->count, 0);
    assert_true(mirti_diagnosis_clean(d));
    mirti_diagnosis_free(d);
}

static mirti_status work(mirti_error *err) {
    const char *const code[] = {"09002", "1001", "x"}, *const name[] = {"Azcapotzalco", "Ags.",
                                                                        "Sta. Ana"};
    const mirti_roster roster = {"r", 3, code, name, NULL, NULL};
    const mirti_diagnosis_options options = {0};
    mirti_diagnosis *d;
    mirti_status status = mirti_diagnose(&roster, &roster, &options, &d, err);
    if (status == MIRTI_OK) mirti_diagnosis_free(d);
    return status;
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(work) > 0);
}

static void test_a_lineage_without_end_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"code,from_code\nA,B\nB,C\nC,A\n", "code,from_code\nA,A\n",
                                      "code,name\nA,B\n", "code,from_code\nA,\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char path[] = "/tmp/mirti-lineage-XXXXXX.csv";
        int descriptor = mkstemps(path, 4);
        FILE *file = fdopen(descriptor, "w");
        fputs(bad[i], file);
        fclose(file);
        mirti_lineage *lineage;
        mirti_error err = {0};
        assert_int_equal(mirti_lineage_read(path, &lineage, &err), MIRTI_ERROR_INPUT);
        assert_null(lineage);
        assert_string_equal(err.file, path);
        unlink(path);
    }
}

/* -------------------------------------------------------------------------------- real lists -- */

static mirti_roster *real_roster(const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", getenv("MIRTI_REAL_DATA"), name);
    const mirti_roster_options options = {.path = path};
    mirti_roster *roster = NULL;
    mirti_error err = {0};
    mirti_status status = mirti_roster_read(&options, &roster, &err);
    if (status != MIRTI_OK) print_message("%s: %s\n", name, err.message);
    assert_int_equal(status, MIRTI_OK);
    return roster;
}

static bool no_real_data(void) {
    if (getenv("MIRTI_REAL_DATA")) return false;
    print_message("MIRTI_REAL_DATA is not set\n");
    return true;
}

static const char lineage_path[] = MIRTI_SOURCE_DIR "/shapefiles/mexico-municipalities.csv";

static void test_lineage_explains_every_new_municipality(void **state) {
    (void)state;
    if (no_real_data()) skip();
    mirti_lineage *lineage;
    mirti_error err = {0};
    assert_int_equal(mirti_lineage_read(lineage_path, &lineage, &err), MIRTI_OK);
    static const struct {
        const char *left, *right;
        int64_t lefts, rights, by_lineage;
    } cases[] = {
        {"reference/conapo_imm_2010.csv", "reference/conapo_imm_2015.csv", 2456, 2457, 1},
        {"reference/conapo_imm_2015.csv", "reference/conapo_imm_2020.csv", 2457, 2469, 12},
        {"reference/conapo_imm_2010.csv", "census/iter2020_municipios.csv", 2456, 2469, 13},
        {"census/iter2020_municipios.csv", "boundaries/00mun.shp", 2469, 2469, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mirti_roster *left = real_roster(cases[i].left), *right = real_roster(cases[i].right);
        assert_int_equal(left->count, cases[i].lefts);
        assert_int_equal(right->count, cases[i].rights);
        mirti_diagnosis *d = diagnose(left, right, lineage);
        assert_true(mirti_diagnosis_clean(d));
        assert_int_equal(d->of_kind[MIRTI_MATCH_CODE], cases[i].lefts);
        assert_int_equal(d->right_lineage, cases[i].by_lineage);
        mirti_diagnosis_free(d);
        /* And the other way round: older boundaries under newer scores. */
        d = diagnose(right, left, lineage); /* NOLINT(readability-suspicious-call-argument) */
        assert_int_equal(d->of_kind[MIRTI_MATCH_LINEAGE], cases[i].by_lineage);
        assert_true(mirti_diagnosis_clean(d));
        mirti_diagnosis_free(d);
        mirti_roster_free(left);
        mirti_roster_free(right);
    }
    mirti_lineage_free(lineage);
}

static void test_the_lineage_table_names_real_places(void **state) {
    (void)state;
    if (no_real_data()) skip();
    mirti_roster *census = real_roster("census/iter2020_municipios.csv");
    const mirti_roster_options options = {
        .path = lineage_path, .code = "from_code", .name = "from_name", .parent_code = "from_code"};
    mirti_roster *parents;
    mirti_error err = {0};
    assert_int_equal(mirti_roster_read(&options, &parents, &err), MIRTI_OK);
    mirti_diagnosis *d = diagnose(parents, census, NULL);
    assert_int_equal(d->of_kind[MIRTI_MATCH_NONE], 0);
    assert_int_equal(d->other_name, 0);
    assert_int_equal(d->of_kind[MIRTI_MATCH_CODE] + d->of_kind[MIRTI_MATCH_DUPLICATE],
                     parents->count);
    mirti_diagnosis_free(d);
    mirti_roster_free(parents);
    mirti_roster_free(census);
}

/* Population of an area in one of CONAPO's lists; 0 where it is not in it. */
static double population(const mirti_roster *list, const char *code) {
    double value = 0.0;
    for (int64_t i = 0; i < list->count; i++)
        if (strcmp(list->code[i], code) == 0)
            assert_true(mirti_number_parse(mirti_str_of(list->name[i]), &value));
    return value;
}

static mirti_roster *real_populations(const char *year) {
    char path[1024];
    snprintf(path, sizeof path, "%s/reference/conapo_imm_%s.csv", getenv("MIRTI_REAL_DATA"), year);
    const mirti_roster_options options = {.path = path, .code = "CVE_MUN", .name = "POB_TOT"};
    mirti_roster *roster;
    mirti_error err = {0};
    assert_int_equal(mirti_roster_read(&options, &roster, &err), MIRTI_OK);
    return roster;
}

/* Of what is listed: whoever was split has, together with what was split from him, about as many
 * inhabitants as before; Cancún grew by a quarter in five years, nobody faster. */
static void test_inhabitants_confirm_who_was_split(void **state) {
    (void)state;
    if (no_real_data()) skip();
    mirti_roster *list[] = {real_populations("2010"), real_populations("2015"),
                            real_populations("2020")};
    const mirti_roster_options options = {.path = lineage_path,
                                          .code = "code",
                                          .name = "from_code",
                                          .parent_code = "first_listed",
                                          .parent_name = "status"};
    mirti_roster *lineage;
    mirti_error err = {0};
    int checked = 0;
    assert_int_equal(mirti_roster_read(&options, &lineage, &err), MIRTI_OK);
    for (int64_t i = 0; i < lineage->count; i++) {
        if (strcmp(lineage->parent_name[i], "listed") != 0) continue;
        int after = strcmp(lineage->parent_code[i], "2015") == 0 ? 1 : 2;
        const char *parent = lineage->name[i];
        double before = population(list[after - 1], parent);
        double together = population(list[after], parent);
        for (int64_t k = 0; k < lineage->count; k++)
            if (strcmp(lineage->name[k], parent) == 0 &&
                strcmp(lineage->parent_code[k], lineage->parent_code[i]) == 0)
                together += population(list[after], lineage->code[k]);
        assert_true(population(list[after - 1], lineage->code[i]) == 0.0);
        assert_true(population(list[after], lineage->code[i]) > 0.0);
        assert_true(together > 0.95 * before && together < 1.30 * before);
        checked++;
    }
    assert_int_equal(checked, 13);
    for (int y = 0; y < 3; y++)
        mirti_roster_free(list[y]);
    mirti_roster_free(lineage);
}

/* Without their codes the names alone must find nearly all municipalities, and none wrongly. */
static void test_names_alone_find_the_right_code(void **state) {
    (void)state;
    if (no_real_data()) skip();
    mirti_roster *scores = real_roster("reference/conapo_imm_2020.csv");
    mirti_roster *census = real_roster("census/iter2020_municipios.csv");
    mirti_roster nameless = *scores;
    nameless.code = NULL;
    mirti_diagnosis *d = diagnose(&nameless, census, NULL);
    int64_t joined = 0;
    for (int64_t i = 0; i < nameless.count; i++) {
        if (d->match[i].right < 0) continue;
        joined++;
        assert_string_equal(scores->code[i], census->code[d->match[i].right]);
    }
    /* Four are two pairs of one name in one state, and one has a longer name in one list. */
    assert_int_equal(joined, 2464);
    assert_int_equal(d->right_alone, 5);
    mirti_diagnosis_free(d);
    mirti_roster_free(scores);
    mirti_roster_free(census);
}

/* What becomes of a name in a hurry: capitals, no accents, abbreviations, the other spelling. */
static char *scribbled(const char *name) {
    static const char *const swaps[][2] = {
        {"santa ", "STA. "}, {"san ", "SN. "},   {"general ", "GRAL. "},
        {"doctor ", "DR. "}, {"maria ", "MA. "}, {"villa ", "VILLA "},
        {"x", "J"},          {"z", "S"},         {"hua", "GUA"},
        {"ll", "Y"}};
    char *folded = mirti_name_fold(mirti_str_of(name));
    char *out = calloc(strlen(folded) + 64, 4);
    size_t used = 0;
    for (const char *c = folded; *c;) {
        size_t k = 0, count = sizeof swaps / sizeof *swaps;
        while (k < count && strncmp(c, swaps[k][0], strlen(swaps[k][0])) != 0)
            k++;
        if (k < count) {
            used += (size_t)sprintf(out + used, "%s", swaps[k][1]);
            c += strlen(swaps[k][0]);
        } else {
            out[used++] = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
            c++;
        }
    }
    mirti_free(folded);
    return out;
}

static void test_scribbled_names_find_the_right_code(void **state) {
    (void)state;
    if (no_real_data()) skip();
    mirti_roster *census = real_roster("census/iter2020_municipios.csv");
    char **name = calloc((size_t)census->count, sizeof *name);
    for (int64_t i = 0; i < census->count; i++)
        name[i] = scribbled(census->name[i]);
    mirti_roster left = *census;
    left.code = NULL;
    left.name = (const char *const *)name;
    mirti_diagnosis *d = diagnose(&left, census, NULL);
    int64_t joined = 0;
    for (int64_t i = 0; i < left.count; i++) {
        if (d->match[i].right < 0) continue;
        joined++;
        assert_int_equal(d->match[i].right, i); /* never a wrong one */
    }
    /* All but two pairs of one name in one state. */
    assert_int_equal(joined, 2465);
    for (int64_t i = 0; i < left.count; i++)
        free(name[i]);
    free(name);
    mirti_diagnosis_free(d);
    mirti_roster_free(census);
}

static void test_localities_of_one_state(void **state) {
    (void)state;
    if (no_real_data()) skip();
    mirti_roster *census = real_roster("census/ITER_31CSV20.csv");
    mirti_roster *polygons = real_roster("boundaries/localidades_31_yucatan.gpkg");
    assert_int_equal(census->count, 2434);
    assert_int_equal(polygons->count, 656);
    mirti_diagnosis *d = diagnose(census, polygons, NULL);
    assert_int_equal(d->of_kind[MIRTI_MATCH_CODE], 651);
    assert_int_equal(d->right_alone, 5);
    mirti_diagnosis_free(d);
    mirti_roster_free(census);
    mirti_roster_free(polygons);
    /* The export that lost the zeros of its codes. */
    mirti_roster *bare = real_roster("census/iter2020_19_vivienda.csv");
    assert_string_equal(bare->code[0], "190010001");
    mirti_roster_free(bare);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings_of_one_name_are_evened),
        cmocka_unit_test(test_similarity_is_one_minus_edits),
        cmocka_unit_test(test_every_kind_of_join),
        cmocka_unit_test(test_parents_keep_equal_names_apart),
        cmocka_unit_test(test_nothing_joins_nothing),
        cmocka_unit_test(test_memory_may_run_out),
        cmocka_unit_test(test_a_lineage_without_end_is_refused),
        cmocka_unit_test(test_lineage_explains_every_new_municipality),
        cmocka_unit_test(test_the_lineage_table_names_real_places),
        cmocka_unit_test(test_inhabitants_confirm_who_was_split),
        cmocka_unit_test(test_names_alone_find_the_right_code),
        cmocka_unit_test(test_scribbled_names_find_the_right_code),
        cmocka_unit_test(test_localities_of_one_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
