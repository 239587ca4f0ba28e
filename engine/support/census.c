/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The census's side: shares and means over the children of all areas that have figures, from the
 * patterns of a cube or from published cells and their shares. */
#include "internal.h"

#include <math.h>

/* Lines of every pattern, and which cells are of which area. */
static mirti_status read_cube(mirti_support_reader *reader, mirti_error *err) {
    const mirti_cube *cube = reader->areas->cube;
    const int lines = reader->layout->lines;
    reader->pattern = mirti_new((size_t)cube->patterns * (size_t)lines, sizeof *reader->pattern);
    reader->first = mirti_new((size_t)cube->areas + 1, sizeof *reader->first);
    if (!reader->pattern || !reader->first)
        return mirti_fail_memory(err, "the patterns of the census");
    for (int64_t p = 0; p < cube->patterns; p++)
        mirti_support_lines(reader->layout, cube->value + p * cube->variables,
                            reader->pattern + p * lines);
    for (int64_t c = 0; c < cube->cells; c++)
        reader->first[cube->place[cube->cell[c].place].area + 1] = c + 1;
    for (int64_t a = 0; a < cube->areas; a++) /* an area without cells begins where it ends */
        if (reader->first[a + 1] < reader->first[a]) reader->first[a + 1] = reader->first[a];
    return MIRTI_OK;
}

mirti_status mirti_support_reader_make(mirti_support_reader *reader,
                                       const mirti_support_layout *layout, const mirti_areas *areas,
                                       mirti_error *err) {
    *reader = (mirti_support_reader){.layout = layout, .areas = areas};
    mirti_status status = areas->cube ? read_cube(reader, err) : MIRTI_OK;
    if (status != MIRTI_OK) mirti_support_reader_reset(reader);
    return status;
}

void mirti_support_reader_reset(mirti_support_reader *reader) {
    mirti_free(reader->pattern);
    mirti_free(reader->first);
    *reader = (mirti_support_reader){0};
}

static double children_of(const mirti_cube_cell *cell) {
    return (double)cell->weight / 1e6; /* millionths */
}

static double add_cells_of_cube(const mirti_support_reader *reader, int64_t area, mirti_sum *sum) {
    const int lines = reader->layout->lines;
    mirti_sum all = {0};
    for (int64_t c = reader->first[area]; c < reader->first[area + 1]; c++) {
        const mirti_cube_cell *cell = &reader->areas->cube->cell[c];
        mirti_sum_add(&all, children_of(cell));
        for (int l = 0; l < lines; l++)
            mirti_sum_add(&sum[l], children_of(cell) * reader->pattern[cell->pattern * lines + l]);
    }
    return mirti_sum_value(&all);
}

static double add_published_cells(const mirti_support_reader *reader, int64_t area,
                                  mirti_sum *sum) {
    const mirti_areas *areas = reader->areas;
    const mirti_support_layout *layout = reader->layout;
    mirti_sum all = {0};
    for (int c = 0; c < areas->cells; c++) {
        const int64_t at = area * areas->cells + c;
        const double children = areas->children[at];
        if (!(children > 0)) continue; /* its shares need not be known */
        mirti_sum_add(&all, children);
        for (int v = 0; v < layout->predictors; v++) {
            const double *share = areas->share + at * areas->shares +
                                  mirti_terms_share_offset(layout->terms, layout->predictor[v]);
            for (int l = layout->first[v]; l < layout->first[v + 1]; l++)
                mirti_sum_add(&sum[l], children * share[l - layout->first[v]]);
        }
    }
    return mirti_sum_value(&all);
}

double mirti_support_add_area(const mirti_support_reader *reader, int64_t area, mirti_sum *sum) {
    return reader->areas->cube ? add_cells_of_cube(reader, area, sum)
                               : add_published_cells(reader, area, sum);
}

double mirti_support_area_size(const mirti_support_reader *reader, int64_t area) {
    const mirti_areas *areas = reader->areas;
    double size = 0;
    for (int c = 0; !areas->cube && c < areas->cells; c++)
        size += areas->children[area * areas->cells + c];
    for (int64_t c = areas->cube ? reader->first[area] : 0;
         areas->cube && c < reader->first[area + 1]; c++)
        size += (double)areas->cube->cell[c].persons;
    return size;
}

/* Spread of the k-th used predictor, a number, over the persons of a cube; and the share of them
 * beyond the survey's range. */
static mirti_status put_spread(const mirti_cube *cube, int v, mirti_support_predictor *predictor,
                               mirti_error *err) {
    mirti_support_point *point = mirti_new((size_t)cube->cells, sizeof *point);
    if (!point) return mirti_fail_memory(err, "the patterns of the census");
    mirti_sum all = {0}, outside = {0};
    for (int64_t c = 0; c < cube->cells; c++) {
        const mirti_cube_cell *cell = &cube->cell[c];
        const double value = cube->value[(int64_t)cell->pattern * cube->variables + v];
        point[c] = (mirti_support_point){value, children_of(cell)};
        mirti_sum_add(&all, point[c].weight);
        if (value < predictor->survey.least || value > predictor->survey.most)
            mirti_sum_add(&outside, point[c].weight);
    }
    predictor->census = mirti_support_spread_of(point, cube->cells);
    predictor->outside = mirti_sum_value(&outside) / mirti_sum_value(&all);
    mirti_free(point);
    return MIRTI_OK;
}

mirti_status mirti_support_census(const mirti_support_reader *reader, mirti_support *support,
                                  mirti_error *err) {
    const mirti_support_layout *layout = reader->layout;
    const mirti_areas *areas = reader->areas;
    mirti_status status = MIRTI_OK;
    mirti_sum all = {0};
    mirti_sum *sum = mirti_new((size_t)layout->lines, sizeof *sum);
    if (!sum) return mirti_fail_memory(err, "the comparison of survey and census");
    for (int64_t a = 0; a < areas->count; a++)
        if (areas->missing[a] == MIRTI_AREA_COMPLETE)
            mirti_sum_add(&all, mirti_support_add_area(reader, a, sum));
    for (int v = 0; v < layout->predictors && status == MIRTI_OK; v++) {
        mirti_support_predictor *p = &support->predictor[v];
        for (int l = 0; l < p->lines; l++)
            p->line[l].census = mirti_sum_value(&sum[layout->first[v] + l]) / mirti_sum_value(&all);
        if (areas->cube && layout->terms->predictor[p->predictor].kind == MIRTI_PREDICTOR_NUMBER)
            status = put_spread(areas->cube, v, p, err);
    }
    mirti_free(sum);
    return status;
}
