/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The published table, traps included: a byte-order mark and CRLF; rows of totals with codes of
 * zeros; localities of one and two dwellings listed with everything suppressed (`*`) but their
 * population, and added up in rows 9998 and 9999; a few localities not available (`N/D`); blanks
 * before some numbers; coordinates as degrees, minutes and seconds.
 */
#include "iter.h"

enum { BYTES_OF_ROW = 9 * 128 + MIRTI_SIMULATE_ITER_COLUMNS * 12 };

/* ------------------------------------------------------------------------------------- values -- */

static int64_t by_sex(const int64_t pair[2], int sex) {
    return sex < 0 ? pair[0] + pair[1] : pair[sex];
}

static int64_t out_of_school(const mirti_simulate_tally *t, int first, int last, int sex) {
    int64_t sum = 0;
    for (int age = first; age <= last; age++)
        sum += by_sex((const int64_t[]){t->out_of_school[0][age], t->out_of_school[1][age]}, sex);
    return sum;
}

/* n/d in hundredths, rounded half up, without trailing zeros. */
static void put_ratio(mirti_simulate_buffer *out, int64_t n, int64_t d) {
    if (d == 0) {
        mirti_simulate_puts(out, "N/A");
        return;
    }
    uint64_t hundredths = (uint64_t)((200 * n + d) / (2 * d));
    mirti_simulate_put_number(out, hundredths / 100);
    if (hundredths % 100 == 0) return;
    mirti_simulate_put_char(out, '.');
    if (hundredths % 10 == 0)
        mirti_simulate_put_number(out, hundredths % 100 / 10);
    else
        mirti_simulate_put_code(out, hundredths % 100, 2);
}

static void put_padded(mirti_simulate_buffer *out, int64_t value) {
    int digits = 1;
    for (int64_t rest = value; rest >= 10; rest /= 10)
        digits++;
    for (; digits < 9; digits++)
        mirti_simulate_put_char(out, ' ');
    mirti_simulate_put_number(out, (uint64_t)value);
}

static int64_t value_of(const mirti_simulate_iter_column *column, const mirti_simulate_tally *t) {
    int a = column->a, b = column->b, sex = column->sex;
    const int64_t *d = t->dwelling;
    switch (column->kind) {
    case AGES: return mirti_simulate_tally_ages(t, a, b, sex);
    case PERSONS:
    case PADDED: return by_sex(t->trait[a], sex);
    case OUT_OF_SCHOOL: return out_of_school(t, a, b, sex);
    case IN_SCHOOL: return mirti_simulate_tally_ages(t, a, b, sex) - out_of_school(t, a, b, sex);
    case DWELLINGS: return d[a];
    case DWELLINGS_WITHOUT: return d[DWELLING_ALL] - d[a];
    case THREE_ROOMS: return d[DWELLING_ALL] - d[DWELLING_ONE_ROOM] - d[DWELLING_TWO_ROOMS];
    case ALL_DWELLINGS: return d[DWELLING_ALL] + d[DWELLING_EMPTY] + d[DWELLING_TEMPORARY];
    default: return 0;
    }
}

/* TAMLOC of the published table: 14 classes of inhabitants. */
static int size_class(int64_t persons) {
    static const int64_t below[] = {250,   500,   1000,   2500,   5000,   10000,  15000,
                                    30000, 50000, 100000, 250000, 500000, 1000000};
    int class = 0;
    while (class < 13 && persons >= below[class])
        class ++;
    return class + 1;
}

static void put_value(mirti_simulate_buffer *out, const mirti_simulate_iter_column *column,
                      const mirti_simulate_tally *t, int64_t persons, bool is_locality) {
    int sex = column->sex;
    switch (column->kind) {
    case PADDED: put_padded(out, value_of(column, t)); break;
    case MEN_PER_WOMEN:
        put_ratio(out, 100 * mirti_simulate_tally_ages(t, 0, MIRTI_SIMULATE_AGE_MAX, 1),
                  mirti_simulate_tally_ages(t, 0, MIRTI_SIMULATE_AGE_MAX, 0));
        break;
    case MEAN_BIRTHS:
        put_ratio(out, t->trait[TRAIT_BIRTHS_12][0],
                  mirti_simulate_tally_ages(t, 12, MIRTI_SIMULATE_AGE_MAX, 0));
        break;
    case MEAN_SCHOOLING:
        put_ratio(out, by_sex(t->trait[TRAIT_SCHOOL_YEARS_15], sex),
                  mirti_simulate_tally_ages(t, 15, MIRTI_SIMULATE_AGE_MAX, sex));
        break;
    case PER_DWELLING: put_ratio(out, persons, t->dwelling[DWELLING_ALL]); break;
    case PER_ROOM: put_ratio(out, persons, t->dwelling[DWELLING_ROOMS]); break;
    case SIZE_CLASS:
        if (is_locality)
            mirti_simulate_put_number(out, (uint64_t)size_class(persons));
        else
            mirti_simulate_put_char(out, '*');
        break;
    default: mirti_simulate_put_number(out, (uint64_t)value_of(column, t)); break;
    }
}

