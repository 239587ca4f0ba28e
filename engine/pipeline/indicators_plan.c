/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what is asked of a survey – names and expressions, of whom, by what – to the expressions
 * that have to be read row by row. A name means, in this order, an indicator of the source, the
 * outcome, a predictor; anything else is an expression over the columns of the survey.
 */
#include "indicators.h"

#include <string.h>

typedef struct planner {
    const mirti_run *run;
    const mirti_indicators_options *options;
    indicators_plan *plan;
    mirti_indicators *out;
    int room, extra_room;
    int among; /* of `options`, among the extras */
} planner;

void mirti_indicators_plan_reset(indicators_plan *plan) {
    mirti_free(plan->ask);
    mirti_free(plan->extra);
    mirti_arena_reset(&plan->texts);
}

static mirti_status no_memory(mirti_error *err) {
    return mirti_fail_memory(err, "the indicators");
}

/* ------------------------------------------------------------------------------ lists of texts -- */

/* Length of the next item: up to a comma outside quotes and parentheses. */
static size_t item_length(const char *list) {
    int depth = 0;
    char quote = '\0';
    size_t n = 0;
    for (; list[n]; n++) {
        char c = list[n];
        if (quote) {
            if (c == quote) quote = '\0';
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '(') {
            depth++;
        } else if (c == ')') {
            depth--;
        } else if (c == ',' && depth <= 0) {
            break;
        }
    }
    return n;
}

/* Takes the next item off a list, without the blanks around it; NULL on no memory. */
static char *take_item(planner *p, const char **list) {
    const char *begin = *list;
    size_t n = item_length(begin);
    *list = begin + n + (begin[n] == ',');
    while (n > 0 && (*begin == ' ' || *begin == '\t'))
        begin++, n--;
    while (n > 0 && (begin[n - 1] == ' ' || begin[n - 1] == '\t'))
        n--;
    return mirti_arena_copy(&p->plan->texts, begin, n);
}

/* ---------------------------------------------------------------------------------- expressions -- */

static mirti_status add_extra(planner *p, const char *text, mirti_expression_origin origin,
                              mirti_type want, int *place, mirti_error *err) {
    indicators_plan *plan = p->plan;
    if (plan->extras == p->extra_room) {
        int room = p->extra_room ? 2 * p->extra_room : 16;
        mirti_sample_extra *grown = mirti_resize(plan->extra, (size_t)room, sizeof *grown);
        if (!grown) return no_memory(err);
        plan->extra = grown;
        p->extra_room = room;
    }
    *place = plan->extras++;
    plan->extra[*place] = (mirti_sample_extra){.text = text, .origin = origin, .want = want};
    return MIRTI_OK;
}

/* An expression of the model file. */
static mirti_status add_written(planner *p, const char *name, const mirti_expression_text *text,
                                mirti_type want, int *place, mirti_error *err) {
    *place = -1;
    if (!text->text) return MIRTI_OK;
    return add_extra(
        p, text->text,
        (mirti_expression_origin){p->run->spec->path, text->place.line, text->place.column, name},
        want, place, err);
}

/* An expression of the command line; `option` is what messages call its file. */
static mirti_status add_typed(planner *p, const char *option, const char *text, mirti_type want,
                              int *place, mirti_error *err) {
    *place = -1;
    if (!text) return MIRTI_OK;
    return add_extra(p, text, (mirti_expression_origin){option, 1, 1, NULL}, want, place, err);
}

/* ----------------------------------------------------------------------------------- indicators -- */

static mirti_status add_ask(planner *p, indicators_ask ask, const char *name, const char *label,
                            const char *level, mirti_survey_statistic statistic, mirti_error *err) {
    mirti_indicators *out = p->out;
    if (out->indicators == MIRTI_INDICATORS_MOST)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "more than %d indicators are asked for",
                          MIRTI_INDICATORS_MOST);
    if (out->indicators == p->room) {
        int room = p->room ? 2 * p->room : 16;
        mirti_indicator *grown = mirti_resize(out->indicator, (size_t)room, sizeof *grown);
        if (grown) out->indicator = grown;
        indicators_ask *asks = mirti_resize(p->plan->ask, (size_t)room, sizeof *asks);
        if (asks) p->plan->ask = asks;
        if (!grown || !asks) return no_memory(err);
        p->room = room;
    }
    const char *own = mirti_arena_copy(&out->texts, name, strlen(name));
    if (!own) return no_memory(err);
    p->plan->ask[p->plan->asks++] = ask;
    out->indicator[out->indicators++] = (mirti_indicator){
        .name = own, .label = label ? label : own, .level = level, .statistic = statistic};
    return MIRTI_OK;
}

static mirti_survey_statistic asked_statistic(const planner *p) {
    if (p->options->per) return MIRTI_SURVEY_RATIO;
    return p->options->total ? MIRTI_SURVEY_TOTAL : MIRTI_SURVEY_MEAN;
}

