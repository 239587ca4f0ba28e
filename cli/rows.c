/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the rows that were read, as commands that read data print it. */
#include "command.h"
#include "mirti/pipeline.h"

#include <stdio.h>
#include <string.h>

enum { ROLES = 4 }; /* inputs and kinds of areas that the program has names for */

typedef struct wording {
    const char *first, *row, *rows, *role[ROLES];
} wording;

static const wording words[2] = {
    {"first",
     "row",
     "%s %lld rows read = %lld used + %lld outside + %lld dropped\n",
     {"survey", "estimates", "municipality", "locality"}},
    {"primera",
     "fila",
     "%s %lld filas leídas = %lld usadas + %lld fuera + %lld sin usar\n",
     {"encuesta", "estimaciones", "municipios", "localidades"}},
};

static const wording *find_words(const char *language) {
    return &words[mirti_language_is_spanish(language)];
}

/* "(first: persons.csv row 7, sex = '9')", as far as it is known. */
static void print_first(const wording *w, const char *file, int64_t row, const char *column,
                        const char *value) {
    if (row > 0) {
        printf(" (%s: %s%s%s %lld", w->first, file, file[0] ? " " : "", w->row, (long long)row);
        if (value[0]) printf(", %s%s%s", column, column[0] ? " = " : "", value);
        printf(")");
    }
    printf("\n");
}

static void print_reasons(const char *language, const mirti_drop_reason *reason, int count) {
    for (int i = 0; i < count; i++) {
        char why[MIRTI_REASON_WORDS];
        mirti_reason_words(reason[i].text, language, why);
        printf("%s   %lld: %s", cli_column("").text, (long long)reason[i].rows, why);
        print_first(find_words(language), reason[i].first_file, reason[i].first_row, "",
                    reason[i].first_value);
    }
}

cli_padded cli_column(const char *text) {
    enum { WIDTH = 14 };
    cli_padded out = {{0}};
    int letters = (int)mirti_utf8_length(mirti_str_of(text));
    snprintf(out.text, sizeof out.text, "%s%*s", text, letters < WIDTH ? WIDTH - letters : 0, "");
    return out;
}

/* Other kinds of areas are called as in the project. */
static const char *role_in_words(const wording *w, const char *role) {
    for (int r = 0; r < ROLES; r++)
        if (strcmp(role, words[0].role[r]) == 0) return w->role[r];
    return role;
}

int cli_print_rows(const char *language, const char *role, const mirti_row_count *count) {
    const wording *w = find_words(language);
    printf(w->rows, cli_column(role_in_words(w, role)).text, (long long)count->read,
           (long long)count->used, (long long)count->outside, (long long)count->dropped);
    print_reasons(language, count->reason, count->reasons);
    print_reasons(language, count->note, count->notes);
    return count->dropped > 0 || count->notes > 0;
}

int cli_print_notices(const char *language, const mirti_run_reading *reading) {
    mirti_run_notice notice[MIRTI_RUN_NOTICES_MAX];
    int count = mirti_run_notices(reading, notice), odd = 0;
    for (int i = 0; i < count; i++) {
        printf("%s   %lld: %s", cli_column("").text, (long long)notice[i].count,
               mirti_run_notice_words(&notice[i], language));
        print_first(find_words(language), notice[i].file, notice[i].row, notice[i].column,
                    notice[i].value);
        odd |= notice[i].odd;
    }
    return odd;
}
