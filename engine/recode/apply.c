/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which kernel applies which operation.
 */
#include "node.h"

bool mirti_recode_apply(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                        mirti_recode_vector *out, int64_t n, uint8_t *bad,
                        mirti_recode_scratch *scratch) {
    switch (node->op) {
    case OP_TO_NUMBER:
    case OP_TO_TEXT:
    case OP_TO_TRUTH:
    case OP_FROM_TRUTH: return mirti_recode_apply_cast(node, arg, out, n, bad, scratch);
    case OP_NEGATE:
    case OP_ABS:
    case OP_SIGN:
    case OP_FLOOR:
    case OP_CEIL:
    case OP_TRUNC:
    case OP_SQRT:
    case OP_EXP:
    case OP_LN:
    case OP_LOG10:
    case OP_ADD:
    case OP_SUBTRACT:
    case OP_MULTIPLY:
    case OP_DIVIDE:
    case OP_MODULO:
    case OP_POWER:
    case OP_ROUND:
    case OP_LEAST:
    case OP_GREATEST: mirti_recode_apply_number(node, arg, out, n); return false;
    case OP_COMPARE_NUMBER:
    case OP_COMPARE_TEXT:
    case OP_AND:
    case OP_OR:
    case OP_NOT:
    case OP_IS_NULL:
    case OP_IS_TRUE:
    case OP_IS_FALSE: mirti_recode_apply_truth(node, arg, out, n); return false;
    case OP_SELECT:
    case OP_COALESCE: mirti_recode_apply_choice(node, arg, out, n); return false;
    case OP_IN_NUMBER:
    case OP_IN_TEXT:
    case OP_MAP_NUMBER:
    case OP_MAP_TEXT: return mirti_recode_apply_table(node, arg, out, n, bad);
    case OP_LIKE:
    case OP_CONCAT:
    case OP_LENGTH:
    case OP_UPPER:
    case OP_LOWER:
    case OP_FOLD:
    case OP_TRIM:
    case OP_LTRIM:
    case OP_RTRIM:
    case OP_SUBSTR:
    case OP_RIGHT:
    case OP_LPAD:
    case OP_RPAD:
    case OP_REPLACE: mirti_recode_apply_text(node, arg, out, n, scratch); return false;
    case OP_COLUMN:
    case OP_CONSTANT:
    case OP_HOUSEHOLD:
    case OP_COUNT: break;
    }
    return false;
}
