/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in CSV. */
#include "buffer.h"

void mirti_simulate_put_text(mirti_simulate_buffer *buffer, const char *text) {
    if (strpbrk(text, ",\"\r\n") == NULL) {
        mirti_simulate_puts(buffer, text);
        return;
    }
    mirti_simulate_put_char(buffer, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"') mirti_simulate_put_char(buffer, '"');
        mirti_simulate_put_char(buffer, *text);
    }
    mirti_simulate_put_char(buffer, '"');
}
