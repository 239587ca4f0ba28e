/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the base room share among themselves. */
#ifndef MIRTI_BASE_INTERNAL_H
#define MIRTI_BASE_INTERNAL_H

#include "mirti/base.h"

/* vsnprintf under the C locale of this thread, whatever locale the host program has set. */
int mirti_base_format(char *buffer, size_t size, const char *format, va_list arguments)
    MIRTI_PRINTF(3, 0);

/* Bytes of the well-formed UTF-8 character at `data` (1 to 4), 0 when there is none. `size` > 0. */
size_t mirti_base_utf8_step(const char *data, size_t size);

/* What an errno means, in English and without asking the locale. */
const char *mirti_base_errno_text(int code);

/* One block of Philox4x32-10: `counter` is replaced by the output. */
void mirti_base_philox(uint32_t counter[4], uint32_t key0, uint32_t key1);

#endif
