/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison as a table for people, in Spanish or English: the sentences of both languages
 * stand side by side. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct wording {
    const char *language;
    const char *title, *head[4], *side[2], *flagged, *none, *number, *outside, *unseen, *beyond,
        *beyond_what[2];
} wording;

static const wording words[] = {
    {.language = "es",
     .title = "Encuesta y censo, rasgo por rasgo:\n",
     .head = {"rasgo", "encuesta (e.e.)", "censo", "diferencia"},
     .side = {"encuesta", "censo"},
     .flagged = "  * difieren en más de %g desviaciones estándar, y no por azar de la encuesta\n",
     .none = "  ninguna diferencia pasa de %g desviaciones estándar sin ser azar de la encuesta\n",
     .number = "    %s: desviación %.2f, de %g a %g, cuartiles %g %g %g\n",
     .outside = "    fuera de lo que vio la encuesta: %.2f %% de las niñas y niños del censo\n",
     .unseen = "  %.2f %% de las niñas y niños no se parecen a nadie en la encuesta; áreas con más "
               "de %g %%: %lld\n",
     .beyond = "  %s: áreas que van más allá de lo que tiene cualquier %s de la encuesta: %lld\n",
     .beyond_what = {"unidad de muestreo", "área"}},
    {.language = "en",
     .title = "Survey and census, trait by trait:\n",
     .head = {"trait", "survey (s.e.)", "census", "difference"},
     .side = {"survey", "census"},
     .flagged = "  * differ by more than %g standard deviations, and not by the survey's chance\n",
     .none = "  no difference is above %g standard deviations without being the survey's chance\n",
     .number = "    %s: deviation %.2f, from %g to %g, quartiles %g %g %g\n",
     .outside = "    outside of what the survey saw: %.2f %% of the census's children\n",
     .unseen = "  %.2f %% of children are like nobody in the survey; areas with more than %g %%: "
               "%lld\n",
     .beyond = "  %s: areas beyond what any %s of the survey has: %lld\n",
     .beyond_what = {"sampling unit", "area"}},
};

enum { NAME = 44, SURVEY = 18, CENSUS = 10, DIFFERENCE = 12 };

/* Text padded to a width in letters, which printf would count in bytes. */
static void put(mirti_text *out, const char *text, int width, bool right) {
    const int blanks = width - (int)mirti_utf8_length(mirti_str_of(text));
    for (int i = 0; right && i < blanks; i++)
        mirti_text_puts(out, " ");
    mirti_text_puts(out, text);
    for (int i = 0; !right && i < blanks; i++)
        mirti_text_puts(out, " ");
}

/* Shares in per cent; means as they are. */
static void put_line(mirti_text *out, const mirti_support_line *line, bool share) {
    char survey[64], census[64];
    const double unit = share ? 100 : 1;
    const char *percent = share ? " %" : "";
    snprintf(survey, sizeof survey, "%.1f%s (%.1f)", unit * line->survey, percent,
             unit * line->survey_se);
    snprintf(census, sizeof census, "%.1f%s", unit * line->census, percent);
    put(out, survey, SURVEY, true);
    put(out, census, CENSUS, true);
}

static void put_difference(mirti_text *out, const mirti_support_predictor *p) {
    char difference[64];
    snprintf(difference, sizeof difference, "%.2f%s", p->difference, p->flagged ? " *" : "  ");
    put(out, difference, DIFFERENCE, true);
    while (out->size > 0 && !out->failed && out->data[out->size - 1] == ' ')
        out->size--;
    mirti_text_puts(out, "\n");
}

static void put_name(mirti_text *out, const char *indent, const char *name) {
    mirti_text_puts(out, indent);
    put(out, name, NAME - (int)strlen(indent), false);
}

static void put_spread(mirti_text *out, const wording *w, const char *whose,
                       const mirti_support_spread *s) {
    if (isnan(s->sd)) return;
    mirti_text_printf(out, w->number, whose, s->sd, s->least, s->most, s->quartile[0],
                      s->quartile[1], s->quartile[2]);
}

static void put_predictor(mirti_text *out, const wording *w, const mirti_predictor *predictor,
                          const mirti_support_predictor *p) {
    put_name(out, "  ", mirti_localized_get(&predictor->label, w->language, predictor->name));
    if (predictor->kind == MIRTI_PREDICTOR_CATEGORY) {
        put(out, "", SURVEY + CENSUS, true);
        put_difference(out, p);
        for (int l = 0; l < p->lines; l++) {
            put_name(out, "    ", mirti_predictor_level(predictor, l, w->language));
            put_line(out, &p->line[l], true);
            mirti_text_puts(out, "\n");
        }
        return;
    }
    put_line(out, &p->line[0], predictor->kind == MIRTI_PREDICTOR_BINARY);
    put_difference(out, p);
    put_spread(out, w, w->side[0], &p->survey);
    put_spread(out, w, w->side[1], &p->census);
    if (p->outside > 0) mirti_text_printf(out, w->outside, 100 * p->outside);
}

mirti_status mirti_support_table(const mirti_support *support, const mirti_terms *terms,
                                 const char *language, mirti_text *out, mirti_error *err) {
    const wording *w = strcmp(language, "en") == 0 ? &words[1] : &words[0];
    mirti_text_puts(out, w->title);
    put_name(out, "  ", w->head[0]);
    put(out, w->head[1], SURVEY, true);
    put(out, w->head[2], CENSUS, true);
    put(out, w->head[3], DIFFERENCE, true);
    mirti_text_puts(out, "\n");
    for (int v = 0; v < support->predictors; v++)
        put_predictor(out, w, &terms->predictor[support->predictor[v].predictor],
                      &support->predictor[v]);
    mirti_text_printf(out, mirti_support_flagged(support) > 0 ? w->flagged : w->none,
                      support->options.limit);
    mirti_text_printf(out, w->unseen, 100 * support->unseen_share, 100 * support->options.unseen,
                      (long long)support->unseen_areas);
    for (int v = 0; v < support->predictors; v++) {
        const mirti_support_predictor *p = &support->predictor[v];
        const mirti_predictor *predictor = &terms->predictor[p->predictor];
        if (p->beyond == 0) continue;
        mirti_text_printf(out, w->beyond,
                          mirti_localized_get(&predictor->label, w->language, predictor->name),
                          w->beyond_what[support->groups_are_areas], (long long)p->beyond);
    }
    return out->failed ? mirti_fail_memory(err, "the table of survey and census") : MIRTI_OK;
}
