/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grid of cells: who is whose neighbour, and where a corner is. Every cell owns its north and
 * its south corner; the other four are a north or south corner of a neighbour, which is what makes
 * the corners of adjoining cells one and the same point.
 */
#include "country.h"

int64_t mirti_simulate_neighbour(const mirti_simulate_land *land, int64_t cell, int side) {
    /* Steps of column for an even row; an odd one lies half a cell further right. */
    static const int row_step[MIRTI_SIMULATE_NEIGHBOURS] = {1, 0, -1, -1, 0, 1};
    static const int column_step[2][MIRTI_SIMULATE_NEIGHBOURS] = {{-1, -1, -1, 0, 1, 0},
                                                                  {0, -1, 0, 1, 1, 1}};
    int64_t row = cell / land->columns, column = cell % land->columns;
    int64_t to_row = row + row_step[side];
    int64_t to_column = column + column_step[row & 1][side];
    if (to_row < 0 || to_row >= land->rows || to_column < 0 || to_column >= land->columns)
        return -1;
    return to_row * land->columns + to_column;
}

int64_t mirti_simulate_corner(const mirti_simulate_land *land, int64_t cell, int corner) {
    /* Corners against the clock from the north: N, NW, SW, S, SE, NE. */
    switch (corner) {
    case 0: return 2 * cell;
    case 1: return 2 * mirti_simulate_neighbour(land, cell, 0) + 1;
    case 2: return 2 * mirti_simulate_neighbour(land, cell, 2);
    case 3: return 2 * cell + 1;
    case 4: return 2 * mirti_simulate_neighbour(land, cell, 3);
    default: return 2 * mirti_simulate_neighbour(land, cell, 5) + 1;
    }
}

mirti_simulate_point mirti_simulate_cell_centre(const mirti_simulate_land *land, int64_t cell) {
    int64_t row = cell / land->columns, column = cell % land->columns;
    return (mirti_simulate_point){
        .x = land->origin_x + column * MIRTI_SIMULATE_CELL_WIDTH +
             (row & 1) * (MIRTI_SIMULATE_CELL_WIDTH / 2),
        .y = land->origin_y + row * MIRTI_SIMULATE_CELL_ROW,
    };
}

mirti_simulate_point mirti_simulate_corner_place(const mirti_simulate_land *land, int64_t corner) {
    mirti_simulate_point place = mirti_simulate_cell_centre(land, corner / 2);
    place.y += corner % 2 == 0 ? MIRTI_SIMULATE_CELL_RADIUS : -MIRTI_SIMULATE_CELL_RADIUS;
    /* Shaken within a square of 0.36 sides of a cell: the angles between the three sides that meet
     * here stay above 75 degrees, which leaves the bends of outline.c room. */
    const int32_t reach = MIRTI_SIMULATE_CELL_RADIUS / 50 * 9;
    mirti_rng rng = mirti_rng_at(land->seed, MIRTI_SIMULATE_FOR_VERTEX, (uint64_t)corner);
    place.x += (int64_t)mirti_rng_below(&rng, (uint32_t)(2 * reach + 1)) - reach;
    place.y += (int64_t)mirti_rng_below(&rng, (uint32_t)(2 * reach + 1)) - reach;
    return place;
}
