/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The version of the engine, which CMakeLists.txt states once. */
#include "version.h"
#include "mirti/base.h"

const char *mirti_version(void) {
    return MIRTI_VERSION_STRING;
}
