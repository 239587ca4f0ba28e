/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Project files (`mirti.yaml`): which model, which files, which boundaries, which outputs. A
 * project holds no method of its own: what it does not say has a default that the reference states.
 */
#include <string.h>

#include "project.h"

typedef struct owned_project {
    mirti_project project; /* first: a pointer to it is a pointer to the whole */
    mirti_arena arena;
} owned_project;

enum { FEWEST_REPLICATES = 20, USUAL_REPLICATES = 200 };
static const uint64_t not_said = UINT64_MAX; /* of `bootstrap` */

/* ------------------------------------------------------------------------------------ inputs -- */

static mirti_status read_language(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    char **language = &((mirti_project *)object)->language;
    MIRTI_TRY(mirti_spec_text(r, node, "language", language));
    size_t letters = strspn(*language, "abcdefghijklmnopqrstuvwxyz");
    if ((*language)[letters] == '\0' && letters >= 2 && letters <= 3) return MIRTI_OK;
    mirti_spec_fail(r, node->text_place, "'%.80s' is not a language", *language);
    mirti_fail_remedy(r->err, "Write its code of two or three letters: es, en.");
    return MIRTI_ERROR_INPUT;
}

/* One character, or "tab". A tab between quotes is all blank, which `mirti_spec_text` refuses. */
static mirti_status read_delimiter(mirti_spec_reader *r, const mirti_spec_node *node,
                                   void *object) {
    char **delimiter = &((mirti_input *)object)->delimiter;
    bool tab = node->kind == MIRTI_NODE_TEXT &&
               (strcmp(node->text, "\t") == 0 || strcmp(node->text, "tab") == 0);
    if (tab) {
        *delimiter = mirti_arena_copy(r->arena, "\t", 1);
        return *delimiter != NULL ? MIRTI_OK : mirti_spec_fail_memory(r);
    }
    MIRTI_TRY(mirti_spec_text(r, node, "delimiter", delimiter));
    char c = (*delimiter)[0];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (strlen(*delimiter) == 1 && !letter && c != '"' && c > ' ') return MIRTI_OK;
    mirti_spec_fail(r, node->text_place, "a delimiter is one character between two columns");
    mirti_fail_at(r->err, NULL, 0, 0, "delimiter", node->text);
    mirti_fail_remedy(r->err, "Write ',' or ';' or '|' in quotes, or tab.");
    return MIRTI_ERROR_INPUT;
}

/* `tables:` of a file: name of the model's table, and its path. */
static mirti_status read_tables(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_input *input = object;
    MIRTI_TRY(mirti_spec_map(r, node, "tables"));
    input->table = mirti_spec_new(r, (size_t)node->count, sizeof *input->table);
    if (input->table == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_input_table *table = &input->table[input->tables++];
        MIRTI_TRY(mirti_spec_name(r, e->key, "tables", &table->name));
        MIRTI_TRY(mirti_spec_text(r, e->value, table->name, &table->path));
        table->name_place = e->key->place;
        table->place = e->value->text_place;
    }
    return MIRTI_OK;
}

static const char *const lonely_psu_names[] = {
    [MIRTI_LONELY_FAIL] = "fail",           [MIRTI_LONELY_REMOVE] = "remove",
    [MIRTI_LONELY_ADJUST] = "adjust",       [MIRTI_LONELY_AVERAGE] = "average",
    [MIRTI_LONELY_CERTAINTY] = "certainty", NULL};

/* `survey:` as written. The file comes first here and in mirti_boundary_input, so that the keys of
 * a file are the same for all. */
typedef struct survey_section {
    mirti_input input;
    mirti_lonely_psu lonely_psu;
    mirti_variance_choice variance;
} survey_section;
_Static_assert(offsetof(survey_section, input) == 0, "the file comes first");
_Static_assert(offsetof(mirti_boundary_input, file) == 0, "the file comes first");

static mirti_status read_variance(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    return mirti_spec_read_variance(r, node, &((survey_section *)object)->variance);
}

#define FILE_KEYS                                                                                  \
    {.name = "file",                                                                               \
     .type = MIRTI_KEY_TEXT,                                                                       \
     .required = true,                                                                             \
     .at = offsetof(mirti_input, path),                                                            \
     .meaning = "path of the file"},                                                               \
        {.name = "layer",                                                                          \
         .type = MIRTI_KEY_TEXT,                                                                   \
         .at = offsetof(mirti_input, layer),                                                       \
         .meaning = "its layer, sheet or table, where it has several"},                            \
    {                                                                                              \
        .name = "encoding", .type = MIRTI_KEY_TEXT, .at = offsetof(mirti_input, encoding),         \
        .meaning = "its encoding, where the file does not say or lies"                             \
    }