/* --------------------------------------------------------------------------------------- rows -- */

typedef enum disclosure { PUBLISHED, SUPPRESSED, NOT_AVAILABLE } disclosure;

/* What is published of a place whatever its size. */
static bool always_shown(const mirti_simulate_iter_column *column) {
    return strcmp(column->name, "POBTOT") == 0 || strcmp(column->name, "VIVTOT") == 0 ||
           strcmp(column->name, "TVIVHAB") == 0 || column->kind == SIZE_CLASS;
}

static void put_values(mirti_simulate_buffer *out, const mirti_simulate_tally *t, bool is_locality,
                       disclosure shown) {
    int64_t persons = mirti_simulate_tally_ages(t, 0, MIRTI_SIMULATE_AGE_MAX, -1);
    for (int i = 0; i < MIRTI_SIMULATE_ITER_COLUMNS; i++) {
        const mirti_simulate_iter_column *column = &mirti_simulate_iter_columns[i];
        mirti_simulate_put_char(out, ',');
        if (shown == PUBLISHED || always_shown(column))
            put_value(out, column, t, persons, is_locality);
        else
            mirti_simulate_puts(out, shown == SUPPRESSED ? "*" : "N/D");
    }
    mirti_simulate_puts(out, "\r\n");
}

/* The place: state 0 = nation, municipality 0 = state, locality 0 = municipality. */
static void put_place(mirti_simulate_buffer *out, int state, const char *state_name,
                      int municipality, const char *municipality_name, int locality,
                      const char *locality_name) {
    mirti_simulate_put_code(out, (uint64_t)state, 2);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_text(out, state_name);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_code(out, (uint64_t)municipality, 3);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_text(out, municipality_name);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_code(out, (uint64_t)locality, 4);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_text(out, locality_name);
}

/* `113°04'05.120" W`, in a quoted field. */
static void put_angle(mirti_simulate_buffer *out, int64_t milliseconds, int width, char direction) {
    int64_t degrees = milliseconds / 3600000, rest = milliseconds % 3600000;
    mirti_simulate_puts(out, ",\"");
    if (width == 3 && degrees < 100) mirti_simulate_put_char(out, ' ');
    mirti_simulate_put_code(out, (uint64_t)degrees, degrees < 100 ? 2 : 3);
    mirti_simulate_puts(out, "°");
    mirti_simulate_put_code(out, (uint64_t)(rest / 60000), 2);
    mirti_simulate_put_char(out, '\'');
    mirti_simulate_put_code(out, (uint64_t)(rest / 1000 % 60), 2);
    mirti_simulate_put_char(out, '.');
    mirti_simulate_put_code(out, (uint64_t)(rest % 1000), 3);
    mirti_simulate_puts(out, "\"\" ");
    mirti_simulate_put_char(out, direction);
    mirti_simulate_put_char(out, '"');
}

static void put_coordinates(mirti_simulate_buffer *out, const mirti_simulate_locality *l) {
    put_angle(out, l->longitude_ms < 0 ? -(int64_t)l->longitude_ms : l->longitude_ms, 3,
              l->longitude_ms < 0 ? 'W' : 'E');
    put_angle(out, l->latitude_ms < 0 ? -(int64_t)l->latitude_ms : l->latitude_ms, 2,
              l->latitude_ms < 0 ? 'S' : 'N');
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_code(out, (uint64_t)l->altitude_m, 4);
}

/* The rows 9998 and 9999 of whatever place; a pool of fewer than three dwellings is suppressed. */
static void put_pools(mirti_simulate_buffer *out, int state, const char *state_name,
                      int municipality, const char *municipality_name,
                      const mirti_simulate_tally *pool) {
    static const char *const title[] = {"Localidades de una vivienda",
                                        "Localidades de dos viviendas"};
    for (int i = 0; i < 2; i++) {
        int64_t dwellings = pool[i].dwelling[DWELLING_ALL];
        if (dwellings == 0) continue;
        put_place(out, state, state_name, municipality, municipality_name, 9998 + i, title[i]);
        mirti_simulate_puts(out, ",,,");
        put_values(out, &pool[i], false, dwellings < 3 ? SUPPRESSED : PUBLISHED);
    }
}

static bool not_available(const mirti_simulate_country *country, int32_t locality) {
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_ANSWERS,
                                 (UINT64_C(1) << 40) + (uint64_t)locality);
    return country->locality[locality].dwellings < 30 && mirti_rng_below(&rng, 300) == 0;
}

/* ------------------------------------------------------------------------------------- places -- */

