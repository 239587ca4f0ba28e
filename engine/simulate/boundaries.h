/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boundary files of a simulated country. */
#ifndef MIRTI_SIMULATE_BOUNDARIES_H
#define MIRTI_SIMULATE_BOUNDARIES_H

#include "country.h"
#include "files.h"

/* Lays streets over cells (land.town), then writes states, municipalities and localities as
 * shapefiles and as one GeoPackage. */
mirti_status mirti_simulate_boundaries_write(mirti_simulate_country *country,
                                             mirti_simulate_files *files,
                                             const mirti_listener *listener, mirti_error *err);

#endif
