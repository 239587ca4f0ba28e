/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replicate weights of a survey: which columns of the file they are, where it brings them along, or
 * made from the design, where the project asks for them. */
#include "sample.h"

#include <math.h>
#include <string.h>

/* Whether a name fits a pattern in which `*` stands for any characters, or none. */
static bool fits(const char *pattern, const char *name) {
    for (; *pattern != '*'; pattern++, name++) {
        if (*pattern != *name) return false;
        if (*pattern == '\0') return true;
    }
    do
        if (fits(pattern + 1, name)) return true;
    while (*name++ != '\0');
    return false;
}

/* A column's name as an expression: in double quotes, those within it doubled. */
static char *quote(mirti_arena *arena, const char *name) {
    char *text = mirti_arena_new(arena, 2 * strlen(name) + 3), *end = text;
    if (!text) return NULL;
    *end++ = '"';
    for (; *name; name++) {
        if (*name == '"') *end++ = '"';
        *end++ = *name;
    }
    *end++ = '"';
    *end = '\0';
    return text;
}

static mirti_status fail(const mirti_model_spec *spec, mirti_place at, mirti_status status,
                         mirti_error *err) {
    mirti_fail_at(err, spec->path, at.line, at.column, NULL, NULL);
    return status;
}

mirti_status mirti_sample_replicates_find(mirti_sample_replicates *replicates,
                                          const mirti_model_spec *spec,
                                          const mirti_source_block *block, const mirti_field *field,
                                          int fields, mirti_arena *arena, mirti_error *err) {
    const mirti_replicate_columns *rule = &block->replicates;
    bool *taken = mirti_arena_new(arena, (size_t)fields * sizeof *taken);
    mirti_expression_text *found = mirti_arena_new(arena, (size_t)fields * sizeof *found);
    if (!taken || !found) return mirti_fail_memory(err, "replicate weights");
    memset(taken, 0, (size_t)fields * sizeof *taken);
    int count = 0;
    for (int i = 0; i < rule->columns; i++) {
        int before = count;
        for (int f = 0; f < fields; f++) {
            if (taken[f] || !fits(rule->column[i], field[f].name)) continue;
            char *name = quote(arena, field[f].name);
            if (!name) return mirti_fail_memory(err, "replicate weights");
            taken[f] = true;
            found[count++] = (mirti_expression_text){name, rule->place};
        }
        if (count > before) continue;
        return fail(spec, rule->place,
                    mirti_fail(err, MIRTI_ERROR_INPUT,
                               "the survey's file has no column of replicate weights '%.80s'",
                               rule->column[i]),
                    err);
    }
    if (count < 2)
        return fail(spec, rule->place,
                    mirti_fail(err, MIRTI_ERROR_INPUT,
                               "the survey's file has one column of replicate weights; a variance "
                               "needs two at least"),
                    err);
    if (rule->rscales > 0 && rule->rscales != count)
        return fail(spec, rule->rscales_place,
                    mirti_fail(err, MIRTI_ERROR_INPUT,
                               "'rscales' are for %d replicates, but the survey's file has %d",
                               rule->rscales, count),
                    err);
    replicates->count = count;
    replicates->expression = found;
    return MIRTI_OK;
}

mirti_status mirti_sample_replicates_add(mirti_sample_replicates *replicates,
                                         const mirti_source_block *block, const mirti_column *all,
                                         const mirti_batch *batch, int64_t i, int64_t row,
                                         double weight, mirti_error *err) {
    double *into = replicates->weight + row * replicates->count;
    for (int r = 0; r < replicates->count; r++) {
        const mirti_column *column = &all[replicates->first + r];
        const char *name = replicates->expression[r].text;
        if (!column->valid[i])
            return mirti_sample_design_unknown(batch, i, "replicates", name, err);
        into[r] = column->number[i] * (block->replicates.factors ? weight : 1);
        if (into[r] >= 0 && isfinite(into[r])) continue;
        char value[32];
        mirti_number_print(column->number[i], value);
        mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                         "a replicate weight must be zero or a positive number");
        mirti_fail_at(err, batch->file, mirti_batch_row(batch, i), 0, name, value);
        return status;
    }
    return MIRTI_OK;
}

mirti_status mirti_sample_replicates_make(const mirti_sample_replicates *replicates,
                                          mirti_sample *sample, const mirti_source_block *block,
                                          const mirti_sample_options *options, mirti_error *err) {
    const mirti_variance_choice *choice = &options->variance;
    const mirti_replicate_columns *rule = &block->replicates;
    if (choice->method == MIRTI_VARIANCE_LINEARISED) return MIRTI_OK;
    if (choice->method == MIRTI_VARIANCE_GIVEN)
        return mirti_survey_replicates_given(sample->design, replicates->weight, replicates->count,
                                             rule->scale, rule->rscale, rule->mse,
                                             &sample->replicates, err);
    /* methods and kinds come in the same order, but for linearisation before all */
    mirti_status status = mirti_survey_replicates_new(
        sample->design, (mirti_replicate_kind)(choice->method - 1), choice->replicates, choice->rho,
        options->seed, &sample->replicates, err);
    if (status != MIRTI_OK && options->project)
        mirti_fail_at(err, options->project, choice->place.line, choice->place.column, "variance",
                      NULL);
    return status;
}
