/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What clang's analyser cannot see from a declaration: that a failing call never returns MIRTI_OK.
 * tests/check/tidy includes this before every file that is analysed; nothing else does.
 */
#include "mirti/base.h"

#define mirti_fail_memory(err, what) ((void)(mirti_fail_memory)(err, what), MIRTI_ERROR_MEMORY)
#define mirti_fail(err, status, ...) ((void)(mirti_fail)(err, status, __VA_ARGS__), (status))
