/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boundaries laid out as INEGI's Marco Geoestadístico: 00ent states, 00mun municipalities, 00l
 * localities with streets as polygons, 00lpr rural localities as points; shapefiles in Latin-1 and
 * a GeoPackage with the same layers, and with one that no office has: the whole territory divided
 * among the localities. Polygons of one layer share their boundaries to the centimetre, and each
 * lies within its parent.
 */
#include "boundaries.h"

#include <string.h>

#include "mirti/geo.h"
#include "outline.h"

enum { EPSG = 6372 };
/* From this many dwellings on a locality is drawn as a polygon; the seat always is. */
enum { DRAWN_FROM = 150, WHOLE_CELLS_FROM = 6000, DWELLINGS_PER_CELL = 12000 };
static const char inegi_cpg[] = "ISO 88591";

typedef enum layer_kind { STATES, MUNICIPALITIES, TOWNS, RURAL, TERRITORIES } layer_kind;

typedef struct layer_plan {
    const char *name, *title;
    layer_kind kind;
    mirti_shape_kind shape;
    int fields;
    mirti_shape_field field[7];
} layer_plan;

static const layer_plan plans[] = {
    {"00ent",
     "Entidades federativas",
     STATES,
     MIRTI_SHAPE_POLYGONS,
     3,
     {{"CVEGEO", 2}, {"CVE_ENT", 2}, {"NOMGEO", 80}}},
    {"00mun",
     "Municipios",
     MUNICIPALITIES,
     MIRTI_SHAPE_POLYGONS,
     4,
     {{"CVEGEO", 5}, {"CVE_ENT", 2}, {"CVE_MUN", 3}, {"NOMGEO", 80}}},
    {"00l",
     "Localidades urbanas y rurales amanzanadas",
     TOWNS,
     MIRTI_SHAPE_POLYGONS,
     6,
     {{"CVEGEO", 9},
      {"CVE_ENT", 2},
      {"CVE_MUN", 3},
      {"CVE_LOC", 4},
      {"NOMGEO", 110},
      {"AMBITO", 10}}},
    {"00lpr",
     "Localidades rurales puntuales",
     RURAL,
     MIRTI_SHAPE_POINTS,
     6,
     {{"CVEGEO", 9},
      {"CVE_ENT", 2},
      {"CVE_MUN", 3},
      {"CVE_LOC", 4},
      {"NOMGEO", 110},
      {"PLANO", 5}}},
    {"territorio",
     "Territorio repartido entre localidades",
     TERRITORIES,
     MIRTI_SHAPE_POLYGONS,
     5,
     {{"CVEGEO", 9}, {"CVE_ENT", 2}, {"CVE_MUN", 3}, {"CVE_LOC", 4}, {"NOMGEO", 110}}},
};
enum { PLANS = sizeof plans / sizeof *plans, SHAPEFILES = 4 };

/* ------------------------------------------------------------------------------------ streets -- */

static bool is_drawn(const mirti_simulate_locality *locality) {
    return locality->code == 1 || locality->dwellings >= DRAWN_FROM;
}

/* Cities cover whole cells of their territory, beginning with their own and going outward. */
static mirti_status lay_streets(mirti_simulate_country *country, mirti_error *err) {
    mirti_simulate_land *land = &country->land;
    int64_t *queue = mirti_new((size_t)land->land_cells, sizeof *queue);
    if (queue == NULL) return mirti_fail_memory(err, "the streets of a simulated country");
    for (int32_t i = 0; i < country->localities; i++) {
        const mirti_simulate_locality *locality = &country->locality[i];
        if (locality->dwellings < WHOLE_CELLS_FROM) continue;
        int64_t wanted = 1 + locality->dwellings / DWELLINGS_PER_CELL, first = 0, last = 0;
        queue[last++] = locality->cell;
        land->town[locality->cell] = 1;
        while (first < last && last < wanted) {
            int64_t cell = queue[first++];
            for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS && last < wanted; side++) {
                int64_t next = mirti_simulate_neighbour(land, cell, side);
                if (next < 0 || land->locality[next] != i || land->town[next]) continue;
                land->town[next] = 1;
                queue[last++] = next;
            }
        }
    }
    mirti_free(queue);
    return MIRTI_OK;
}

/* ----------------------------------------------------------------------------------- features -- */

/* What writing one layer needs at hand. */
typedef struct drawing {
    mirti_simulate_country *country;
    mirti_simulate_outliner outliner;
    mirti_simulate_outline outline;
    double *xy;
    int64_t room;
} drawing;

