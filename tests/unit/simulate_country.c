/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A country on disk: the same bytes again and for any number of threads; published results that are
 * the sums of its microdata; truth that agrees with both; folders treated with care. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/geo.h"
#include "mirti/simulate.h"

static char folder[] = "simulate_country.XXXXXX";

static const mirti_country_options small = {
    .states = 2, .municipalities = 8, .persons = 3000, .seed = 42, .full_count = true};

static int set_up(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) return -1;
    mirti_country_options options = small;
    options.directory = "one";
    options.threads = 1;
    return mirti_simulate(&options, NULL, NULL, NULL) == MIRTI_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("..") == 0 && system(command) == 0 ? 0 : -1;
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

/* ---------------------------------------------------------------------------------- same bytes -- */

static void test_threads_do_not_matter(void **state) {
    (void)state;
    mirti_country_options options = small;
    options.directory = "two";
    options.threads = 2;
    assert_int_equal(mirti_simulate(&options, NULL, NULL, NULL), MIRTI_OK);
    assert_int_equal(system("diff -r one two"), 0);
}

/* Written down once; another machine, compiler or C library must come to the same. A change of the
 * simulation changes them: then write down the new ones. Files that GDAL writes are left out, as
 * their bytes are its version's. */
static void test_bytes_are_those_of_any_machine(void **state) {
    (void)state;
    static const char *const known[][2] = {
        {"one/census/Personas01.CSV",
         "2d77992104c160bc827b7e86ea8e0a0527d5a337385342e49475cdd630e90a12"},
        {"one/census/iter.csv", "ace07f28e8cc5c076cf3aa96c242254cf4e2fe9972c61ea95243c9f753faf5ec"},
        {"one/survey/encuesta.csv",
         "be8ef86c5556a21946718a729cfc87e7e1a3ebbfb788020af7d5a28b1e4866d5"},
        {"one/truth/locality.csv",
         "d477c5a6c9cdba2af7093ec6917c653343424f1dee16a9739e4dacb203ee29c2"},
        {"one/programmes/programas.csv",
         "17816f98f29299f6bd135e5e04e771f98d76f2278da79555b6fe2577bfc31a16"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char hex[65];
        int64_t bytes;
        assert_int_equal(mirti_sha256_file(known[i][0], hex, &bytes, NULL), MIRTI_OK);
        if (strcmp(hex, known[i][1]) != 0) print_message("%s: %s\n", known[i][0], hex);
        assert_string_equal(hex, known[i][1]);
    }
}

static void test_seeds_matter(void **state) {
    (void)state;
    mirti_country_options options = small;
    options.directory = "other";
    options.seed = 43;
    assert_int_equal(mirti_simulate(&options, NULL, NULL, NULL), MIRTI_OK);
    assert_int_not_equal(system("cmp -s one/census/iter.csv other/census/iter.csv"), 0);
}

/* ---------------------------------------------------------------------- published results agree -- */

/* A table without quotes that matter here, cut at its commas. */
typedef struct table {
    char *text;
    int columns, rows;
    char **cell; /* [rows + 1][columns], the header first */
} table;

static table read_table(const char *path) {
    table t = {0};
    size_t size;
    assert_int_equal(mirti_file_read(path, &t.text, &size, NULL), MIRTI_OK);
    int lines = 0;
    for (size_t i = 0; i < size; i++)
        lines += t.text[i] == '\n';
    t.columns = 1;
    for (const char *c = t.text; *c != '\n'; c++)
        t.columns += *c == ',';
    t.rows = lines - 1;
    t.cell = calloc((size_t)lines * (size_t)t.columns, sizeof *t.cell);
    assert_non_null(t.cell);
    char *at = t.text;
    if (strncmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3;
    for (int row = 0; row < lines; row++) {
        for (int column = 0; column < t.columns; column++) {
            bool quoted = false;
            t.cell[row * t.columns + column] = at;
            while (quoted || (*at != ',' && *at != '\r')) {
                if (*at == '"') quoted = !quoted;
                at++;
            }
            assert_int_equal(*at, column + 1 < t.columns ? ',' : '\r');
            *at++ = '\0';
        }
        assert_int_equal(*at++, '\n');
    }
    return t;
}

static void free_table(table *t) {
    mirti_free(t->text);
    free(t->cell);
}

static int column_of(const table *t, const char *name) {
    for (int i = 0; i < t->columns; i++)
        if (strcmp(t->cell[i], name) == 0) return i;
    fail_msg("no column %s", name);
    return -1;
}

static const char *text_at(const table *t, int row, const char *column) {
    return t->cell[(row + 1) * t->columns + column_of(t, column)];
}
static int number_at(const table *t, int row, const char *column) {
    return atoi(text_at(t, row, column));
}

typedef int (*person_rule)(const table *persons, int row);

static int everyone(const table *p, int row) {
    (void)p;
    (void)row;
    return 1;
}
static int age_between(const table *p, int row, int first, int last) {
    int age = number_at(p, row, "EDAD");
    return age >= first && age <= last;
}
static int is_woman(const table *p, int row) {
    return number_at(p, row, "SEXO") == 3;
}
static int girls_12_14(const table *p, int row) {
    return is_woman(p, row) && age_between(p, row, 12, 14);
}
static int boys_15_17(const table *p, int row) {
    return !is_woman(p, row) && age_between(p, row, 15, 17);
}
static int boys_6_11(const table *p, int row) {
    return !is_woman(p, row) && age_between(p, row, 6, 11);
}
static int girls_12_14_out(const table *p, int row) {
    return girls_12_14(p, row) && number_at(p, row, "ASISTEN") == 3;
}
static int boys_15_17_in(const table *p, int row) {
    return boys_15_17(p, row) && number_at(p, row, "ASISTEN") == 1;
}
static int speakers(const table *p, int row) {
    return number_at(p, row, "HLENGUA") == 1;
}
static int workers(const table *p, int row) {
    return number_at(p, row, "CONACT") == 10;
}
static int women_in_the_labour_force(const table *p, int row) {
    int activity = number_at(p, row, "CONACT");
    return is_woman(p, row) && (activity == 10 || activity == 30);
}
static int unschooled_15(const table *p, int row) {
    return age_between(p, row, 15, 130) && number_at(p, row, "ESCOACUM") == 0;
}
static int finished_secondary(const table *p, int row) {
    return age_between(p, row, 15, 130) && number_at(p, row, "ESCOACUM") == 9;
}
static int uninsured(const table *p, int row) {
    return number_at(p, row, "DHSERSAL1") == 9;
}
static int single_12(const table *p, int row) {
    return number_at(p, row, "SITUA_CONYUGAL") == 8;
}
static int heads(const table *p, int row) {
    return number_at(p, row, "PARENTESCO") == 101;
}
static int women_heads(const table *p, int row) {
    return heads(p, row) && is_woman(p, row);
}
static int born_elsewhere(const table *p, int row) {
    return number_at(p, row, "ENT_PAIS_NAC") != number_at(p, row, "ENT");
}
static int afro_women(const table *p, int row) {
    return is_woman(p, row) && number_at(p, row, "AFRODES") == 1;
}
static int births(const table *p, int row) {
    return number_at(p, row, "HIJOS_NAC_VIVOS");
}

static const struct {
    const char *column;
    person_rule rule;
} person_checks[] = {
    {"POBTOT", everyone},
    {"POBFEM", is_woman},
    {"P_12A14_F", girls_12_14},
    {"P_15A17_M", boys_15_17},
    {"P_6A11_M", boys_6_11},
    {"P12A14NOAF", girls_12_14_out},
    {"P15A17A_M", boys_15_17_in},
    {"P3YM_HLI", speakers},
    {"POCUPADA", workers},
    {"PEA_F", women_in_the_labour_force},
    {"P15YM_SE", unschooled_15},
    {"P15SEC_CO", finished_secondary},
    {"PSINDER", uninsured},
    {"P12YM_SOLT", single_12},
    {"TOTHOG", heads},
    {"HOGJEF_F", women_heads},
    {"PNACOE", born_elsewhere},
    {"POB_AFRO_F", afro_women},
};

static const struct {
    const char *column, *answer;
    int code;
} dwelling_checks[] = {
    {"VPH_PISOTI", "PISOS", 1},       {"VPH_AGUAFV", "AGUA_ENTUBADA", 3},
    {"VPH_NODREN", "DRENAJE", 5},     {"VPH_INTER", "INTERNET", 7},
    {"VPH_CEL", "CELULAR", 5},        {"VPH_AUTOM", "AUTOPROP", 7},
    {"VPH_REFRI", "REFRIGERADOR", 1}, {"VPH_C_ELEC", "ELECTRICIDAD", 1},
    {"VPH_1DOR", "CUADORM", 1},       {"VPH_BICI", "BICICLETA", 3},
    {"VPH_LETR", "SERSAN", 2},
};

/* Row of the published table for a municipality as a whole. */
static int municipal_row(const table *iter, const char *state, const char *municipality) {
    for (int row = 0; row < iter->rows; row++)
        if (strcmp(text_at(iter, row, "ENTIDAD"), state) == 0 &&
            strcmp(text_at(iter, row, "MUN"), municipality) == 0 &&
            strcmp(text_at(iter, row, "LOC"), "0000") == 0)
            return row;
    fail_msg("no municipality %s%s", state, municipality);
    return -1;
}

static void check_municipality(const table *iter, const table *persons, const table *dwellings,
                               const char *state, const char *municipality) {
    int published = municipal_row(iter, state, municipality);
    for (size_t k = 0; k < sizeof person_checks / sizeof *person_checks; k++) {
        int sum = 0;
        for (int row = 0; row < persons->rows; row++)
            if (strcmp(text_at(persons, row, "MUN"), municipality) == 0)
                sum += person_checks[k].rule(persons, row);
        if (sum != number_at(iter, published, person_checks[k].column))
            fail_msg("%s%s %s: %d published, %d counted", state, municipality,
                     person_checks[k].column, number_at(iter, published, person_checks[k].column),
                     sum);
    }
    for (size_t k = 0; k < sizeof dwelling_checks / sizeof *dwelling_checks; k++) {
        int sum = 0, all = 0;
        for (int row = 0; row < dwellings->rows; row++) {
            if (strcmp(text_at(dwellings, row, "MUN"), municipality) != 0) continue;
            all++;
            sum += number_at(dwellings, row, dwelling_checks[k].answer) == dwelling_checks[k].code;
        }
        assert_int_equal(all, number_at(iter, published, "VIVPARH_CV"));
        if (sum != number_at(iter, published, dwelling_checks[k].column))
            fail_msg("%s%s %s: %d counted", state, municipality, dwelling_checks[k].column, sum);
    }
    /* A mean, as printed. */
    int women = 0, children = 0;
    for (int row = 0; row < persons->rows; row++) {
        if (strcmp(text_at(persons, row, "MUN"), municipality) != 0) continue;
        women += is_woman(persons, row) && age_between(persons, row, 12, 130);
        children += births(persons, row);
    }
    double printed = atof(text_at(iter, published, "PROM_HNV"));
    assert_true(fabs(printed - (double)children / (double)women) <= 0.00500001);
}

static void test_published_results_are_sums(void **state) {
    (void)state;
    table iter = read_table("one/census/iter.csv");
    for (int s = 1; s <= 2; s++) {
        char path[64], code[4];
        snprintf(code, sizeof code, "%02d", s);
        snprintf(path, sizeof path, "one/census/Personas%s.CSV", code);
        table persons = read_table(path);
        snprintf(path, sizeof path, "one/census/Viviendas%s.CSV", code);
        table dwellings = read_table(path);
        for (int row = 0; row < iter.rows; row++)
            if (strcmp(text_at(&iter, row, "ENTIDAD"), code) == 0 &&
                strcmp(text_at(&iter, row, "MUN"), "000") != 0 &&
                strcmp(text_at(&iter, row, "LOC"), "0000") == 0)
                check_municipality(&iter, &persons, &dwellings, code, text_at(&iter, row, "MUN"));
        free_table(&persons);
        free_table(&dwellings);
    }
    free_table(&iter);
}

static void test_totals_and_suppression(void **state) {
    (void)state;
    table iter = read_table("one/census/iter.csv");
    assert_int_equal(iter.columns, 286);
    int nation = number_at(&iter, 0, "POBTOT"), states = 0, municipalities = 0, localities = 0;
    int suppressed = 0, pooled = 0;
    for (int row = 0; row < iter.rows; row++) {
        int persons = number_at(&iter, row, "POBTOT"), locality = number_at(&iter, row, "LOC");
        bool of_state = strcmp(text_at(&iter, row, "MUN"), "000") == 0;
        bool of_nation = strcmp(text_at(&iter, row, "ENTIDAD"), "00") == 0;
        if (of_nation) continue;
        if (of_state && locality == 0) states += persons;
        if (of_state) continue;
        if (locality == 0) {
            municipalities += persons;
        } else if (locality >= 9998) {
            pooled += persons;
        } else {
            localities += persons;
            bool few = number_at(&iter, row, "TVIVHAB") < 3;
            const char *cell = text_at(&iter, row, "P_12A14_F");
            assert_true(few == (strcmp(cell, "*") == 0));
            if (few) suppressed += persons;
        }
    }
    assert_int_equal(states, nation);
    assert_int_equal(municipalities, nation);
    assert_int_equal(localities, nation);
    assert_true(suppressed > 0);
    assert_int_equal(pooled, suppressed);
    free_table(&iter);
}

/* Each child's true probability was used: the number who work lies where the sum of independent
 * draws must lie. */
static void test_truth_agrees(void **state) {
    (void)state;
    table iter = read_table("one/census/iter.csv");
    table truth = read_table("one/truth/municipality.csv");
    double expected = 0.0, working = 0.0, adolescents = 0.0, adolescents_working = 0.0;
    assert_int_equal(truth.rows, 8);
    for (int row = 0; row < truth.rows; row++) {
        char area[3] = {0};
        const char *code = text_at(&truth, row, "code");
        memcpy(area, code, 2);
        int published = municipal_row(&iter, area, code + 2);
        int children = number_at(&iter, published, "P_6A11") +
                       number_at(&iter, published, "P_12A14") +
                       number_at(&iter, published, "P_15A17");
        assert_int_equal(number_at(&truth, row, "children_6_17"), children);
        assert_string_equal(text_at(&truth, row, "name"), text_at(&iter, published, "NOM_MUN"));
        expected += children * atof(text_at(&truth, row, "risk_6_17"));
        working += number_at(&truth, row, "working_6_17");
        adolescents += number_at(&truth, row, "children_12_17");
        adolescents_working += number_at(&truth, row, "working_12_17");
    }
    /* Four standard deviations of a sum of Bernoulli draws, at most √(Σp). */
    assert_true(fabs(working - expected) < 4.0 * sqrt(expected));
    assert_true(adolescents_working > 0.05 * adolescents);
    assert_true(adolescents_working < 0.30 * adolescents);
    free_table(&iter);
    free_table(&truth);
}

/* --------------------------------------------------------------------------------- boundaries -- */

/* As GEOS sees them: nothing to repair in any layer, and nothing without a code. */
static void test_boundaries_are_valid(void **state) {
    (void)state;
    static const struct {
        const char *path, *layer;
        int width;
    } layers[] = {
        {"one/boundaries/00ent.shp", NULL, 2},
        {"one/boundaries/00mun.shp", NULL, 5},
        {"one/boundaries/00l.shp", NULL, 9},
        {"one/boundaries/00lpr.shp", NULL, 9},
        {"one/boundaries/marco.gpkg", "00ent", 2},
        {"one/boundaries/marco.gpkg", "00mun", 5},
        {"one/boundaries/marco.gpkg", "00l", 9},
        {"one/boundaries/marco.gpkg", "00lpr", 9},
        {"one/boundaries/marco.gpkg", "territorio", 9},
    };
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        mirti_boundary_input input = {
            .file = {.layer = (char *)(uintptr_t)layers[i].layer},
            .kind = (char *)(uintptr_t) "area",
            .code = (char *)(uintptr_t) "CVEGEO",
            .name = (char *)(uintptr_t) "NOMGEO",
        };
        mirti_boundaries *read = NULL;
        mirti_boundaries_info info;
        assert_int_equal(
            mirti_boundaries_read(layers[i].path, &input, layers[i].width, &read, &info, NULL),
            MIRTI_OK);
        assert_true(info.features > 0);
        assert_int_equal(info.repaired, 0);
        assert_int_equal(info.without_code + info.without_geometry + info.duplicate_codes, 0);
        assert_string_equal(info.crs, "EPSG:6372");
        mirti_boundaries_free(read);
    }
}

/* ------------------------------------------------------------------------------------- folders -- */

static mirti_status make(const char *directory, bool overwrite, int64_t states, mirti_error *err) {
    mirti_country_options options = small;
    options.directory = directory;
    options.overwrite = overwrite;
    options.states = states;
    return mirti_simulate(&options, NULL, NULL, err);
}

static void test_a_folder_in_use_is_left_alone(void **state) {
    (void)state;
    mirti_error err = {0};
    assert_int_equal(system("mkdir mine && echo precious >mine/thesis.txt"), 0);
    assert_int_equal(make("mine", false, 2, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(make("mine", true, 2, &err), MIRTI_ERROR_USAGE);
    assert_string_equal(err.file, "mine");
    assert_int_equal(system("test \"$(ls -A mine)\" = thesis.txt"), 0);
}

static void test_overwriting_replaces_a_country_and_nothing_else(void **state) {
    (void)state;
    mirti_error err = {0};
    assert_int_equal(make("again", false, 3, &err), MIRTI_OK);
    assert_true(exists("again/census/Personas03.CSV"));
    assert_int_equal(system("echo precious >again/census/notes.txt"), 0);
    assert_int_equal(make("again", false, 2, &err), MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.remedy, "--overwrite"));
    assert_true(exists("again/census/Personas03.CSV"));
    assert_int_equal(make("again", true, 2, &err), MIRTI_OK);
    /* The third state would be read by whoever reads Personas*.CSV. */
    assert_false(exists("again/census/Personas03.CSV"));
    assert_int_equal(system("rm again/census/notes.txt && diff -r one again"), 0);
}

static bool stop_at_people(void *context, const char *stage, double done, double total) {
    (void)context;
    (void)done;
    (void)total;
    return strcmp(stage, "people") != 0;
}

static void test_cancelling_leaves_nothing(void **state) {
    (void)state;
    mirti_listener listener = {.progress = stop_at_people};
    mirti_country_options options = small;
    options.directory = "cancelled";
    assert_int_equal(mirti_simulate(&options, &listener, NULL, NULL), MIRTI_ERROR_CANCELLED);
    assert_false(exists("cancelled"));
}

/* A limit on the size of files stands for the disk. */
static void test_a_full_disk_leaves_nothing(void **state) {
    (void)state;
    struct rlimit usual, tight;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    for (rlim_t bytes = 1000; bytes < 600000; bytes *= 6) { /* shapefile, GeoPackage, census */
        mirti_error err = {0};
        tight = usual;
        tight.rlim_cur = bytes;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
        mirti_status status = make("full", false, 2, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
        assert_int_equal(status, MIRTI_ERROR_OUTPUT);
        assert_true(err.file[0] != '\0');
        assert_false(exists("full"));
    }
}

static void test_running_out_of_memory(void **state) {
    (void)state;
    mirti_country_options options = {.directory = "poor",
                                     .states = 1,
                                     .municipalities = 1,
                                     .persons = 120,
                                     .seed = 3,
                                     .threads = 1};
    for (long granted = 0;; granted += 1 + granted / 7) {
        failing_memory memory = {granted, 0, 0};
        mirti_memory_hooks hooks = {failing_allocate, failing_reallocate, failing_release, &memory};
        mirti_error err = {0};
        mirti_memory_set_hooks(&hooks);
        mirti_status status = mirti_simulate(&options, NULL, NULL, &err);
        mirti_memory_set_hooks(NULL);
        assert_int_equal(memory.live, 0);
        if (status == MIRTI_OK) break;
        assert_int_equal(status, MIRTI_ERROR_MEMORY);
        assert_false(exists("poor"));
    }
    assert_true(exists("poor/country.json"));
}

/* ------------------------------------------------------------------------------------- options -- */

static void test_options_that_make_no_sense(void **state) {
    (void)state;
    static const struct {
        mirti_country_options options;
        const char *field;
    } cases[] = {
        {{.directory = "x", .states = 100}, "states"},
        {{.directory = "x", .states = -1}, "states"},
        {{.directory = "x", .states = 5, .municipalities = 4}, "municipalities"},
        {{.directory = "x", .states = 1, .municipalities = 571}, "municipalities"},
        {{.directory = "x", .municipalities = 1000000}, "municipalities"},
        {{.directory = "x", .municipalities = 100, .persons = 500}, "persons"},
        {{.directory = "x", .persons = 2000000000}, "persons"},
        {{.directory = "x", .survey_dwellings = -3}, "survey dwellings"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mirti_error err = {0};
        assert_int_equal(mirti_simulate(&cases[i].options, NULL, NULL, &err), MIRTI_ERROR_USAGE);
        assert_string_equal(err.field, cases[i].field);
        assert_true(err.remedy[0] != '\0');
        assert_false(exists("x"));
    }
    mirti_country_options nowhere = {0};
    assert_int_equal(mirti_simulate(&nowhere, NULL, NULL, NULL), MIRTI_ERROR_USAGE);
}

static void test_summary(void **state) {
    (void)state;
    mirti_country_options options = {
        .directory = "sum", .municipalities = 20, .persons = 6000, .seed = 9};
    mirti_country_summary made;
    assert_int_equal(mirti_simulate(&options, NULL, &made, NULL), MIRTI_OK);
    assert_int_equal(made.states, 8);
    assert_int_equal(made.municipalities, 20);
    /* Samples are random: within a sixth of what was asked for. */
    assert_in_range(made.person_rows, 5000, 7000);
    assert_in_range(made.population, 20000, 28000);
    assert_true(made.survey_children > 200);
    assert_true(made.children > made.population / 6 && made.children < made.population * 2 / 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_bytes_are_those_of_any_machine),
        cmocka_unit_test(test_seeds_matter),
        cmocka_unit_test(test_published_results_are_sums),
        cmocka_unit_test(test_totals_and_suppression),
        cmocka_unit_test(test_truth_agrees),
        cmocka_unit_test(test_boundaries_are_valid),
        cmocka_unit_test(test_a_folder_in_use_is_left_alone),
        cmocka_unit_test(test_overwriting_replaces_a_country_and_nothing_else),
        cmocka_unit_test(test_cancelling_leaves_nothing),
        cmocka_unit_test(test_a_full_disk_leaves_nothing),
        cmocka_unit_test(test_running_out_of_memory),
        cmocka_unit_test(test_options_that_make_no_sense),
        cmocka_unit_test(test_summary),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
