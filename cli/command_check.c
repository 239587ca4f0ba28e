/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti check: walks the whole way without writing anything, and says what it met. Exit status 1
 * when something would surprise the user: rows left out, areas without result, survey and census
 * that are unlike, codes that do not join. */
#include "command.h"
#include "mirti/pipeline.h"

#include <math.h>
#include <stdio.h>

typedef struct wording {
    const char *joined, *no_crs, *covered, *estimates, *missing, *found, *well;
} wording;

static const wording words[2] = {
    {.joined = "%s %lld of %lld areas have a boundary; %lld boundaries have no area (%s, %s)\n",
     .no_crs = "CRS unknown",
     .covered = "%s the boundaries cover %.0f km2 on the ellipsoid\n",
     .estimates =
         "%s %lld areas with a direct estimate: %lld used, %lld with too few rows, %lld that "
         "are 0 or 1 or have no variance, %lld without figures in the census, %lld not in the "
         "census\n",
     .missing = "%s %lld of %lld areas without a result\n",
     .found = "Something to look at: see above.\n",
     .well = "All is well.\n"},
    {.joined = "%s %lld de %lld áreas tienen polígono; %lld polígonos no tienen área (%s, %s)\n",
     .no_crs = "CRS desconocido",
     .covered = "%s los polígonos cubren %.0f km2 sobre el elipsoide\n",
     .estimates =
         "%s %lld áreas con estimación directa: %lld que se usan, %lld con muy pocos casos, %lld "
         "de 0 o 1 o sin varianza, %lld sin datos del censo, %lld que no están en el censo\n",
     .missing = "%s %lld de %lld áreas sin resultado\n",
     .found = "Hay algo que revisar: véase arriba.\n",
     .well = "Todo en orden.\n"},
};

static const wording *find_words(const char *language) {
    return &words[mirti_language_is_spanish(language)];
}

static int print_join(const char *language, const mirti_run_layer *layer) {
    const wording *w = find_words(language);
    const mirti_join *join = layer->join;
    char encoding[MIRTI_ENCODING_WORDS];
    if (!join) return 0;
    mirti_boundaries_encoding_words(&layer->boundaries_info, language, encoding);
    printf(w->joined, cli_column("").text, (long long)join->joined,
           (long long)layer->results->count, (long long)join->unmatched_features,
           layer->boundaries_info.crs[0] ? layer->boundaries_info.crs : w->no_crs, encoding);
    double km2;
    if (mirti_boundaries_total_area(layer->boundaries, &km2, NULL) == MIRTI_OK && isfinite(km2)) {
        printf(w->covered, cli_column("").text, km2);
    }
    return join->unmatched_results > 0 || join->unmatched_features > 0;
}

/* What the join doctor says of a layer in which something does not join. */
static mirti_status print_diagnosis(const mirti_run *run, int layer, const cli_arguments *arguments,
                                    mirti_error *err) {
    mirti_diagnosis *diagnosis = NULL;
    mirti_text text = {0};
    MIRTI_TRY(mirti_run_diagnose(run, layer, &diagnosis, err));
    mirti_diagnosis_text(diagnosis, run->language, arguments->rows > 0 ? arguments->rows : 10,
                         &text);
    if (!text.failed) fwrite(text.data, 1, text.size, stdout);
    mirti_status status = text.failed ? mirti_fail_memory(err, "the answer") : MIRTI_OK;
    mirti_text_reset(&text);
    mirti_diagnosis_free(diagnosis);
    return status;
}

/* The manifest, and behind it the diagnosis of every layer with boundaries, in one object. */
static mirti_status print_json(const mirti_run *run, mirti_error *err) {
    mirti_text manifest = {0};
    mirti_json json = {0};
    mirti_status status = mirti_run_manifest(run, &manifest, err);
    mirti_json_object(&json, NULL);
    for (int i = 0; i < run->layers && status == MIRTI_OK; i++) {
        mirti_diagnosis *diagnosis = NULL;
        if (!run->layer[i].join) continue;
        status = mirti_run_diagnose(run, i, &diagnosis, err);
        if (status == MIRTI_OK) mirti_diagnosis_json(diagnosis, run->layer[i].rule->kind, &json);
        mirti_diagnosis_free(diagnosis);
    }
    mirti_json_end(&json);
    if (status == MIRTI_OK) status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) {
        printf("{\"run\": %.*s,\n\"joins\": %.*s}\n", (int)manifest.size - 1, manifest.data,
               (int)json.text.size - 1, json.text.data);
    }
    mirti_json_reset(&json);
    mirti_text_reset(&manifest);
    return status;
}

