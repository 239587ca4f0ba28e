/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as model.json: refused with a message, or read – and then written and read again, which
 * has to give the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "mirti/fit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mirti_model *model, *again;
    mirti_error err = {0};
    mirti_status status = mirti_model_parse((const char *)data, size, "model.json", &model, &err);
    if (status != MIRTI_OK) {
        if (status != MIRTI_ERROR_INPUT || err.message[0] == '\0') abort();
        return 0;
    }
    mirti_text first = {0}, second = {0};
    if (mirti_model_to_json(model, &first, &err) != MIRTI_OK) abort();
    if (mirti_model_parse(first.data, first.size, "model.json", &again, &err) != MIRTI_OK) abort();
    if (mirti_model_to_json(again, &second, &err) != MIRTI_OK) abort();
    if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0) abort();
    mirti_text_reset(&first);
    mirti_text_reset(&second);
    mirti_model_free(model);
    mirti_model_free(again);
    return 0;
}