#define DATA_KEYS                                                                                  \
    FILE_KEYS,                                                                                     \
        {.name = "source",                                                                         \
         .type = MIRTI_KEY_NAME,                                                                   \
         .required = true,                                                                         \
         .at = offsetof(mirti_input, source),                                                      \
         .meaning = "the name of the model's source that says how to read it"},                    \
        {.name = "tables",                                                                         \
         .type = MIRTI_KEY_OWN,                                                                    \
         .read = read_tables,                                                                      \
         .meaning = "the files of the tables that the source joins"},                              \
    {                                                                                              \
        .name = "delimiter", .type = MIRTI_KEY_OWN, .read = read_delimiter,                        \
        .meaning = "what stands between two columns of a text file"                                \
    }

static const mirti_spec_key survey_keys[] = {
    DATA_KEYS,
    {.name = "lonely_psu",
     .type = MIRTI_KEY_CHOICE,
     .choices = lonely_psu_names,
     .at = offsetof(survey_section, lonely_psu),
     .meaning = "what a stratum with one PSU contributes to the variance"},
    {.name = "variance",
     .type = MIRTI_KEY_OWN,
     .read = read_variance,
     .meaning = "where standard errors come from: linearised, or replicate weights"},
};
static const mirti_spec_key census_keys[] = {DATA_KEYS};
static MIRTI_SPEC_TABLE(survey_table, "the survey of a project", survey_keys);
static MIRTI_SPEC_TABLE(census_table, "the census of a project", census_keys);

/* Files and sources are looked for later; then messages point here. */
static void keep_places(const mirti_spec_node *map, mirti_input *input) {
    const mirti_spec_node *path = mirti_spec_get(map, "file");
    const mirti_spec_node *source = mirti_spec_get(map, "source");
    if (path != NULL) input->place = path->text_place;
    if (source != NULL) input->source_place = source->text_place;
}

static mirti_status read_survey(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_project *project = object;
    survey_section section = {0};
    MIRTI_TRY(mirti_spec_read_keys(r, &survey_table, node, &section));
    keep_places(node, &section.input);
    project->survey = section.input;
    project->lonely_psu = section.lonely_psu;
    project->variance = section.variance;
    return MIRTI_OK;
}

static mirti_status read_census(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_input *census = &((mirti_project *)object)->census;
    MIRTI_TRY(mirti_spec_read_keys(r, &census_table, node, census));
    keep_places(node, census);
    return MIRTI_OK;
}

/* -------------------------------------------------------------------------------- boundaries -- */

static const mirti_spec_key boundary_keys[] = {
    FILE_KEYS,
    {.name = "code",
     .type = MIRTI_KEY_TEXT,
     .at = offsetof(mirti_boundary_input, code),
     .meaning = "its column with the code of the area"},
    {.name = "name",
     .type = MIRTI_KEY_TEXT,
     .at = offsetof(mirti_boundary_input, name),
     .meaning = "its column with the name of the area"},
    {.name = "crs",
     .type = MIRTI_KEY_TEXT,
     .at = offsetof(mirti_boundary_input, crs),
     .meaning = "its coordinate reference system, where the file does not say"},
    {.name = "lineage",
     .type = MIRTI_KEY_TEXT,
     .at = offsetof(mirti_boundary_input, lineage),
     .meaning = "a table of areas that were split, where the file is newer than the census"},
};
static MIRTI_SPEC_TABLE(boundary_table, "boundaries of a project", boundary_keys);

static mirti_status read_boundaries(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *object) {
    mirti_project *project = object;
    MIRTI_TRY(mirti_spec_map(r, node, "boundaries"));
    project->boundary = mirti_spec_new(r, (size_t)node->count, sizeof *project->boundary);
    if (project->boundary == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_boundary_input *boundary = &project->boundary[project->boundaries++];
        MIRTI_TRY(mirti_spec_name(r, e->key, "boundaries", &boundary->kind));
        boundary->place = e->key->place;
        boundary->code = mirti_arena_copy(r->arena, "CVEGEO", 6);
        boundary->name = mirti_arena_copy(r->arena, "NOMGEO", 6);
        if (boundary->code == NULL || boundary->name == NULL) return mirti_spec_fail_memory(r);
        MIRTI_TRY(mirti_spec_read_keys(r, &boundary_table, e->value, boundary));
        keep_places(e->value, &boundary->file);
    }
    return MIRTI_OK;
}