static mirti_status add_named(planner *p, const mirti_indicator_rule *rule, mirti_error *err) {
    indicators_ask ask = {.predictor = -1};
    MIRTI_TRY(add_written(p, rule->name, &rule->value, MIRTI_TYPE_NUMBER, &ask.value, err));
    MIRTI_TRY(add_written(p, rule->name, &rule->among, MIRTI_TYPE_TRUTH, &ask.among, err));
    MIRTI_TRY(add_written(p, rule->name, &rule->per, MIRTI_TYPE_NUMBER, &ask.per, err));
    mirti_survey_statistic statistic = rule->per.text ? MIRTI_SURVEY_RATIO
                                       : rule->statistic == MIRTI_INDICATOR_TOTAL
                                           ? MIRTI_SURVEY_TOTAL
                                           : MIRTI_SURVEY_MEAN;
    if (p->options->total && statistic == MIRTI_SURVEY_MEAN) statistic = MIRTI_SURVEY_TOTAL;
    return add_ask(p, ask, rule->name,
                   mirti_localized_get(&rule->label, p->run->language, rule->name), NULL, statistic,
                   err);
}

static mirti_status add_per(planner *p, indicators_ask *ask, mirti_error *err) {
    ask->among = -1;
    return add_typed(p, "--per", p->options->per, MIRTI_TYPE_NUMBER, &ask->per, err);
}

static mirti_status add_outcome(planner *p, mirti_error *err) {
    const mirti_model_spec *spec = p->run->spec;
    indicators_ask ask = {.predictor = -1};
    MIRTI_TRY(add_written(p, spec->outcome, &p->run->survey_block->outcome, MIRTI_TYPE_TRUTH,
                          &ask.value, err));
    MIRTI_TRY(add_per(p, &ask, err));
    return add_ask(p, ask, spec->outcome,
                   mirti_localized_get(&spec->outcome_label, p->run->language, spec->outcome), NULL,
                   asked_statistic(p), err);
}

static mirti_status add_predictor(planner *p, int k, mirti_error *err) {
    const mirti_predictor *predictor = &p->run->spec->predictor[k];
    const char *label = mirti_localized_get(&predictor->label, p->run->language, predictor->name);
    bool category = predictor->kind == MIRTI_PREDICTOR_CATEGORY;
    indicators_ask ask = {.predictor = category ? k : -1};
    MIRTI_TRY(add_written(p, predictor->name, &p->run->survey_block->predictor[k],
                          category                                    ? MIRTI_TYPE_TEXT
                          : predictor->kind == MIRTI_PREDICTOR_BINARY ? MIRTI_TYPE_TRUTH
                                                                      : MIRTI_TYPE_NUMBER,
                          &ask.value, err));
    MIRTI_TRY(add_per(p, &ask, err));
    if (ask.value < 0) {
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_INPUT, "source '%s' has no expression for predictor '%s'",
                       p->run->survey_block->name, predictor->name);
        mirti_fail_at(err, p->run->spec->path, p->run->survey_block->place.line,
                      p->run->survey_block->place.column, NULL, NULL);
        return status;
    }
    if (!category) return add_ask(p, ask, predictor->name, label, NULL, asked_statistic(p), err);
    for (int l = 0; l < predictor->levels; l++) {
        ask.level = l;
        MIRTI_TRY(
            add_ask(p, ask, predictor->name, label, predictor->level[l], asked_statistic(p), err));
    }
    return MIRTI_OK;
}

static mirti_status add_asked(planner *p, const char *text, mirti_error *err) {
    const mirti_source_block *block = p->run->survey_block;
    for (int i = 0; i < block->indicators; i++)
        if (strcmp(block->indicator[i].name, text) == 0)
            return add_named(p, &block->indicator[i], err);
    if (strcmp(text, p->run->spec->outcome) == 0) return add_outcome(p, err);
    int predictor = mirti_model_spec_predictor(p->run->spec, text);
    if (predictor >= 0) return add_predictor(p, predictor, err);
    indicators_ask ask = {.predictor = -1};
    MIRTI_TRY(add_typed(p, "--of", text, MIRTI_TYPE_NUMBER, &ask.value, err));
    MIRTI_TRY(add_per(p, &ask, err));
    return add_ask(p, ask, text, NULL, NULL, asked_statistic(p), err);
}

/* Predictors that the source has an expression for. */
static mirti_status add_predictors(planner *p, mirti_error *err) {
    for (int k = 0; k < p->run->spec->predictors; k++)
        if (p->run->survey_block->predictor[k].text) MIRTI_TRY(add_predictor(p, k, err));
    return MIRTI_OK;
}

