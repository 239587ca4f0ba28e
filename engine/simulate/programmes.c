/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who helps where: a list of programmes by municipality, as a ministry keeps it. Programmes look
 * for poverty, each more or less closely, and some places are missed although they are poor: what
 * phase two of the method wants to find out.
 */
#include "buffer.h"
#include "truth.h"

typedef struct programme {
    const char *code, *name, *kind;
    double reach;     /* log-odds that it works in an average municipality */
    double targeting; /* how much more likely where poverty is one deviation higher */
    unsigned share;   /* per mille of the children there at most */
    unsigned amount;  /* pesos a child and year */
} programme;

static const programme programmes[] = {
    {"P01", "Becas para seguir estudiando", "beca", 1.6, 0.6, 240, 9600},
    {"P02", "Desayunos en la escuela", "alimentación", 0.9, 0.8, 500, 2100},
    {"P03", "Escuela de jornada completa", "escuela", -0.6, 0.3, 180, 5200},
    {"P04", "Apoyo a familias jornaleras", "campo", -1.2, 1.1, 90, 7400},
    {"P05", "Vigilancia del trabajo infantil", "inspección", -0.9, -0.4, 15, 3800},
    {"P06", "Caminos y agua para la sierra", "infraestructura", -1.4, 1.4, 0, 0},
};

static const char header[] = "programa,nombre,tipo,anio,CVEGEO,CVE_ENT,CVE_MUN,municipio,"
                             "beneficiarios,presupuesto\r\n";
enum { YEAR = 2020, BYTES_OF_ROW = 512 };

static void put_row(mirti_simulate_buffer *out, const programme *p,
                    const mirti_simulate_country *country, const mirti_simulate_municipality *m,
                    int64_t children, int64_t amount) {
    uint64_t state = (uint64_t)country->state[m->state].code;
    mirti_simulate_puts(out, p->code);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_text(out, p->name);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_text(out, p->kind);
    mirti_simulate_put_field(out, YEAR);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_code(out, state * 1000 + (uint64_t)m->code, 5);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_code(out, state, 2);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_code(out, (uint64_t)m->code, 3);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_text(out, m->name);
    mirti_simulate_put_char(out, ',');
    if (p->share > 0) mirti_simulate_put_number(out, (uint64_t)children);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put_number(out, (uint64_t)amount);
    mirti_simulate_puts(out, "\r\n");
}

mirti_status mirti_simulate_programmes_write(const mirti_simulate_country *country,
                                             const mirti_simulate_population *population,
                                             mirti_simulate_files *files, mirti_error *err) {
    mirti_simulate_stream stream;
    mirti_simulate_buffer out = {0};
    MIRTI_TRY(mirti_simulate_stream_open(&stream, files, "programmes/programas.csv", err));
    mirti_status status = mirti_simulate_stream_write(&stream, header, strlen(header), err);
    for (size_t k = 0; k < sizeof programmes / sizeof *programmes && status == MIRTI_OK; k++) {
        const programme *p = &programmes[k];
        for (int32_t i = 0; i < country->municipalities && status == MIRTI_OK; i++) {
            const mirti_simulate_municipality *m = &country->municipality[i];
            const mirti_simulate_truth_row *row = &population->municipality[i];
            mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_PROGRAMMES,
                                         (uint64_t)k << 32 | (uint64_t)i);
            uint32_t cut = mirti_simulate_cut(mirti_logistic(p->reach + p->targeting * m->poverty));
            if (mirti_rng_u32(&rng) >= cut) continue;
            int64_t there = row->children[CHILDREN_6_11] + row->children[CHILDREN_12_17];
            int64_t share = (int64_t)(p->share * (400 + mirti_rng_below(&rng, 601)) / 1000);
            int64_t children = there * share / 1000;
            int64_t amount = p->share > 0
                                 ? children * p->amount
                                 : row->persons * (200 + (int64_t)mirti_rng_below(&rng, 900));
            out.size = 0;
            if (!mirti_simulate_reserve(&out, BYTES_OF_ROW)) {
                status = mirti_fail_memory(err, "the programmes of a simulated country");
                break;
            }
            put_row(&out, p, country, m, children, amount);
            status = mirti_simulate_stream_write(&stream, out.data, out.size, err);
        }
    }
    mirti_simulate_buffer_reset(&out);
    return mirti_simulate_stream_close(&stream, status, err);
}