static mirti_status add_outline(mirti_shape_file *file, drawing *d, const char *const *value,
                                mirti_error *err) {
    const mirti_simulate_outline *outline = &d->outline;
    if (outline->points > d->room) {
        double *grown = mirti_resize(d->xy, (size_t)outline->points * 2, sizeof *grown);
        if (grown == NULL) return mirti_fail_memory(err, "the outline of an area");
        d->xy = grown;
        d->room = outline->points;
    }
    for (int64_t i = 0; i < outline->points; i++) {
        d->xy[2 * i] = (double)outline->point[i].x / 100.0;
        d->xy[2 * i + 1] = (double)outline->point[i].y / 100.0;
    }
    mirti_shape shape = {outline->rings, outline->ring_end, d->xy};
    return mirti_shape_add(file, value, &shape, err);
}

static mirti_status add_point(mirti_shape_file *file, mirti_simulate_point place,
                              const char *const *value, mirti_error *err) {
    const double xy[2] = {(double)place.x / 100.0, (double)place.y / 100.0};
    const int64_t end = 1;
    mirti_shape shape = {1, &end, xy};
    return mirti_shape_add(file, value, &shape, err);
}

static mirti_status write_states(mirti_shape_file *file, drawing *d, mirti_error *err) {
    for (int32_t i = 0; i < d->country->states; i++) {
        const mirti_simulate_state *state = &d->country->state[i];
        char code[8];
        snprintf(code, sizeof code, "%02d", (int)state->code);
        const char *value[] = {code, code, state->name};
        MIRTI_TRY(mirti_simulate_outline_trace(&d->outliner, i, &d->outline, err));
        MIRTI_TRY(add_outline(file, d, value, err));
    }
    return MIRTI_OK;
}

static mirti_status write_municipalities(mirti_shape_file *file, drawing *d, mirti_error *err) {
    for (int32_t i = 0; i < d->country->municipalities; i++) {
        const mirti_simulate_municipality *m = &d->country->municipality[i];
        char all[16], state[8], own[8];
        snprintf(state, sizeof state, "%02d", (int)d->country->state[m->state].code);
        snprintf(own, sizeof own, "%03d", (int)m->code);
        snprintf(all, sizeof all, "%s%s", state, own);
        const char *value[] = {all, state, own, m->name};
        MIRTI_TRY(mirti_simulate_outline_trace(&d->outliner, i, &d->outline, err));
        MIRTI_TRY(add_outline(file, d, value, err));
    }
    return MIRTI_OK;
}

static mirti_status write_locality(mirti_shape_file *file, drawing *d, layer_kind kind,
                                   int32_t index, mirti_error *err) {
    const mirti_simulate_country *country = d->country;
    const mirti_simulate_locality *l = &country->locality[index];
    const mirti_simulate_municipality *m = &country->municipality[l->municipality];
    bool urban = (double)l->dwellings * country->household_size >= 2500.0;
    char all[24], state[8], municipality[8], own[8];
    snprintf(state, sizeof state, "%02d", (int)country->state[m->state].code);
    snprintf(municipality, sizeof municipality, "%03d", (int)m->code);
    snprintf(own, sizeof own, "%04d", (int)l->code);
    snprintf(all, sizeof all, "%s%s%s", state, municipality, own);
    const char *value[] = {
        all, state,   municipality,
        own, l->name, kind == RURAL ? (is_drawn(l) ? "Si" : "No") : (urban ? "Urbana" : "Rural")};
    if (kind == RURAL) return urban ? MIRTI_OK : add_point(file, l->place, value, err);
    if (kind == TOWNS && !is_drawn(l)) return MIRTI_OK;
    if (kind == TOWNS && l->dwellings < WHOLE_CELLS_FROM) {
        /* Within its cell: at most 0.45 of the cell's radius around a place near the centre. */
        int64_t radius = 20000 + 12 * l->dwellings;
        MIRTI_TRY(mirti_simulate_outline_town(country->options.seed, (uint64_t)index, l->place,
                                              radius > 70000 ? 70000 : radius, &d->outline, err));
    } else {
        MIRTI_TRY(mirti_simulate_outline_trace(&d->outliner, index, &d->outline, err));
    }
    return add_outline(file, d, value, err);
}