/* ----------------------------------------------------------------------------------- classes -- */

static const char *const class_methods[] = {[MIRTI_CLASS_DALENIUS_HODGES] = "dalenius-hodges",
                                            [MIRTI_CLASS_FISHER_JENKS] = "fisher-jenks",
                                            [MIRTI_CLASS_QUANTILE] = "quantile",
                                            [MIRTI_CLASS_EQUAL] = "equal",
                                            [MIRTI_CLASS_STD_DEV] = "std-dev",
                                            [MIRTI_CLASS_FIXED] = "fixed",
                                            NULL};

enum { FEWEST_LEVELS = 2, MOST_LEVELS = 9 };

static mirti_status read_class_variable(mirti_spec_reader *r, const mirti_spec_node *node,
                                        void *object) {
    static const char *const names[] = {"risk", "at_risk", "index", NULL};
    int choice;
    MIRTI_TRY(mirti_spec_choice(r, node, "of", names, &choice));
    ((mirti_project *)object)->classes.by_children = choice == 1;
    ((mirti_project *)object)->classes.by_index = choice == 2;
    return MIRTI_OK;
}

static mirti_status read_within(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    static const char *const names[] = {"nation", "parent", NULL};
    int choice;
    MIRTI_TRY(mirti_spec_choice(r, node, "within", names, &choice));
    ((mirti_project *)object)->classes.within_parent = choice == 1;
    return MIRTI_OK;
}

/* The number of levels follows from the breaks or the labels where it is not given. */
static mirti_status agree_on_levels(mirti_spec_reader *r, const mirti_spec_node *node,
                                    const char *what, int levels, mirti_class_options *classes) {
    if (classes->levels == 0) classes->levels = levels;
    if (classes->levels != levels)
        return mirti_spec_fail(r, node->place, "'%s' is for %d levels, but there are %d", what,
                               levels, classes->levels);
    if (levels >= FEWEST_LEVELS && levels <= MOST_LEVELS) return MIRTI_OK;
    return mirti_spec_fail(r, node->place, "'%s' is for %d levels; there can be %d to %d", what,
                           levels, FEWEST_LEVELS, MOST_LEVELS);
}

static mirti_status read_breaks(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_class_options *classes = &((mirti_project *)object)->classes;
    MIRTI_TRY(mirti_spec_list(r, node, "breaks"));
    if (classes->method != MIRTI_CLASS_FIXED) {
        mirti_spec_fail(r, node->place, "'breaks' are given, but the method is to find them");
        mirti_fail_remedy(r->err, "Write 'method: fixed', or remove 'breaks'.");
        return MIRTI_ERROR_INPUT;
    }
    MIRTI_TRY(agree_on_levels(r, node, "breaks", node->count + 1, classes));
    classes->breaks = mirti_spec_new(r, (size_t)node->count, sizeof *classes->breaks);
    if (classes->breaks == NULL) return mirti_spec_fail_memory(r);
    double most = classes->by_children ? 1e12 : classes->by_index ? 100.0 : 1.0;
    int i = 0;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, i++) {
        MIRTI_TRY(mirti_spec_number(r, e->value, "breaks", 0.0, most, &classes->breaks[i]));
        if (i > 0 && classes->breaks[i] <= classes->breaks[i - 1])
            return mirti_spec_fail(r, e->value->place, "'breaks' must ascend");
    }
    return MIRTI_OK;
}

static mirti_status read_labels(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_class_options *classes = &((mirti_project *)object)->classes;
    MIRTI_TRY(mirti_spec_list(r, node, "labels"));
    MIRTI_TRY(agree_on_levels(r, node, "labels", node->count, classes));
    classes->label = mirti_spec_new(r, (size_t)node->count, sizeof *classes->label);
    if (classes->label == NULL) return mirti_spec_fail_memory(r);
    int i = 0;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, i++)
        MIRTI_TRY(mirti_spec_localized(r, e->value, "labels", &classes->label[i]));
    return MIRTI_OK;
}

