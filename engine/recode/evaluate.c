/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evaluation: a batch is walked in chunks that fit the processor's cache, and on each chunk the
 * program's nodes are applied one after the other, every node to all rows of the chunk.
 *
 * Every operation is total (what has no result is missing), so all nodes are computed for all rows,
 * also those in the branch of a CASE that is not taken: this is cheaper than choosing rows. What
 * must not be reported for a branch not taken is sorted out in notes.c. Functions that look at
 * other persons of the household are computed before, for the whole batch (across.c), and then
 * stand in the program like columns.
 */
#include "evaluate.h"

#include <string.h>

/* ----------------------------------------------------------------------------------- memory -- */

bool mirti_recode_new_vector(mirti_arena *arena, mirti_recode_kind kind, int64_t rows,
                             mirti_recode_vector *out) {
    size_t n = (size_t)(rows > 0 ? rows : 1);
    *out = (mirti_recode_vector){.valid = mirti_arena_new(arena, n)};
    if (!out->valid) return false;
    switch (kind) {
    case KIND_NUMBER: out->number = mirti_arena_new(arena, n * sizeof *out->number); break;
    case KIND_TRUTH: out->truth = mirti_arena_new(arena, n); break;
    default: out->text = mirti_arena_new(arena, n * sizeof *out->text); break;
    }
    return out->number || out->truth || out->text;
}

static void fill_constant(const mirti_recode_node *node, mirti_recode_vector *v, int64_t n) {
    mirti_str text = node->text.data ? node->text : (mirti_str){"", 0};
    memset(v->valid, node->null ? 0 : 1, (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        if (v->number) v->number[i] = node->number;
        if (v->truth) v->truth[i] = !node->null && node->number != 0;
        if (v->text) v->text[i] = text;
    }
}

static mirti_status prepare(mirti_recode_machine *m, int64_t rows, mirti_error *err) {
    mirti_arena *arena = m->session->arena;
    size_t count = (size_t)m->program->count;
    int64_t n = rows < MIRTI_RECODE_CHUNK ? rows : MIRTI_RECODE_CHUNK;
    m->scratch.arena = arena;
    m->vector = mirti_arena_new(arena, count * sizeof *m->vector);
    m->buffer = mirti_arena_new(arena, count * sizeof *m->buffer);
    m->bad = mirti_arena_new(arena, count * sizeof *m->bad);
    m->bad_here = mirti_arena_new(arena, count * sizeof *m->bad_here);
    if (!m->vector || !m->buffer || !m->bad || !m->bad_here)
        return mirti_fail_memory(err, "values");
    for (int i = 0; i < m->program->count; i++) {
        const mirti_recode_node *node = m->program->node[i];
        bool notes = node->op == OP_TO_NUMBER || node->op == OP_TO_TRUTH ||
                     node->op == OP_MAP_NUMBER || node->op == OP_MAP_TEXT;
        m->bad[i] = notes ? mirti_arena_new(arena, (size_t)(n > 0 ? n : 1)) : NULL;
        m->bad_here[i] = false;
        if (!mirti_recode_new_vector(arena, node->kind, n, &m->buffer[i]) || (notes && !m->bad[i]))
            return mirti_fail_memory(err, "values");
        m->vector[i] = m->buffer[i];
        if (node->op == OP_CONSTANT) fill_constant(node, &m->buffer[i], n);
    }
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- columns -- */

static bool is_code_number(const mirti_recode_codes *codes, double value) {
    double code;
    for (int i = 0; i < codes->count; i++)
        if (mirti_number_parse(codes->text[i], &code) && code == value) return true;
    return false;
}

static void drop_missing_texts(const mirti_recode_machine *m, const mirti_recode_column *column,
                               const mirti_str *text, uint8_t *valid, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (!valid[i]) continue;
        mirti_str trimmed = mirti_str_trim(text[i]);
        if (mirti_recode_is_code(&m->session->scope->missing, trimmed) ||
            mirti_recode_is_code(&column->missing, trimmed))
            valid[i] = 0;
    }
}

static void drop_missing_numbers(const mirti_recode_machine *m, const mirti_recode_column *column,
                                 double *number, uint8_t *valid, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        bool drop = number[i] - number[i] != 0; /* infinite or NaN */
        drop = drop || is_code_number(&m->session->scope->missing, number[i]) ||
               is_code_number(&column->missing, number[i]);
        if (drop) {
            valid[i] = 0;
            number[i] = 0;
        }
    }
}

