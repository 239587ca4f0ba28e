/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A choice for people: what was tried, step by step or along the path, then what was chosen and the
 * line for the model file. Of a step the term that was taken and the next best are told; the JSON
 * has all of them.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mirti/select.h"

typedef struct wording {
    const char *lasso, *lasso_columns[5], *smallest, *within, *chosen_here, *no_term;
    const char *method[4], *daic, *cv, *forward, *backward,
        *both; ///< methods by mirti_select_method
    const char *left_out_se, *nothing_good, *nothing_left, *next, *best, *cannot;
    const char *term, *set_aside, *kept, *brought, *chosen, *left_out;
    const char *line, *problem, *caution;
} wording;

static const wording words[2] = {
    {.lasso = "Lasso over %d terms, judged by the deviance of PSUs left out in %d parts.\n\n",
     .lasso_columns = {"lambda", "terms", "deviance", "left out", "(se)"},
     .smallest = " (smallest)",
     .within = " (within one se)",
     .chosen_here = " <- chosen\n",
     .no_term = "There was no term to choose.\n",
     .method = {"", "Forward over %d terms, ", "Backward over %d terms, ",
                "Forward and backward over %d terms, "},
     .daic = "judged by the design-based AIC (dAIC).\n\n",
     .cv = "judged by the deviance of PSUs left out in %d parts.\n\n",
     .forward = "by Wald tests under the design: in with p < %g.\n\n",
     .backward = "by Wald tests under the design: out with p > %g.\n\n",
     .both = "by Wald tests under the design: in with p < %g, out with p > %g.\n\n",
     .left_out_se = "left out: %.5f (se %.5f)",
     .nothing_good = "nothing good enough",
     .nothing_left = "nothing left to try",
     .next = "; next best: ",
     .best = "; best: ",
     .cannot = "       %s cannot be fitted: %s\n",
     .term = "\nterm\n",
     .set_aside = "set aside: ",
     .kept = "kept",
     .brought = "chosen, since an interaction needs it",
     .chosen = "chosen",
     .left_out = "left out",
     .line = "\nFor the model file:\n\nterms: [",
     .problem = "\nThe chosen terms cannot be fitted together: %s\n",
     .caution =
         "\nStandard errors, tests and intervals of the chosen model take its terms as given. "
         "They were chosen\nby looking at the same data, which makes all of them too sure.\n"},
    {.lasso = "Lasso sobre %d términos, juzgado por la devianza de UPM dejadas fuera en %d "
              "partes.\n\n",
     .lasso_columns = {"lambda", "térm.", "devianza", "fuera", "(e.e.)"},
     .smallest = " (la menor)",
     .within = " (a menos de un e.e.)",
     .chosen_here = " <- elegido\n",
     .no_term = "No había términos que elegir.\n",
     .method = {"", "Hacia adelante sobre %d términos, ", "Hacia atrás sobre %d términos, ",
                "Hacia adelante y hacia atrás sobre %d términos, "},
     .daic = "según el AIC del diseño (dAIC).\n\n",
     .cv = "según la devianza de UPM dejadas fuera en %d partes.\n\n",
     .forward = "por pruebas de Wald según el diseño: entra con p < %g.\n\n",
     .backward = "por pruebas de Wald según el diseño: sale con p > %g.\n\n",
     .both = "por pruebas de Wald según el diseño: entra con p < %g, sale con p > %g.\n\n",
     .left_out_se = "fuera: %.5f (e.e. %.5f)",
     .nothing_good = "nada que baste",
     .nothing_left = "nada más que probar",
     .next = "; el siguiente: ",
     .best = "; el mejor: ",
     .cannot = "       %s no se puede ajustar: %s\n",
     .term = "\ntérmino\n",
     .set_aside = "apartado: ",
     .kept = "conservado",
     .brought = "elegido, porque lo necesita una interacción",
     .chosen = "elegido",
     .left_out = "fuera",
     .line = "\nPara el archivo del modelo:\n\nterms: [",
     .problem = "\nLos términos elegidos no se pueden ajustar juntos: %s\n",
     .caution = "\nLos errores estándar, las pruebas y los intervalos del modelo elegido dan sus "
                "términos por sabidos.\nSe eligieron mirando los mismos datos, y por eso todos "
                "parecen más seguros de lo que son.\n"},
};

