/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third parties of this room and their versions, as they run, for `mirti version` and the
 * manifest. */
#include "mirti/spec.h"

#include <stdio.h>
#include <yaml.h>

int mirti_spec_libraries(mirti_library *library) {
    library[0] = (mirti_library){.name = "libyaml"};
    snprintf(library[0].version, sizeof library[0].version, "%s", yaml_get_version_string());
    return 1;
}