/** Rows [first, first + n) of the selection, as views into the batch where nothing must be changed.
 */
static void load_column(mirti_recode_machine *m, int at, int64_t first, int64_t n) {
    const mirti_recode_node *node = m->program->node[at];
    const mirti_recode_column *column = &m->session->scope->column[node->column];
    const mirti_column *from = &m->session->batch->column[node->column];
    mirti_recode_vector *own = &m->buffer[at], *v = &m->vector[at];
    bool textual = node->kind != KIND_NUMBER && node->kind != KIND_TRUTH;
    bool coded = m->session->scope->missing.count + column->missing.count > 0;
    *v = *own;
    if (textual && !m->rows) v->text = from->text + first;
    if (textual && !m->rows && !coded) {
        v->valid = from->valid + first;
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t row = m->rows ? m->rows[first + i] : first + i;
        own->valid[i] = from->valid[row];
        if (node->kind == KIND_NUMBER)
            own->number[i] = from->valid[row] ? from->number[row] : 0;
        else if (node->kind == KIND_TRUTH)
            own->truth[i] = from->valid[row] && from->truth[row];
        else if (m->rows)
            own->text[i] = from->text[row];
    }
    if (node->kind == KIND_NUMBER)
        drop_missing_numbers(m, column, own->number, own->valid, n);
    else if (textual && coded)
        drop_missing_texts(m, column, v->text, own->valid, n);
}

