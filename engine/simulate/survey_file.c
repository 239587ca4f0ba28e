/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The survey's file: the columns of the household survey ENIGH that a model of child work needs, in
 * its codes (which are not the census's: woman 2, yes 1, no 2 or 0), and three of the head of the
 * household. The outcome is `trabaja`.
 */
#include "buffer.h"
#include "survey.h"

static const char header[] =
    "folioviv,foliohog,numren,edad,anac_e,inas_esc,antec_esc,niv_ed,ic_rezedu,hli,sexo,discap,"
    "ubica_geo,tam_loc,est_socio,est_dis,upm,factor,mat_pisos,mat_techos,mat_pared,disp_agua,"
    "drenaje,disp_elect,num_cuarto,tot_resid,celular,conex_inte,num_auto,jefe_sexo,jefe_escol,"
    "jefe_agro,htrab,trabaja\r\n";

enum { BYTES_OF_ROW = 384, SURVEY_YEAR = 2020 };

/* A comma and a number in quotes, as codes are written. */
static void put_code(mirti_simulate_buffer *out, unsigned value, int width) {
    mirti_simulate_puts(out, ",\"");
    mirti_simulate_put_code(out, value, width);
    mirti_simulate_put_char(out, '"');
}

static unsigned digits_of(unsigned value) {
    return value < 10 ? 1 : 2;
}

static void put_design(mirti_simulate_buffer *out, const mirti_simulate_country *country,
                       const mirti_simulate_psu *psu, double own_weight, double wealth) {
    const mirti_simulate_locality *l = &country->locality[psu->locality];
    const mirti_simulate_municipality *m = &country->municipality[l->municipality];
    char weight[32];
    mirti_simulate_puts(out, ",\"");
    mirti_simulate_put_code(out, (uint64_t)country->state[m->state].code, 2);
    mirti_simulate_put_code(out, (uint64_t)m->code, 3);
    mirti_simulate_put_code(out, (uint64_t)l->code, 4);
    mirti_simulate_put_char(out, '"');
    /* Here 1 is the largest: 100,000 and more, 15,000, 2,500, fewer. */
    static const unsigned size[] = {4, 4, 3, 2, 2, 1};
    put_code(out, size[l->size_class], 1);
    put_code(out, wealth < -1.0 ? 1 : wealth < 0.2 ? 2 : wealth < 1.2 ? 3 : 4, 1);
    put_code(out, (unsigned)psu->stratum, 3);
    put_code(out, (unsigned)psu->number, 7);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put(out, weight, (size_t)mirti_number_print(own_weight, weight));
}

static void put_home(mirti_simulate_buffer *out, const mirti_simulate_dwelling *home) {
    put_code(out, home->floor, 1);
    put_code(out, home->floor == 1 ? 3 : 10, home->floor == 1 ? 1 : 2);
    put_code(out, home->floor == 1 ? 3 : 8, 1);
    put_code(out, home->water == 3 ? 4 : home->water, 1);
    put_code(out, home->drainage, 1);
    put_code(out, home->electricity ? 1 : 5, 1);
    mirti_simulate_put_field(out, home->rooms);
    mirti_simulate_put_field(out, (unsigned)home->persons);
    put_code(out, home->mobile ? 1 : 2, 1);
    put_code(out, home->internet ? 1 : 2, 1);
    mirti_simulate_put_field(out, home->car);
    put_code(out, home->person[0].man ? 1 : 2, 1);
    mirti_simulate_put_field(out, home->person[0].schooling);
    put_code(out, home->person[0].sector == MIRTI_SIMULATE_AGRICULTURE, 1);
}

static void put_child(mirti_simulate_buffer *out, const mirti_simulate_country *country,
                      const mirti_simulate_psu *psu, int visit, double weight,
                      const mirti_simulate_dwelling *home, int index) {
    const mirti_simulate_person *p = &home->person[index];
    const mirti_simulate_locality *l = &country->locality[psu->locality];
    int32_t state = country->state[country->municipality[l->municipality].state].code;
    mirti_simulate_put_char(out, '"');
    mirti_simulate_put_code(out, (uint64_t)state, 2);
    mirti_simulate_put_code(out, (uint64_t)psu->number, 6);
    mirti_simulate_put_code(out, (uint64_t)visit + 1, 2);
    mirti_simulate_put_char(out, '"');
    put_code(out, 1, 1);
    put_code(out, (unsigned)index + 1, 2);
    mirti_simulate_put_field(out, p->age);
    mirti_simulate_put_field(out, (unsigned)(SURVEY_YEAR - p->age));
    mirti_simulate_put_field(out, !p->attending);
    mirti_simulate_put_blanks(out, 1);
    unsigned level = p->schooling >= 9 ? 3 : p->schooling >= 6 ? 2 : p->schooling > 0 ? 1 : 0;
    mirti_simulate_put_field(out, level);
    mirti_simulate_put_field(out, !p->attending && p->schooling < 9);
    mirti_simulate_put_field(out, p->indigenous);
    put_code(out, p->man ? 1 : 2, 1);
    mirti_simulate_put_field(out, p->difficulty == 2);
    put_design(out, country, psu, weight, home->wealth);
    put_home(out, home);
    mirti_simulate_put_char(out, ',');
    if (p->works) mirti_simulate_put_code(out, 8U + p->age % 20U, (int)digits_of(8U + p->age));
    mirti_simulate_put_field(out, p->works);
    mirti_simulate_puts(out, "\r\n");
}

mirti_status mirti_simulate_survey_write(const mirti_simulate_country *country,
                                         const mirti_simulate_odds *odds,
                                         mirti_simulate_files *files, mirti_simulate_survey *survey,
                                         const mirti_listener *listener, mirti_error *err) {
    mirti_simulate_stream stream;
    mirti_simulate_buffer out = {0};
    MIRTI_TRY(mirti_simulate_stream_open(&stream, files, "survey/encuesta.csv", err));
    mirti_status status = mirti_simulate_stream_write(&stream, header, strlen(header), err);
    for (int64_t i = 0; i < survey->psus && status == MIRTI_OK; i++) {
        const mirti_simulate_psu *psu = &survey->psu[i];
        mirti_simulate_visit visit[MIRTI_SIMULATE_VISITS_MAX];
        int visits = mirti_simulate_survey_visits(country, odds, psu, visit);
        out.size = 0;
        for (int v = 0; v < visits && status == MIRTI_OK; v++) {
            mirti_simulate_dwelling home;
            mirti_simulate_dwelling_draw(country, odds, psu->locality, visit[v].number, &home);
            if (!mirti_simulate_reserve(&out, (size_t)home.persons * BYTES_OF_ROW)) {
                status = mirti_fail_memory(err, "rows of the survey");
                break;
            }
            for (int k = 0; k < home.persons; k++) {
                if (home.person[k].age < 5 || home.person[k].age > 17) continue;
                put_child(&out, country, psu, v, visit[v].weight, &home, k);
                survey->rows++;
            }
        }
        if (status == MIRTI_OK)
            status = mirti_simulate_stream_write(&stream, out.data, out.size, err);
        if (status == MIRTI_OK && i % 64 == 0)
            status = mirti_progress(listener, "survey", (double)i, (double)survey->psus, err);
    }
    mirti_simulate_buffer_reset(&out);
    return mirti_simulate_stream_close(&stream, status, err);
}