/* printf pads by bytes; people see letters. */
static void put(mirti_text *out, const char *text, int width) {
    int room = width - (int)mirti_utf8_length(mirti_str_of(text));
    mirti_text_printf(out, "%*s%s", room > 0 ? room : 0, "", text);
}

static int widest_term(const mirti_choice *choice) {
    size_t widest = 4;
    for (int t = 0; t < choice->terms; t++)
        if (strlen(choice->term[t]) > widest) widest = strlen(choice->term[t]);
    return (int)widest;
}

static void tell_lasso_head(const mirti_choice *choice, const wording *w, mirti_text *out) {
    static const int width[] = {12, 6, 10, 10, 9};
    mirti_text_printf(out, w->lasso, choice->terms, choice->folds);
    for (int c = 0; c < 5; c++) {
        if (c > 0) mirti_text_puts(out, " ");
        put(out, w->lasso_columns[c], width[c]);
    }
    mirti_text_puts(out, "\n");
}

static int count_active(const mirti_choice *choice, int l) {
    int count = 0;
    for (int t = 0; t < choice->terms; t++)
        count += choice->lasso->active[l * choice->terms + t];
    return count;
}

/* Whether other terms are in than at the λ before. */
static bool has_changed(const mirti_choice *choice, int l) {
    const uint8_t *here = choice->lasso->active + (size_t)l * (size_t)choice->terms;
    return l == 0 || memcmp(here, here - choice->terms, (size_t)choice->terms) != 0;
}

/* One line for every λ at which terms come in or leave, and for the two that matter. */
static void tell_path(const mirti_choice *choice, const wording *w, mirti_text *out) {
    const mirti_lasso *lasso = choice->lasso;
    for (int l = 0; l < lasso->lambdas; l++) {
        if (!has_changed(choice, l) && l != lasso->best && l != lasso->sparse) continue;
        const uint8_t *here = lasso->active + (size_t)l * (size_t)choice->terms;
        mirti_text_printf(out, "%12.6f %6d %10.5f %10.5f %9.5f  ", lasso->lambda[l],
                          count_active(choice, l), lasso->deviance[l], lasso->cv_deviance[l],
                          lasso->cv_se[l]);
        for (int t = 0; t < choice->terms; t++) {
            bool before = l > 0 && here[t - choice->terms];
            if (here[t] != before)
                mirti_text_printf(out, " %s%s", here[t] ? "+" : "-", choice->term[t]);
        }
        if (l == lasso->best) mirti_text_puts(out, w->smallest);
        if (l == lasso->sparse) mirti_text_puts(out, w->within);
        mirti_text_puts(out, l == choice->at ? w->chosen_here : "\n");
    }
}

static void tell_steps_head(const mirti_choice *choice, const wording *w, mirti_text *out) {
    mirti_text_printf(out, w->method[choice->method], choice->terms);
    if (choice->criterion == MIRTI_SELECT_DAIC)
        mirti_text_puts(out, w->daic);
    else if (choice->criterion == MIRTI_SELECT_CV)
        mirti_text_printf(out, w->cv, choice->folds);
    else if (choice->method == MIRTI_SELECT_FORWARD)
        mirti_text_printf(out, w->forward, choice->p_enter);
    else if (choice->method == MIRTI_SELECT_BACKWARD)
        mirti_text_printf(out, w->backward, choice->p_remove);
    else
        mirti_text_printf(out, w->both, choice->p_enter, choice->p_remove);
}

