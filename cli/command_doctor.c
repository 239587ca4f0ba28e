/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti doctor: what joins two lists of areas, how, and what does not. Exit status 1 when something
 * is left to look at. */
#include "command.h"
#include "mirti/geo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `code=ENTIDAD:2+MUN:3,name=NOM_MUN` into the options of a roster; `text` is cut up. */
static mirti_status columns_of(char *text, mirti_roster_options *out, mirti_error *err) {
    const struct {
        const char *key;
        const char **place;
    } keys[] = {{"code", &out->code},
                {"name", &out->name},
                {"parent-code", &out->parent_code},
                {"parent-name", &out->parent_name},
                {"layer", &out->layer},
                {"encoding", &out->encoding}};
    char *rest = NULL;
    for (char *part = strtok_r(text, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
        char *equals = strchr(part, '=');
        bool known = false;
        if (equals) *equals = '\0';
        for (size_t i = 0; equals && i < sizeof keys / sizeof *keys; i++) {
            if (strcmp(part, keys[i].key) != 0) continue;
            *keys[i].place = equals + 1;
            known = true;
        }
        if (known) continue;
        mirti_fail(err, MIRTI_ERROR_USAGE,
                   "columns are given as KEY=COLUMN, with the keys code, name, parent-code, "
                   "parent-name, layer, encoding; not '%s'",
                   part);
        mirti_fail_remedy(err, "For example --left code=ENTIDAD:2+MUN:3,name=NOM_MUN");
        return MIRTI_ERROR_USAGE;
    }
    return MIRTI_OK;
}

static mirti_status read_side(const char *path, const char *columns, mirti_roster **out,
                              mirti_error *err) {
    mirti_roster_options options = {.path = path};
    char *text = columns ? mirti_strdup(columns) : NULL;
    mirti_status status = MIRTI_OK;
    if (columns && !text) status = mirti_fail_memory(err, "the columns");
    if (text) status = columns_of(text, &options, err);
    if (status == MIRTI_OK) status = mirti_roster_read(&options, out, err);
    mirti_free(text);
    return status;
}

static mirti_status print(const mirti_diagnosis *diagnosis, const cli_arguments *arguments,
                          mirti_error *err) {
    mirti_status status = MIRTI_OK;
    if (arguments->json) {
        mirti_json json = {0};
        mirti_diagnosis_json(diagnosis, NULL, &json);
        status = mirti_json_finish(&json, err);
        if (status == MIRTI_OK) fwrite(json.text.data, 1, json.text.size, stdout);
        mirti_json_reset(&json);
        return status;
    }
    mirti_text text = {0};
    mirti_diagnosis_text(diagnosis, arguments->language, arguments->rows > 0 ? arguments->rows : 20,
                         &text);
    if (text.failed)
        status = mirti_fail_memory(err, "the answer");
    else
        fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    return status;
}

static int run_doctor(const cli_arguments *arguments) {
    mirti_roster *left = NULL, *right = NULL;
    mirti_lineage *lineage = NULL;
    mirti_diagnosis *diagnosis = NULL;
    mirti_error err = {0};
    int found = 0;
    mirti_status status = read_side(arguments->positional[0], arguments->left, &left, &err);
    if (status == MIRTI_OK)
        status = read_side(arguments->positional[1], arguments->right, &right, &err);
    if (status == MIRTI_OK && arguments->lineage)
        status = mirti_lineage_read(arguments->lineage, &lineage, &err);
    if (status == MIRTI_OK) {
        const mirti_diagnosis_options options = {.lineage = lineage};
        status = mirti_diagnose(left, right, &options, &diagnosis, &err);
    }
    if (status == MIRTI_OK) {
        found = !mirti_diagnosis_clean(diagnosis);
        status = print(diagnosis, arguments, &err);
    }
    mirti_diagnosis_free(diagnosis);
    mirti_lineage_free(lineage);
    mirti_roster_free(left);
    mirti_roster_free(right);
    return status == MIRTI_OK ? found : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_lineage,
    &cli_option_left,
    &cli_option_right,
    &cli_option_rows,
    &cli_option_json,
    &cli_option_language,
    NULL,
};
const cli_command cli_command_doctor = {
    "doctor",
    "Around it",
    "LEFT RIGHT",
    "tell what joins two lists of areas, and what does not and why",
    "LEFT and RIGHT are any tables or boundary files. Codes are compared as text, then with their "
    "leading zeros put back; then comes the lineage of areas that were split; then names under the "
    "same parent. What is merely similar is never joined but listed. Columns are guessed from the "
    "names that Mexican offices use, or given as KEY=COLUMN,... with the keys code, name, "
    "parent-code, parent-name, layer, encoding; a code in several columns is written with their "
    "widths: code=ENTIDAD:2+MUN:3. Exit status 1 when something is left to look at.",
    2,
    2,
    options,
    run_doctor,
};
