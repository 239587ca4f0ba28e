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

static const char caution[] =
    "\nStandard errors, tests and intervals of the chosen model take its terms as given. They were "
    "chosen\nby looking at the same data, which makes all of them too sure.\n";

static int widest_term(const mirti_choice *choice) {
    size_t widest = 4;
    for (int t = 0; t < choice->terms; t++)
        if (strlen(choice->term[t]) > widest) widest = strlen(choice->term[t]);
    return (int)widest;
}

static void tell_lasso_head(const mirti_choice *choice, mirti_text *out) {
    mirti_text_printf(
        out, "Lasso over %d terms, judged by the deviance of PSUs left out in %d parts.\n\n",
        choice->terms, choice->folds);
    mirti_text_printf(out, "%12s %6s %10s %10s %9s\n", "lambda", "terms", "deviance", "left out",
                      "(se)");
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
static void tell_path(const mirti_choice *choice, mirti_text *out) {
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
        if (l == lasso->best) mirti_text_puts(out, " (smallest)");
        if (l == lasso->sparse) mirti_text_puts(out, " (within one se)");
        mirti_text_puts(out, l == choice->at ? " <- chosen\n" : "\n");
    }
}

static void tell_steps_head(const mirti_choice *choice, mirti_text *out) {
    static const char *const name[] = {"", "Forward", "Backward", "Forward and backward"};
    mirti_text_printf(out, "%s over %d terms, ", name[choice->method], choice->terms);
    if (choice->criterion == MIRTI_SELECT_DAIC)
        mirti_text_puts(out, "judged by the design-based AIC (dAIC).\n\n");
    else if (choice->criterion == MIRTI_SELECT_CV)
        mirti_text_printf(out, "judged by the deviance of PSUs left out in %d parts.\n\n",
                          choice->folds);
    else if (choice->method == MIRTI_SELECT_FORWARD)
        mirti_text_printf(out, "by Wald tests under the design: in with p < %g.\n\n",
                          choice->p_enter);
    else if (choice->method == MIRTI_SELECT_BACKWARD)
        mirti_text_printf(out, "by Wald tests under the design: out with p > %g.\n\n",
                          choice->p_remove);
    else
        mirti_text_printf(out,
                          "by Wald tests under the design: in with p < %g, out with p > %g.\n\n",
                          choice->p_enter, choice->p_remove);
}

static void tell_trial(const mirti_choice *choice, const mirti_select_trial *trial, int width,
                       mirti_text *out) {
    mirti_text_printf(out, "%s %-*s ", trial->add ? "+" : "-", width, choice->term[trial->term]);
    if (choice->criterion == MIRTI_SELECT_P)
        mirti_text_printf(out, "F(%d) = %.2f, p = %.3g", trial->df, trial->f, trial->p);
    else if (choice->criterion == MIRTI_SELECT_DAIC)
        mirti_text_printf(out, "dAIC = %.2f", trial->value);
    else
        mirti_text_printf(out, "left out: %.5f (se %.5f)", trial->value, trial->se);
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

static void tell_steps(const mirti_choice *choice, int width, mirti_text *out) {
    for (int s = 0; s < choice->steps; s++) {
        const mirti_select_step *step = &choice->step[s];
        int next = best_beside(choice, step);
        mirti_text_printf(out, "%3d  ", s + 1);
        if (step->chosen >= 0) {
            tell_trial(choice, &step->trial[step->chosen], width, out);
        } else {
            mirti_text_puts(out, step->trials > 0 ? "nothing good enough" : "nothing left to try");
        }
        if (next >= 0) {
            mirti_text_puts(out, step->chosen >= 0 ? "; next best: " : "; best: ");
            tell_trial(choice, &step->trial[next], 0, out);
        }
        mirti_text_puts(out, "\n");
        for (int k = 0; k < step->trials; k++)
            if (step->trial[k].problem)
                mirti_text_printf(out, "       %s cannot be fitted: %s\n",
                                  choice->term[step->trial[k].term], step->trial[k].problem);
    }
}

static void tell_terms(const mirti_choice *choice, int width, mirti_text *out) {
    mirti_text_puts(out, "\nterm\n");
    for (int t = 0; t < choice->terms; t++) {
        const char *what = choice->set_aside[t] ? "set aside: "
                           : choice->keep[t]    ? "kept"
                           : choice->brought[t] ? "chosen, since an interaction needs it"
                           : choice->chosen[t]  ? "chosen"
                                                : "left out";
        mirti_text_printf(out, "%-*s  %s%s\n", width, choice->term[t], what,
                          choice->set_aside[t] ? choice->set_aside[t] : "");
    }
}

static void tell_line(const mirti_choice *choice, mirti_text *out) {
    bool some = false;
    mirti_text_puts(out, "\nFor the model file:\n\nterms: [");
    for (int t = 0; t < choice->terms; t++) {
        if (!choice->chosen[t]) continue;
        mirti_text_printf(out, "%s%s", some ? ", " : "", choice->term[t]);
        some = true;
    }
    mirti_text_puts(out, "]\n");
}

mirti_status mirti_choice_table(const mirti_choice *choice, mirti_text *out, mirti_error *err) {
    int width = widest_term(choice);
    if (choice->method != MIRTI_SELECT_LASSO) {
        tell_steps_head(choice, out);
        tell_steps(choice, width, out);
    } else if (choice->lasso) {
        tell_lasso_head(choice, out);
        tell_path(choice, out);
    } else {
        mirti_text_puts(out, "There was no term to choose.\n");
    }
    tell_terms(choice, width, out);
    if (choice->fit_problem)
        mirti_text_printf(out, "\nThe chosen terms cannot be fitted together: %s\n",
                          choice->fit_problem);
    else
        mirti_text_puts(out, caution);
    tell_line(choice, out);
    return out->failed ? mirti_fail_memory(err, "the table of the choice") : MIRTI_OK;
}