static mirti_status add_indicators(planner *p, mirti_error *err) {
    const char *list = p->options->of;
    if (!list) {
        MIRTI_TRY(add_outcome(p, err));
        for (int i = 0; !p->options->per && i < p->run->survey_block->indicators; i++)
            MIRTI_TRY(add_named(p, &p->run->survey_block->indicator[i], err));
    }
    while (list && *list) {
        char *item = take_item(p, &list);
        if (!item) return no_memory(err);
        MIRTI_TRY(add_asked(p, item, err));
    }
    return p->options->predictors ? add_predictors(p, err) : MIRTI_OK;
}

/* -------------------------------------------------------------------------------------- domains -- */

static mirti_status area_unknown(const planner *p, const char *key, mirti_error *err) {
    const mirti_source_block *block = p->run->survey_block;
    mirti_status status = mirti_fail(
        err, MIRTI_ERROR_INPUT,
        "source '%s' does not say in which area a child lives: it has no '%s'", block->name, key);
    mirti_fail_at(err, p->run->spec->path, block->place.line, block->place.column, NULL, NULL);
    mirti_fail_remedy(err, "Give '%s' there, or estimate by something else.", key);
    return status;
}

static mirti_status add_by_predictor(planner *p, int k, indicators_by *by, mirti_error *err) {
    const mirti_predictor *predictor = &p->run->spec->predictor[k];
    bool category = predictor->kind == MIRTI_PREDICTOR_CATEGORY;
    *by = (indicators_by){.kind = predictor->kind == MIRTI_PREDICTOR_NUMBER ? BY_EXPRESSION
                                                                            : BY_PREDICTOR,
                          .predictor = k};
    return add_written(p, predictor->name, &p->run->survey_block->predictor[k],
                       category                                    ? MIRTI_TYPE_TEXT
                       : predictor->kind == MIRTI_PREDICTOR_BINARY ? MIRTI_TYPE_TRUTH
                                                                   : MIRTI_TYPE_NUMBER,
                       &by->extra, err);
}

static mirti_status add_one_by(planner *p, const char *text, mirti_error *err) {
    const mirti_source_block *block = p->run->survey_block;
    if (strcmp(text, "nation") == 0) return MIRTI_OK;
    if (p->plan->bys == MIRTI_INDICATORS_BY)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "domains are made by at most %d things",
                          MIRTI_INDICATORS_BY);
    indicators_by *by = &p->plan->by[p->plan->bys];
    int predictor = mirti_model_spec_predictor(p->run->spec, text);
    const char *label = text;
    *by = (indicators_by){.kind = BY_EXPRESSION, .predictor = -1, .extra = -1};
    if (strcmp(text, "area") == 0) {
        by->kind = BY_AREA;
        if (!block->area.text) return area_unknown(p, "area", err);
        label = mirti_run_noun(p->run->language, block->area_kind, 1);
    } else if (strcmp(text, "parent_area") == 0) {
        by->kind = BY_PARENT_AREA;
        if (!block->parent_area.text) return area_unknown(p, "parent_area", err);
        label = strcmp(p->run->language, "en") == 0 ? "larger area" : "área mayor";
    } else if (predictor >= 0 && block->predictor[predictor].text) {
        MIRTI_TRY(add_by_predictor(p, predictor, by, err));
        label =
            mirti_localized_get(&p->run->spec->predictor[predictor].label, p->run->language, text);
    } else {
        MIRTI_TRY(add_typed(p, "--by", text, MIRTI_TYPE_RAW, &by->extra, err));
    }
    mirti_indicators *out = p->out;
    out->by[out->bys] = mirti_arena_copy(&out->texts, text, strlen(text));
    out->by_label[out->bys] = mirti_arena_copy(&out->texts, label, strlen(label));
    if (!out->by[out->bys] || !out->by_label[out->bys]) return no_memory(err);
    out->bys = ++p->plan->bys;
    return MIRTI_OK;
}

static mirti_status add_bys(planner *p, mirti_error *err) {
    const char *list = p->options->by;
    while (list && *list) {
        char *item = take_item(p, &list);
        if (!item) return no_memory(err);
        MIRTI_TRY(add_one_by(p, item, err));
    }
    return MIRTI_OK;
}

mirti_status mirti_indicators_plan_make(const mirti_run *run,
                                        const mirti_indicators_options *options,
                                        indicators_plan *plan, mirti_indicators *out,
                                        mirti_error *err) {
    planner p = {.run = run, .options = options, .plan = plan, .out = out};
    if (options->total && options->per)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a ratio (--per) is no total (--total)");
    MIRTI_TRY(add_bys(&p, err));
    MIRTI_TRY(add_indicators(&p, err));
    MIRTI_TRY(add_typed(&p, "--among", options->among, MIRTI_TYPE_TRUTH, &p.among, err));
    for (int i = 0; p.among >= 0 && i < plan->asks; i++) {
        if (plan->ask[i].among < 0) {
            plan->ask[i].among = p.among;
            continue;
        }
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_USAGE, "indicator '%s' says itself of whom it is told",
                       out->indicator[i].name);
        mirti_fail_remedy(err, "Name with --of what --among is meant for.");
        return status;
    }
    return MIRTI_OK;
}