/* Survey and census beside each other; 1 when they are unlike. */
static mirti_status print_support(const mirti_run *run, int *found, mirti_error *err) {
    mirti_text text = {0};
    bool odd;
    mirti_status status = mirti_run_support(run, &text, &odd, err);
    if (status == MIRTI_OK && text.size > 0) fwrite(text.data, 1, text.size, stdout);
    *found |= odd;
    mirti_text_reset(&text);
    return status;
}

/* Direct estimates that are not learned from. Few rows are no surprise: the project says so. */
static int print_area_model(const mirti_run *run) {
    const mirti_area_model *model = run->area_model;
    printf(find_words(run->language)->estimates, cli_column("").text,
           (long long)run->area_count.estimates, (long long)model->fit->used, (long long)model->few,
           (long long)model->unusable, (long long)run->area_count.without_traits,
           (long long)run->area_count.not_in_census);
    return run->area_count.not_in_census > 0;
}

static int print_findings(const mirti_run *run) {
    const char *language = run->language;
    const wording *w = find_words(language);
    /* an index has no survey */
    int found = run->sample ? cli_print_rows(language, "survey", &run->sample->count) : 0;
    if (run->sample) found |= cli_print_notices(language, &run->survey_reading);
    if (run->direct && !run->sample)
        found = cli_print_rows(language, "estimates", &run->direct->count);
    if (run->area_model) found |= print_area_model(run);
    for (int i = 0; i < run->layers; i++) {
        const mirti_run_layer *layer = &run->layer[i];
        found |= cli_print_rows(language, layer->rule->kind, &layer->count);
        if (i == 0) found |= cli_print_notices(language, &run->census_reading);
        int64_t missing = 0;
        for (int64_t a = 0; a < layer->results->count; a++)
            missing += layer->results->missing[a] != MIRTI_AREA_COMPLETE;
        if (missing > 0) {
            printf(w->missing, cli_column("").text, (long long)missing,
                   (long long)layer->results->count);
        }
        found |= missing > 0;
        found |= print_join(language, layer);
    }
    return found;
}

static int run_check(const cli_arguments *arguments) {
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_run_options options = cli_run_options(arguments, &listener);
    mirti_error err = {0};
    mirti_run *run = NULL;
    int found = 0;
    mirti_status status = cli_run_open(&options, &terminal, &run, &err);
    if (status == MIRTI_OK) status = mirti_run_read(run, &err);
    if (status == MIRTI_OK) status = mirti_run_compute(run, &err);
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK && arguments->json) {
        status = print_json(run, &err);
    } else if (status == MIRTI_OK) {
        found = print_findings(run);
        status = print_support(run, &found, &err);
        fputs(found ? find_words(run->language)->found : find_words(run->language)->well, stdout);
        for (int i = 0; i < run->layers && status == MIRTI_OK; i++) {
            const mirti_join *join = run->layer[i].join;
            bool alone = join && (join->unmatched_results > 0 || join->unmatched_features > 0);
            if (alone) status = print_diagnosis(run, i, arguments, &err);
        }
    }
    mirti_run_free(run);
    return status == MIRTI_OK ? found : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_data,     &cli_option_threads, &cli_option_rows,    &cli_option_json,
    &cli_option_language, &cli_option_quiet,   &cli_option_verbose, NULL,
};
const cli_command cli_command_check = {
    "check",
    "From survey to map",
    "PROJECT.yaml",
    "go the whole way without writing anything, and say what was met",
    "Every predictor's distribution is laid side by side in survey and census. Exit status 1 when "
    "there is something to look at: rows left out, areas without a result, survey and census "
    "unlike each other, codes that do not join. Of those the join doctor tells the nearest "
    "candidates.",
    1,
    1,
    options,
    run_check,
};