mirti_status mirti_simulate_iter_municipality(mirti_simulate_iter *iter, int32_t municipality,
                                              const mirti_simulate_tally *locality,
                                              mirti_error *err) {
    const mirti_simulate_country *country = iter->country;
    const mirti_simulate_municipality *m = &country->municipality[municipality];
    const mirti_simulate_state *state = &country->state[m->state];
    mirti_simulate_buffer *out = &iter->municipalities;
    if (!mirti_simulate_reserve(out, (size_t)(m->localities + 3) * BYTES_OF_ROW))
        return mirti_fail_memory(err, "the published results of a simulated state");
    mirti_simulate_tally sum[3] = {0};
    for (int32_t k = 0; k < m->localities; k++) {
        int64_t dwellings = locality[k].dwelling[DWELLING_ALL];
        mirti_simulate_tally_add(&sum[0], &locality[k]);
        if (dwellings < 3) mirti_simulate_tally_add(&sum[dwellings], &locality[k]);
    }
    put_place(out, state->code, state->name, m->code, m->name, 0, "Total del Municipio");
    mirti_simulate_puts(out, ",,,");
    put_values(out, &sum[0], false, PUBLISHED);
    for (int32_t k = 0; k < m->localities; k++) {
        int32_t index = m->first_locality + k;
        const mirti_simulate_locality *l = &country->locality[index];
        put_place(out, state->code, state->name, m->code, m->name, l->code, l->name);
        put_coordinates(out, l);
        put_values(out, &locality[k], true,
                   locality[k].dwelling[DWELLING_ALL] < 3 ? SUPPRESSED
                   : not_available(country, index)        ? NOT_AVAILABLE
                                                          : PUBLISHED);
    }
    put_pools(out, state->code, state->name, m->code, m->name, sum + 1);
    for (int i = 0; i < 3; i++)
        mirti_simulate_tally_add(&iter->state[i], &sum[i]);
    return MIRTI_OK;
}

mirti_status mirti_simulate_iter_state(mirti_simulate_iter *iter, int32_t index, mirti_error *err) {
    const mirti_simulate_state *state = &iter->country->state[index];
    mirti_simulate_buffer *out = &iter->body;
    if (!mirti_simulate_reserve(out, 3 * BYTES_OF_ROW + iter->municipalities.size))
        return mirti_fail_memory(err, "the published results of a simulated country");
    char title[128];
    snprintf(title, sizeof title, "Total de la entidad %s", state->name);
    put_place(out, state->code, state->name, 0, title, 0, "Total de la Entidad");
    mirti_simulate_puts(out, ",,,");
    put_values(out, &iter->state[0], false, PUBLISHED);
    put_pools(out, state->code, state->name, 0, title, iter->state + 1);
    mirti_simulate_put(out, iter->municipalities.data, iter->municipalities.size);
    iter->municipalities.size = 0;
    for (int i = 0; i < 3; i++) {
        mirti_simulate_tally_add(&iter->nation[i], &iter->state[i]);
        iter->state[i] = (mirti_simulate_tally){0};
    }
    return MIRTI_OK;
}

static mirti_status put_head(mirti_simulate_buffer *out, const mirti_simulate_iter *iter,
                             mirti_error *err) {
    static const char nation[] = "Total nacional";
    if (!mirti_simulate_reserve(out, 4 * BYTES_OF_ROW))
        return mirti_fail_memory(err, "the published results of a simulated country");
    mirti_simulate_puts(out, "\xEF\xBB\xBF"
                             "ENTIDAD,NOM_ENT,MUN,NOM_MUN,LOC,NOM_LOC,LONGITUD,LATITUD,ALTITUD");
    for (int i = 0; i < MIRTI_SIMULATE_ITER_COLUMNS; i++) {
        mirti_simulate_put_char(out, ',');
        mirti_simulate_puts(out, mirti_simulate_iter_columns[i].name);
    }
    mirti_simulate_puts(out, "\r\n");
    put_place(out, 0, nation, 0, nation, 0, nation);
    mirti_simulate_puts(out, ",,,");
    put_values(out, &iter->nation[0], false, PUBLISHED);
    put_pools(out, 0, nation, 0, nation, iter->nation + 1);
    return MIRTI_OK;
}

mirti_status mirti_simulate_iter_write(mirti_simulate_iter *iter, mirti_simulate_files *files,
                                       const char *name, mirti_error *err) {
    mirti_simulate_buffer head = {0};
    mirti_simulate_stream stream;
    mirti_status status = put_head(&head, iter, err);
    if (status == MIRTI_OK) status = mirti_simulate_stream_open(&stream, files, name, err);
    if (status == MIRTI_OK) {
        status = mirti_simulate_stream_write(&stream, head.data, head.size, err);
        if (status == MIRTI_OK)
            status = mirti_simulate_stream_write(&stream, iter->body.data, iter->body.size, err);
        status = mirti_simulate_stream_close(&stream, status, err);
    }
    mirti_simulate_buffer_reset(&head);
    return status;
}

void mirti_simulate_iter_reset(mirti_simulate_iter *iter) {
    mirti_simulate_buffer_reset(&iter->body);
    mirti_simulate_buffer_reset(&iter->municipalities);
}