static void tell_trial(const mirti_choice *choice, const wording *w,
                       const mirti_select_trial *trial, int width, mirti_text *out) {
    mirti_text_printf(out, "%s %-*s ", trial->add ? "+" : "-", width, choice->term[trial->term]);
    if (choice->criterion == MIRTI_SELECT_P)
        mirti_text_printf(out, "F(%d) = %.2f, p = %.3g", trial->df, trial->f, trial->p);
    else if (choice->criterion == MIRTI_SELECT_DAIC)
        mirti_text_printf(out, "dAIC = %.2f", trial->value);
    else
        mirti_text_printf(out, w->left_out_se, trial->value, trial->se);
}

/* How much a trial is to be preferred: the smaller the better. */
static double badness(const mirti_choice *choice, const mirti_select_trial *trial) {
    if (choice->criterion != MIRTI_SELECT_P) return trial->value;
    return trial->add ? trial->p : -trial->p;
}

static int best_beside(const mirti_choice *choice, const mirti_select_step *step) {
    int best = -1;
    for (int k = 0; k < step->trials; k++) {
        if (k == step->chosen || step->trial[k].problem) continue;
        double bad = badness(choice, &step->trial[k]);
        if (!isnan(bad) && (best < 0 || bad < badness(choice, &step->trial[best]))) best = k;
    }
    return best;
}

static void tell_steps(const mirti_choice *choice, const wording *w, int width, mirti_text *out) {
    for (int s = 0; s < choice->steps; s++) {
        const mirti_select_step *step = &choice->step[s];
        int next = best_beside(choice, step);
        mirti_text_printf(out, "%3d  ", s + 1);
        if (step->chosen >= 0) {
            tell_trial(choice, w, &step->trial[step->chosen], width, out);
        } else {
            mirti_text_puts(out, step->trials > 0 ? w->nothing_good : w->nothing_left);
        }
        if (next >= 0) {
            mirti_text_puts(out, step->chosen >= 0 ? w->next : w->best);
            tell_trial(choice, w, &step->trial[next], 0, out);
        }
        mirti_text_puts(out, "\n");
        for (int k = 0; k < step->trials; k++)
            if (step->trial[k].problem)
                mirti_text_printf(out, w->cannot, choice->term[step->trial[k].term],
                                  step->trial[k].problem);
    }
}

static void tell_terms(const mirti_choice *choice, const wording *w, int width, mirti_text *out) {
    mirti_text_puts(out, w->term);
    for (int t = 0; t < choice->terms; t++) {
        const char *what = choice->set_aside[t] ? w->set_aside
                           : choice->keep[t]    ? w->kept
                           : choice->brought[t] ? w->brought
                           : choice->chosen[t]  ? w->chosen
                                                : w->left_out;
        mirti_text_printf(out, "%-*s  %s%s\n", width, choice->term[t], what,
                          choice->set_aside[t] ? choice->set_aside[t] : "");
    }
}

static void tell_line(const mirti_choice *choice, const wording *w, mirti_text *out) {
    bool some = false;
    mirti_text_puts(out, w->line);
    for (int t = 0; t < choice->terms; t++) {
        if (!choice->chosen[t]) continue;
        mirti_text_printf(out, "%s%s", some ? ", " : "", choice->term[t]);
        some = true;
    }
    mirti_text_puts(out, "]\n");
}

mirti_status mirti_choice_table(const mirti_choice *choice, const char *language, mirti_text *out,
                                mirti_error *err) {
    const wording *w = &words[mirti_language_is_spanish(language)];
    int width = widest_term(choice);
    if (choice->method != MIRTI_SELECT_LASSO) {
        tell_steps_head(choice, w, out);
        tell_steps(choice, w, width, out);
    } else if (choice->lasso) {
        tell_lasso_head(choice, w, out);
        tell_path(choice, w, out);
    } else {
        mirti_text_puts(out, w->no_term);
    }
    tell_terms(choice, w, width, out);
    if (choice->fit_problem)
        mirti_text_printf(out, w->problem, choice->fit_problem);
    else
        mirti_text_puts(out, w->caution);
    tell_line(choice, w, out);
    return out->failed ? mirti_fail_memory(err, "the table of the choice") : MIRTI_OK;
}
