/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Twenty-four children of an invented survey: two strata of three PSUs, four children in each. */
#ifndef CHILDREN_H
#define CHILDREN_H

struct child {
    const char *stratum, *psu;
    double weight;
    double age;  ///< years
    int farm;    ///< 1: the head of the household works in agriculture
    int working; ///< the outcome
};

static const struct child children[] = {
    {"rural", "1", 210, 12, 1, 0}, {"rural", "1", 210, 16, 1, 1}, {"rural", "1", 210, 14, 0, 0},
    {"rural", "1", 180, 17, 0, 1}, {"rural", "2", 205, 13, 1, 1}, {"rural", "2", 205, 15, 1, 1},
    {"rural", "2", 150, 12, 0, 0}, {"rural", "2", 150, 16, 0, 0}, {"rural", "3", 240, 17, 1, 1},
    {"rural", "3", 240, 14, 1, 0}, {"rural", "3", 240, 13, 0, 0}, {"rural", "3", 240, 15, 0, 1},
    {"urban", "4", 520, 12, 0, 0}, {"urban", "4", 520, 16, 0, 0}, {"urban", "4", 500, 17, 1, 1},
    {"urban", "4", 500, 13, 0, 0}, {"urban", "5", 610, 15, 0, 0}, {"urban", "5", 610, 14, 0, 1},
    {"urban", "5", 610, 17, 0, 1}, {"urban", "5", 580, 12, 1, 0}, {"urban", "6", 450, 13, 0, 0},
    {"urban", "6", 450, 16, 1, 1}, {"urban", "6", 450, 15, 0, 0}, {"urban", "6", 450, 14, 1, 0},
};

#endif