static mirti_status check_columns(const mirti_scope *scope, const mirti_recode_program *program,
                                  const mirti_batch *batch, mirti_error *err) {
    for (int i = 0; i < program->count; i++) {
        const mirti_recode_node *node = program->node[i];
        if (node->op != OP_COLUMN) continue;
        const mirti_recode_column *column = &scope->column[node->column];
        const mirti_column *from =
            node->column < batch->columns ? &batch->column[node->column] : NULL;
        if (!from || from->rows != batch->rows || from->type != column->type)
            return mirti_fail(err, MIRTI_ERROR_INTERNAL,
                              "column '%s' was not delivered as it was announced",
                              column->name.data);
    }
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- walking -- */

/** Rows of a household function, which stand ready for the whole batch. */
static void load_across(mirti_recode_machine *m, int at, int64_t first, int64_t n) {
    const mirti_recode_vector *from = &m->session->across[m->program->node[at]->id];
    mirti_recode_vector *v = &m->vector[at];
    for (int64_t i = 0; i < n; i++) {
        int64_t row = m->rows ? m->rows[first + i] : first + i;
        v->valid[i] = from->valid[row];
        if (v->number) v->number[i] = from->number[row];
        if (v->truth) v->truth[i] = from->truth[row];
        if (v->text) v->text[i] = from->text[row];
    }
}

/** Applies all nodes to one chunk. Returns true if there is something to note. */
static bool compute(mirti_recode_machine *m, int64_t first, int64_t n) {
    bool any = false;
    for (int i = 0; i < m->program->count; i++) {
        const mirti_recode_node *node = m->program->node[i];
        const mirti_recode_vector *arg[3] = {NULL, NULL, NULL};
        if (node->op == OP_CONSTANT) continue;
        if (node->op == OP_COLUMN) {
            load_column(m, i, first, n);
            continue;
        }
        if (node->op == OP_HOUSEHOLD) {
            load_across(m, i, first, n);
            continue;
        }
        for (int k = 0; k < node->args; k++)
            arg[k] = &m->vector[m->program->arg[i][k]];
        m->bad_here[i] = mirti_recode_apply(node, arg, &m->vector[i], n, m->bad[i], &m->scratch);
        any = any || m->bad_here[i];
    }
    return any;
}

static void store(const mirti_recode_vector *v, int64_t first, int64_t n, mirti_column *out) {
    size_t count = (size_t)n;
    memcpy(out->valid + first, v->valid, count);
    if (out->number) memcpy(out->number + first, v->number, count * sizeof *v->number);
    if (out->truth) memcpy(out->truth + first, v->truth, count);
    if (out->text) memcpy(out->text + first, v->text, count * sizeof *v->text);
}

static mirti_status walk(mirti_recode_machine *m, int64_t rows, mirti_column *out,
                         mirti_error *err) {
    for (int i = 0; i < m->program->roots; i++) {
        mirti_recode_kind kind = m->program->node[m->program->root[i]]->kind;
        mirti_recode_vector v = {0};
        if (!mirti_recode_new_vector(m->session->arena, kind, rows, &v))
            return mirti_fail_memory(err, "values");
        out[i] = (mirti_column){.type = kind == KIND_NULL ? MIRTI_TYPE_RAW : (mirti_type)kind,
                                .rows = rows,
                                .valid = v.valid,
                                .text = v.text,
                                .number = v.number,
                                .truth = v.truth};
    }
    for (int64_t first = 0; first < rows; first += MIRTI_RECODE_CHUNK) {
        int64_t n = rows - first < MIRTI_RECODE_CHUNK ? rows - first : MIRTI_RECODE_CHUNK;
        bool noted = compute(m, first, n);
        if (m->scratch.failed) return mirti_fail_memory(err, "the texts that an expression makes");
        if (noted && m->session->notes) MIRTI_TRY(mirti_recode_note_chunk(m, first, n, err));
        for (int i = 0; i < m->program->roots; i++)
            store(&m->vector[m->program->root[i]], first, n, &out[i]);
    }
    return MIRTI_OK;
}

mirti_status mirti_recode_run(const mirti_recode_session *session,
                              const mirti_recode_program *program, const int64_t *rows,
                              int64_t selected, mirti_column *out, mirti_error *err) {
    mirti_recode_machine m = {.session = session, .program = program, .rows = rows};
    MIRTI_TRY(check_columns(session->scope, program, session->batch, err));
    MIRTI_TRY(prepare(&m, selected, err));
    mirti_status status = walk(&m, selected, out, err);
    mirti_text_reset(&m.scratch.text);
    return status;
}

mirti_status mirti_expr_eval(const mirti_expr *expr, const mirti_batch *batch, mirti_arena *arena,
                             mirti_column *out, mirti_recode_notes *notes, mirti_error *err) {
    mirti_recode_session session = {
        .scope = expr->scope, .batch = batch, .arena = arena, .notes = notes};
    if (expr->root->level > 0)
        MIRTI_TRY(
            mirti_recode_run_across(&session, &expr->program.node[expr->program.root[0]], 1, err));
    MIRTI_TRY(mirti_recode_run(&session, &expr->program, NULL, batch->rows, out, err));
    out->type = expr->type; /* raw where text was wanted is text: the same bytes */
    return MIRTI_OK;
}

mirti_status mirti_expr_eval_many(const mirti_expr *const *expr, int count,
                                  const mirti_batch *batch, const int64_t *rows, int64_t selected,
                                  mirti_arena *arena, mirti_column *out, mirti_recode_notes *notes,
                                  mirti_error *err) {
    mirti_recode_program program = {0};
    int level = 0;
    if (count == 0) return MIRTI_OK;
    mirti_recode_session session = {
        .scope = expr[0]->scope, .batch = batch, .arena = arena, .notes = notes};
    mirti_recode_node **root = mirti_arena_new(arena, (size_t)count * sizeof(mirti_recode_node *));
    if (!root) return mirti_fail_memory(err, "a program");
    for (int i = 0; i < count; i++) {
        if (expr[i]->scope != session.scope)
            return mirti_fail(err, MIRTI_ERROR_INTERNAL,
                              "expressions of different scopes are evaluated together");
        root[i] = expr[i]->root;
        if (root[i]->level > level) level = root[i]->level;
    }
    MIRTI_TRY(mirti_recode_plan(session.scope, root, count, arena, &program, err));
    if (level > 0) MIRTI_TRY(mirti_recode_run_across(&session, root, count, err));
    MIRTI_TRY(mirti_recode_run(&session, &program, rows, rows ? selected : batch->rows, out, err));
    for (int i = 0; i < count; i++)
        out[i].type = expr[i]->type;
    return MIRTI_OK;
}