/* Labels of the cells for one kind of layer. */
static mirti_status prepare(drawing *d, layer_kind kind, mirti_error *err) {
    const mirti_simulate_land *land = &d->country->land;
    if (kind == RURAL) return MIRTI_OK;
    if (kind == MUNICIPALITIES)
        return mirti_simulate_outliner_make(land, land->municipality, d->country->municipalities,
                                            &d->outliner, err);
    if (kind == TERRITORIES)
        return mirti_simulate_outliner_make(land, land->locality, d->country->localities,
                                            &d->outliner, err);
    int32_t *label = mirti_new((size_t)land->cells, sizeof *label);
    if (label == NULL) return mirti_fail_memory(err, "the boundaries of a simulated country");
    for (int64_t i = 0; i < land->cells; i++) {
        int32_t here = land->municipality[i];
        label[i] = here < 0         ? -1
                   : kind == STATES ? d->country->municipality[here].state
                   : land->town[i]  ? land->locality[i]
                                    : -1;
    }
    int32_t labels = kind == STATES ? d->country->states : d->country->localities;
    mirti_status status = mirti_simulate_outliner_make(land, label, labels, &d->outliner, err);
    mirti_free(label);
    return status;
}

static mirti_status write_layer(mirti_shape_file *file, drawing *d, const layer_plan *plan,
                                mirti_error *err) {
    MIRTI_TRY(mirti_shape_layer_begin(file, plan->name, plan->title, plan->shape, EPSG, plan->field,
                                      plan->fields, err));
    MIRTI_TRY(prepare(d, plan->kind, err));
    mirti_status status = MIRTI_OK;
    if (plan->kind == STATES) {
        status = write_states(file, d, err);
    } else if (plan->kind == MUNICIPALITIES) {
        status = write_municipalities(file, d, err);
    } else {
        for (int32_t i = 0; i < d->country->localities && status == MIRTI_OK; i++)
            status = write_locality(file, d, plan->kind, i, err);
    }
    mirti_simulate_outliner_reset(&d->outliner);
    return status;
}

/* --------------------------------------------------------------------------------- the files -- */

static mirti_status write_file(mirti_simulate_files *files, drawing *d, const char *name, int first,
                               int last, mirti_error *err) {
    char *path = NULL;
    mirti_shape_file file = {0};
    MIRTI_TRY(mirti_simulate_files_path(files, name, &path, err));
    mirti_status status = mirti_shape_file_open(&file, path, err);
    for (int i = first; i < last && status == MIRTI_OK; i++)
        status = write_layer(&file, d, &plans[i], err);
    mirti_status closed = mirti_shape_file_close(&file, inegi_cpg, status == MIRTI_OK ? err : NULL);
    mirti_free(path);
    return status != MIRTI_OK ? status : closed;
}

/* The companions of a shapefile are files of the country too. */
static mirti_status list_companions(mirti_simulate_files *files, const char *layer,
                                    mirti_error *err) {
    static const char *const ending[] = {"shx", "dbf", "prj", "cpg"};
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        char name[64];
        char *path = NULL;
        snprintf(name, sizeof name, "boundaries/%s.%s", layer, ending[i]);
        MIRTI_TRY(mirti_simulate_files_path(files, name, &path, err));
        mirti_free(path);
    }
    return MIRTI_OK;
}

mirti_status mirti_simulate_boundaries_write(mirti_simulate_country *country,
                                             mirti_simulate_files *files,
                                             const mirti_listener *listener, mirti_error *err) {
    drawing d = {.country = country};
    MIRTI_TRY(lay_streets(country, err));
    mirti_status status = MIRTI_OK;
    for (int i = 0; i < SHAPEFILES && status == MIRTI_OK; i++) {
        char name[64];
        snprintf(name, sizeof name, "boundaries/%s.shp", plans[i].name);
        status = mirti_progress(listener, "boundaries", i, SHAPEFILES + 1, err);
        if (status == MIRTI_OK) status = write_file(files, &d, name, i, i + 1, err);
        if (status == MIRTI_OK) status = list_companions(files, plans[i].name, err);
    }
    if (status == MIRTI_OK) status = write_file(files, &d, "boundaries/marco.gpkg", 0, PLANS, err);
    if (status == MIRTI_OK)
        status = mirti_progress(listener, "boundaries", SHAPEFILES + 1, SHAPEFILES + 1, err);
    mirti_simulate_outliner_reset(&d.outliner);
    mirti_simulate_outline_reset(&d.outline);
    mirti_free(d.xy);
    return status;
}
