/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of the output contract: one list for CSV, GeoPackage and report, so that they cannot
 * drift apart. */
#include "internal.h"

#include <math.h>

enum {
    CODE,
    NAME,
    PARENT_CODE,
    PARENT_NAME,
    CHILDREN,
    RISK,
    RISK_SE,
    RISK_LO,
    RISK_HI,
    RISK_CV,
    AT_RISK,
    AT_RISK_LO,
    AT_RISK_HI,
    LEVEL,
    LEVEL_PROB,
    RANK,
    RANK_LO,
    RANK_HI,
    FACTOR_1,
    FACTOR_2,
    FACTOR_3,
    METHOD,
    QUALITY,
    COLUMNS,
    INDEX = COLUMNS /* only of an index */
};

#define TEXT  MIRTI_OUTPUT_TEXT
#define REAL  MIRTI_OUTPUT_REAL
#define WHOLE MIRTI_OUTPUT_INTEGER

static const mirti_output_column columns[COLUMNS + 1] = {
    [CODE] = {"code", TEXT, "Clave", "Code"},
    [NAME] = {"name", TEXT, "Nombre", "Name"},
    [PARENT_CODE] = {"parent_code", TEXT, "Clave del área mayor", "Code of the larger area"},
    [PARENT_NAME] = {"parent_name", TEXT, "Área mayor", "Larger area"},
    [CHILDREN] = {"children", REAL, "Niñas, niños y adolescentes", "Children"},
    [RISK] = {"risk", REAL, "Riesgo", "Risk"},
    [RISK_SE] = {"risk_se", REAL, "Error estándar del riesgo", "Standard error of the risk"},
    [RISK_LO] = {"risk_lo", REAL, "Riesgo, límite inferior", "Risk, lower limit"},
    [RISK_HI] = {"risk_hi", REAL, "Riesgo, límite superior", "Risk, upper limit"},
    [RISK_CV] = {"risk_cv", REAL, "Coeficiente de variación", "Coefficient of variation"},
    [AT_RISK] = {"at_risk", REAL, "Número esperado en riesgo", "Expected number at risk"},
    [AT_RISK_LO] = {"at_risk_lo", REAL, "Número en riesgo, límite inferior",
                    "Number at risk, lower limit"},
    [AT_RISK_HI] = {"at_risk_hi", REAL, "Número en riesgo, límite superior",
                    "Number at risk, upper limit"},
    [LEVEL] = {"level", TEXT, "Nivel de riesgo", "Level of risk"},
    [LEVEL_PROB] = {"level_prob", REAL, "Probabilidad del nivel", "Probability of the level"},
    [RANK] = {"rank", WHOLE, "Lugar (1 = mayor riesgo)", "Rank (1 = highest risk)"},
    [RANK_LO] = {"rank_lo", WHOLE, "Lugar, desde", "Rank, from"},
    [RANK_HI] = {"rank_hi", WHOLE, "Lugar, hasta", "Rank, to"},
    [FACTOR_1] = {"factor_1", TEXT, "Primer factor de riesgo", "First factor of risk"},
    [FACTOR_2] = {"factor_2", TEXT, "Segundo factor de riesgo", "Second factor of risk"},
    [FACTOR_3] = {"factor_3", TEXT, "Tercer factor de riesgo", "Third factor of risk"},
    [METHOD] = {"method", TEXT, "Método", "Method"},
    [QUALITY] = {"quality", TEXT, "Calidad de la estimación", "Quality of the estimate"},
    [INDEX] = {"index", REAL, "Índice de vulnerabilidad (0 a 100)",
               "Vulnerability index (0 to 100)"},
};

const mirti_output_column *mirti_output_columns(int *count) {
    *count = COLUMNS;
    return columns;
}

const mirti_output_column *mirti_results_columns(const mirti_results *results, int *count) {
    *count = results->index ? COLUMNS + 1 : COLUMNS;
    return columns;
}

static const char *method_name(mirti_method method) {
    static const char *const name[] = {NULL, "direct", "eb", "synthetic", "aggregate", "index"};
    return name[method];
}

static const char *text_of(const mirti_results *r, int64_t i, int column) {
    switch (column) {
    case CODE: return r->code[i];
    case NAME: return r->name[i];
    case PARENT_CODE: return r->parent_code[i];
    case PARENT_NAME: return r->parent_name[i];
    case LEVEL: return r->level[i] >= 0 ? r->level_name[r->level[i]] : NULL;
    case FACTOR_1:
    case FACTOR_2:
    case FACTOR_3: return r->factor[column - FACTOR_1][i];
    case METHOD: return method_name(r->method[i]);
    case QUALITY: return mirti_results_quality(r, i);
    default: return NULL;
    }
}

static double rank_number(int64_t rank) {
    return rank > 0 ? (double)rank : NAN;
}

static double number_of(const mirti_results *r, int64_t i, int column) {
    switch (column) {
    case CHILDREN: return r->children[i];
    case RISK: return r->risk[i];
    case RISK_SE: return r->risk_se[i];
    case RISK_LO: return r->risk_lo[i];
    case RISK_HI: return r->risk_hi[i];
    case RISK_CV: return r->risk_cv[i];
    case AT_RISK: return r->at_risk[i];
    case AT_RISK_LO: return r->at_risk_lo[i];
    case AT_RISK_HI: return r->at_risk_hi[i];
    case LEVEL_PROB: return r->level_prob[i];
    case RANK: return rank_number(r->rank[i]);
    case RANK_LO: return rank_number(r->rank_lo[i]);
    case RANK_HI: return rank_number(r->rank_hi[i]);
    case INDEX: return r->index[i];
    default: return NAN;
    }
}

void mirti_output_cell(const mirti_results *results, int64_t i, int column, const char **text,
                       double *number) {
    bool is_text = columns[column].type == MIRTI_OUTPUT_TEXT;
    *text = is_text ? text_of(results, i, column) : NULL;
    *number = is_text ? NAN : number_of(results, i, column);
}
