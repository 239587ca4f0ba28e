/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answers: for every area how many children there are, the mean of their true probabilities
 * (what a model estimates), how many of them do work (what a census of the outcome would find), and
 * the area's own effect.
 */
#include "truth.h"

#include "buffer.h"

enum { BYTES_OF_ROW = 512 };
static const char header[] =
    "code,name,parent_code,dwellings,persons,children_6_17,risk_6_17,working_6_17,children_12_17,"
    "risk_12_17,working_12_17,children_5_17,risk_5_17,working_5_17,effect\r\n";

static void put_group(mirti_simulate_buffer *out, const mirti_simulate_truth_row *row, int first,
                      int last) {
    int64_t children = 0, working = 0, risk = 0;
    for (int g = first; g <= last; g++) {
        children += row->children[g];
        working += row->working[g];
        risk += row->risk[g];
    }
    char number[32];
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_number(out, (uint64_t)children);
    mirti_simulate_put_char(out, ',');
    if (children > 0) {
        /* The conversion of the sum is rounded once, the same way everywhere. */
        double mean = (double)risk / 4294967296.0 / (double)children;
        mirti_simulate_put(out, number, (size_t)mirti_number_print(mean, number));
    }
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_number(out, (uint64_t)working);
}

static void put_row(mirti_simulate_buffer *out, const mirti_simulate_truth_row *row,
                    double effect) {
    char number[32];
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_number(out, (uint64_t)row->dwellings);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_number(out, (uint64_t)row->persons);
    put_group(out, row, CHILDREN_6_11, CHILDREN_12_17);
    put_group(out, row, CHILDREN_12_17, CHILDREN_12_17);
    put_group(out, row, CHILDREN_5, CHILDREN_12_17);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put(out, number, (size_t)mirti_number_print(effect, number));
    mirti_simulate_puts(out, "\r\n");
}

static mirti_status write_municipalities(const mirti_simulate_country *country,
                                         const mirti_simulate_population *population,
                                         mirti_simulate_stream *stream, mirti_error *err) {
    mirti_simulate_buffer out = {0};
    mirti_status status = mirti_simulate_stream_write(stream, header, strlen(header), err);
    for (int32_t i = 0; i < country->municipalities && status == MIRTI_OK; i++) {
        const mirti_simulate_municipality *m = &country->municipality[i];
        uint64_t state = (uint64_t)country->state[m->state].code;
        out.size = 0;
        if (!mirti_simulate_reserve(&out, BYTES_OF_ROW)) {
            status = mirti_fail_memory(err, "the truth of a simulated country");
            break;
        }
        mirti_simulate_put_code(&out, state * 1000 + (uint64_t)m->code, 5);
        mirti_simulate_put_char(&out, ',');
        mirti_simulate_put_text(&out, m->name);
        mirti_simulate_put_char(&out, ',');
        mirti_simulate_put_code(&out, state, 2);
        put_row(&out, &population->municipality[i], m->effect);
        status = mirti_simulate_stream_write(stream, out.data, out.size, err);
    }
    mirti_simulate_buffer_reset(&out);
    return status;
}

static mirti_status write_localities(const mirti_simulate_country *country,
                                     const mirti_simulate_population *population,
                                     mirti_simulate_stream *stream, mirti_error *err) {
    mirti_simulate_buffer out = {0};
    mirti_status status = mirti_simulate_stream_write(stream, header, strlen(header), err);
    for (int32_t i = 0; i < country->localities && status == MIRTI_OK; i++) {
        const mirti_simulate_locality *l = &country->locality[i];
        const mirti_simulate_municipality *m = &country->municipality[l->municipality];
        uint64_t parent = (uint64_t)country->state[m->state].code * 1000 + (uint64_t)m->code;
        out.size = 0;
        if (!mirti_simulate_reserve(&out, BYTES_OF_ROW)) {
            status = mirti_fail_memory(err, "the truth of a simulated country");
            break;
        }
        mirti_simulate_put_code(&out, parent * 10000 + (uint64_t)l->code, 9);
        mirti_simulate_put_char(&out, ',');
        mirti_simulate_put_text(&out, l->name);
        mirti_simulate_put_char(&out, ',');
        mirti_simulate_put_code(&out, parent, 5);
        put_row(&out, &population->locality[i], l->effect);
        status = mirti_simulate_stream_write(stream, out.data, out.size, err);
    }
    mirti_simulate_buffer_reset(&out);
    return status;
}

void mirti_simulate_truth_describe(const mirti_country_truth *t, mirti_json *json) {
    mirti_json_string(json, "link", t->link == MIRTI_COUNTRY_LOGIT ? "logit" : "cloglog");
    double value;
    const char *name;
    for (int i = 0; (name = mirti_country_truth_name(t, i, &value)) != NULL; i++)
        mirti_json_number(json, name, value);
}

static mirti_status write_model(const mirti_simulate_country *country, mirti_simulate_files *files,
                                mirti_error *err) {
    char *path = NULL;
    mirti_json json = {0};
    MIRTI_TRY(mirti_simulate_files_path(files, "truth/model.json", &path, err));
    mirti_json_object(&json, NULL);
    mirti_simulate_truth_describe(&country->truth, &json);
    mirti_json_end(&json);
    mirti_status status = mirti_json_write(&json, path, false, err);
    mirti_json_reset(&json);
    mirti_free(path);
    return status;
}

mirti_status mirti_simulate_truth_write(const mirti_simulate_country *country,
                                        const mirti_simulate_population *population,
                                        mirti_simulate_files *files, mirti_error *err) {
    mirti_simulate_stream stream;
    MIRTI_TRY(mirti_simulate_stream_open(&stream, files, "truth/municipality.csv", err));
    mirti_status status = write_municipalities(country, population, &stream, err);
    MIRTI_TRY(mirti_simulate_stream_close(&stream, status, err));
    MIRTI_TRY(mirti_simulate_stream_open(&stream, files, "truth/locality.csv", err));
    status = write_localities(country, population, &stream, err);
    MIRTI_TRY(mirti_simulate_stream_close(&stream, status, err));
    return write_model(country, files, err);
}