#define CLASSES(member) offsetof(mirti_project, classes.member)
static const mirti_spec_key classes_keys[] = {
    {.name = "method",
     .type = MIRTI_KEY_CHOICE,
     .choices = class_methods,
     .at = CLASSES(method),
     .meaning = "how the breaks between levels are found"},
    {.name = "levels",
     .type = MIRTI_KEY_INTEGER,
     .low = FEWEST_LEVELS,
     .high = MOST_LEVELS,
     .at = CLASSES(levels),
     .meaning = "how many levels there are"},
    {.name = "of",
     .type = MIRTI_KEY_OWN,
     .read = read_class_variable,
     .meaning = "what is classed: risk, at_risk (the number of children), or index"},
    {.name = "within",
     .type = MIRTI_KEY_OWN,
     .read = read_within,
     .meaning = "where the levels are found: in the nation, or in each parent area"},
    {.name = "weighted",
     .type = MIRTI_KEY_FLAG,
     .at = CLASSES(weighted),
     .meaning = "whether areas count by their children"},
    {.name = "bins",
     .type = MIRTI_KEY_INTEGER,
     .low = 10,
     .high = 100000,
     .at = CLASSES(bins),
     .meaning = "number of bins of dalenius-hodges"},
    {.name = "breaks",
     .type = MIRTI_KEY_OWN,
     .read = read_breaks,
     .meaning = "the breaks themselves, for the method fixed"},
    {.name = "labels",
     .type = MIRTI_KEY_OWN,
     .read = read_labels,
     .meaning = "the names of the levels, the lowest first"},
};
static MIRTI_SPEC_TABLE(classes_table, "the classes of a project", classes_keys);

static mirti_status read_classes(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_class_options *classes = &((mirti_project *)object)->classes;
    classes->levels = 0; /* not given yet */
    MIRTI_TRY(mirti_spec_read_keys(r, &classes_table, node, object));
    if (classes->method == MIRTI_CLASS_FIXED && classes->breaks == NULL) {
        mirti_spec_fail(r, mirti_spec_key_place(node, "method"), "the method fixed needs 'breaks'");
        mirti_fail_remedy(r->err, "Write 'breaks: [0.1, 0.2]': one less than there are levels.");
        return MIRTI_ERROR_INPUT;
    }
    if (classes->levels == 0) classes->levels = 3;
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- hot spots -- */

static const char *const neighbour_names[] = {[MIRTI_NEIGHBOURS_QUEEN] = "queen",
                                              [MIRTI_NEIGHBOURS_ROOK] = "rook",
                                              [MIRTI_NEIGHBOURS_NEAREST] = "nearest",
                                              NULL};

#define HOTSPOTS(member) offsetof(mirti_hotspot_choice, member)
static const mirti_spec_key hotspot_keys[] = {
    {.name = "neighbours",
     .type = MIRTI_KEY_CHOICE,
     .choices = neighbour_names,
     .at = HOTSPOTS(neighbours),
     .meaning = "who counts as a neighbour"},
    {.name = "nearest",
     .type = MIRTI_KEY_INTEGER,
     .low = 1,
     .high = 1000,
     .at = HOTSPOTS(nearest),
     .meaning = "how many neighbours, for nearest"},
    {.name = "permutations",
     .type = MIRTI_KEY_INTEGER,
     .low = 99,
     .high = 9999999,
     .at = HOTSPOTS(permutations),
     .meaning = "how often an area's neighbours are drawn, at most"},
    {.name = "false_discovery",
     .type = MIRTI_KEY_NUMBER,
     .low = 0.0001,
     .high = 0.5,
     .at = HOTSPOTS(false_discovery),
     .meaning = "the share of false clusters that is put up with"},
};
static MIRTI_SPEC_TABLE(hotspot_table, "the hot spots of a project", hotspot_keys);

static mirti_status read_hotspots(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_hotspot_choice *hotspots = &((mirti_project *)object)->hotspots;
    hotspots->wanted = true;
    return mirti_spec_read_keys(r, &hotspot_table, node, hotspots);
}

/* ----------------------------------------------------------------------------------- support -- */

#define SUPPORT(member) offsetof(mirti_support_choice, member)
static const mirti_spec_key support_keys[] = {
    {.name = "limit",
     .type = MIRTI_KEY_NUMBER,
     .low = 0.01,
     .high = 10,
     .at = SUPPORT(limit),
     .meaning = "the standardised difference beyond which a predictor is flagged"},
    {.name = "unseen",
     .type = MIRTI_KEY_NUMBER,
     .low = 0,
     .high = 1,
     .at = SUPPORT(unseen),
     .meaning = "the share of children unlike any of the survey beyond which an area is counted"},
};
static MIRTI_SPEC_TABLE(support_table, "the support of a project", support_keys);

static mirti_status read_support(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    return mirti_spec_read_keys(r, &support_table, node, &((mirti_project *)object)->support);
}

/* --------------------------------------------------------------------------------- the whole -- */

static mirti_status read_model(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_project *project = object;
    project->model_place = node->text_place;
    return mirti_spec_text(r, node, "model", &project->model);
}

static const mirti_spec_key project_keys[] = {
    {.name = "mirti-project",
     .type = MIRTI_KEY_OWN,
     .required = true, /* read before all else */
     .meaning = "the version of the format: 1"},
    {.name = "name",
     .type = MIRTI_KEY_NAME,
     .required = true,
     .at = offsetof(mirti_project, name),
     .meaning = "a short name of the project"},
    {.name = "title",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_project, title),
     .meaning = "the title of map and report"},
    {.name = "language",
     .type = MIRTI_KEY_OWN,
     .read = read_language,
     .meaning = "the language of the results"},
    {.name = "model",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = read_model,
     .meaning = "path of the model file, relative to the project file"},
    {.name = "survey",
     .type = MIRTI_KEY_OWN, /* required by a model, refused by an index: see project_check.c */
     .read = read_survey,
     .meaning = "the survey from which the model learns"},
    {.name = "census",
     .type = MIRTI_KEY_OWN, /* what only asks the survey needs none */
     .read = read_census,
     .meaning = "the census to which it is carried"},
    {.name = "boundaries",
     .type = MIRTI_KEY_OWN,
     .read = read_boundaries,
     .meaning = "the boundaries of each kind of area"},
    {.name = "classes",
     .type = MIRTI_KEY_OWN,
     .read = read_classes,
     .meaning = "how areas are put in levels of risk"},
    {.name = "hotspots",
     .type = MIRTI_KEY_OWN,
     .read = read_hotspots,
     .meaning = "whether and how clusters of risk are looked for"},
    {.name = "support",
     .type = MIRTI_KEY_OWN,
     .read = read_support,
     .meaning = "from where on survey and census count as unlike"},
    {.name = "confidence",
     .type = MIRTI_KEY_NUMBER,
     .low = 0.5,
     .high = 0.9999,
     .at = offsetof(mirti_project, confidence),
     .meaning = "the confidence of intervals"},
    {.name = "seed",
     .type = MIRTI_KEY_WHOLE,
     .low = 0,
     .high = 9007199254740992.0,
     .at = offsetof(mirti_project, seed),
     .meaning = "the seed of everything that is drawn"},
    {.name = "dispersion",
     .type = MIRTI_KEY_FLAG,
     .at = offsetof(mirti_project, dispersion),
     .meaning =
         "whether the spread of traits within the cells of aggregates is taken into account"},
    {.name = "area_model",
     .type = MIRTI_KEY_OWN,
     .read = mirti_spec_read_area_model,
     .meaning = "whether direct estimates by area are learned from instead of persons, and how"},
    {.name = "area_effects",
     .type = MIRTI_KEY_OWN,
     .read = mirti_spec_read_effects,
     .meaning = "whether areas may differ beyond what their traits explain, and at which level"},
    {.name = "bootstrap",
     .type = MIRTI_KEY_WHOLE,
     .low = 0,
     .high = 10000,
     .at = offsetof(mirti_project, bootstrap),
     .meaning = "the replicates of the bootstrap that finds the errors of risks"},
    {.name = "benchmark",
     .type = MIRTI_KEY_FLAG,
     .at = offsetof(mirti_project, benchmark),
     .meaning = "whether results are made to agree with the survey's direct estimates"},
    {.name = "benchmark_cv",
     .type = MIRTI_KEY_NUMBER,
     .low = 0.001,
     .high = 1,
     .at = offsetof(mirti_project, benchmark_cv),
     .meaning = "the coefficient of variation up to which a direct estimate stands by itself"},
};
static MIRTI_SPEC_TABLE(project_table, "a project file", project_keys);

const mirti_spec_table *const *mirti_spec_project_tables(int *count) {
    static const mirti_spec_table *const tables[] = {&project_table,
                                                     &survey_table,
                                                     &mirti_spec_variance_table,
                                                     &census_table,
                                                     &boundary_table,
                                                     &classes_table,
                                                     &hotspot_table,
                                                     &support_table,
                                                     &mirti_spec_area_model_table,
                                                     &mirti_spec_effects_table};
    *count = (int)(sizeof tables / sizeof tables[0]);
    return tables;
}

/* What keys say of each other; a bootstrap of which nothing is said is made where there are
 * effects. */
static mirti_status check_keys(mirti_spec_reader *r, mirti_project *project) {
    const mirti_effects_choice *effects = &project->area_effects;
    if (project->bootstrap == not_said) project->bootstrap = effects->wanted ? USUAL_REPLICATES : 0;
    if (project->bootstrap == 0) return MIRTI_OK;
    mirti_place place = mirti_spec_key_place(r->root, "bootstrap");
    if (!effects->wanted) {
        mirti_spec_fail(r, place,
                        "a bootstrap is of risks with effects of areas, which are not "
                        "asked for");
        mirti_fail_remedy(r->err, "Write 'area_effects: true', or leave 'bootstrap' out: the error "
                                  "of the plain logit is known without it.");
        return MIRTI_ERROR_INPUT;
    }
    if (project->bootstrap >= FEWEST_REPLICATES) return MIRTI_OK;
    mirti_spec_fail(r, place, "a bootstrap of %d replicates cannot tell errors from chance",
                    (int)project->bootstrap);
    mirti_fail_remedy(r->err, "Ask for some hundreds, such as 200; %d are the fewest.",
                      FEWEST_REPLICATES);
    return MIRTI_ERROR_INPUT;
}

static mirti_status set_defaults(mirti_spec_reader *r, mirti_project *project) {
    project->confidence = 0.95;
    project->dispersion = true;
    project->benchmark_cv = 0.15;
    project->seed = 1;
    project->bootstrap = not_said;
    project->classes = (mirti_class_options){.levels = 3, .bins = 100};
    project->hotspots =
        (mirti_hotspot_choice){.nearest = 6, .permutations = 9999, .false_discovery = 0.05};
    project->support = (mirti_support_choice){.limit = 0.25, .unseen = 0.25};
    project->area_model = (mirti_area_choice){.scale = MIRTI_SCALE_ARCSINE, .smoothed = -1};
    project->area_effects = (mirti_effects_choice){.scaling = MIRTI_SCALING_EFFECTIVE};
    project->language = mirti_arena_copy(r->arena, "es", 2);
    project->path = mirti_arena_copy(r->arena, r->path, strlen(r->path));
    return project->language != NULL && project->path != NULL ? MIRTI_OK
                                                              : mirti_spec_fail_memory(r);
}

mirti_status mirti_project_parse(const char *text, size_t size, const char *path,
                                 mirti_project **out, mirti_error *err) {
    *out = NULL;
    owned_project *owned = mirti_new(1, sizeof *owned);
    if (owned == NULL) return mirti_fail_memory(err, "a project file");
    mirti_project *project = &owned->project;
    mirti_spec_reader r = {.path = path, .arena = &owned->arena, .err = err};
    mirti_status status;
    MIRTI_TRY_GOTO(status, set_defaults(&r, project), end);
    MIRTI_TRY_GOTO(status, mirti_spec_document_parse(text, size, path, r.arena, &r.root, err), end);
    MIRTI_TRY_GOTO(
        status, mirti_spec_check_header(&r, "mirti-project", "mirti-model", "a model file"), end);
    MIRTI_TRY_GOTO(status, mirti_spec_read_keys(&r, &project_table, r.root, project), end);
    project->area_effects.place = mirti_spec_key_place(r.root, "area_effects");
    status = check_keys(&r, project);
end:
    if (status == MIRTI_OK)
        *out = project;
    else
        mirti_project_free(project);
    return status;
}

mirti_status mirti_project_read(const char *path, mirti_project **out, mirti_error *err) {
    char *text;
    size_t size;
    *out = NULL;
    MIRTI_TRY(mirti_spec_document_load(path, &text, &size, err));
    mirti_status status = mirti_project_parse(text, size, path, out, err);
    mirti_free(text);
    return status;
}

void mirti_project_free(mirti_project *project) {
    if (project == NULL) return;
    owned_project *owned = (owned_project *)(void *)project;
    mirti_arena_reset(&owned->arena);
    mirti_free(owned);
}
