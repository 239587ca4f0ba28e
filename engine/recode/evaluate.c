/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evaluation: a batch is walked in chunks that fit the processor's cache, and on each chunk the
 * program's nodes are applied one after the other, every node to all rows of the chunk.
 *
 * Every operation is total (what has no result is missing), so all nodes are computed for all rows,
 * also those in the branch of a CASE that is not taken: this is cheaper than choosing rows. Only
 * notes need care: in `CASE WHEN x <> 'N/D' THEN x + 1 END` the text N/D is not read as a number.
 * Therefore, in the rare chunk where a noting node found something, a second walk goes from the
 * results back to the columns and marks which rows of which node were asked for at all; only those
 * are counted.
 */
#include "scope.h"

#include <string.h>

enum { CHUNK = 1024 };

/** One evaluation. All arrays are per node of the program. */
typedef struct machine {
    const mirti_scope *scope;
    const mirti_recode_program *program;
    const mirti_batch *batch;
    const int64_t *rows; ///< selected rows; NULL: all
    mirti_recode_vector *vector;
    mirti_recode_vector *buffer; ///< own memory of a node, where it needs some
    uint8_t **bad;               ///< NULL for nodes that note nothing
    bool *bad_here;              ///< bad has a 1 in this chunk
    uint8_t **demand;            ///< NULL until a chunk needs it
    mirti_recode_scratch scratch;
} machine;

/* ------------------------------------------------------------------------------------- memory --
 */

static bool new_vector(mirti_arena *arena, mirti_recode_kind kind, int64_t rows,
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

static mirti_status prepare(machine *m, mirti_arena *arena, int64_t rows, mirti_error *err) {
    size_t count = (size_t)m->program->count;
    int64_t n = rows < CHUNK ? rows : CHUNK;
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
        if (!new_vector(arena, node->kind, n, &m->buffer[i]) || (notes && !m->bad[i]))
            return mirti_fail_memory(err, "values");
        m->vector[i] = m->buffer[i];
        if (node->op == OP_CONSTANT) fill_constant(node, &m->buffer[i], n);
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- columns --
 */

static bool is_code(const mirti_recode_codes *codes, mirti_str trimmed) {
    if ((codes->sizes >> (trimmed.size < 63 ? trimmed.size : 63) & 1) == 0) return false;
    for (int i = 0; i < codes->count; i++)
        if (mirti_str_equal(codes->text[i], trimmed)) return true;
    return false;
}

static bool is_code_number(const mirti_recode_codes *codes, double value) {
    double code;
    for (int i = 0; i < codes->count; i++)
        if (mirti_number_parse(codes->text[i], &code) && code == value) return true;
    return false;
}

static void drop_missing_texts(const machine *m, const mirti_recode_column *column,
                               const mirti_str *text, uint8_t *valid, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (!valid[i]) continue;
        mirti_str trimmed = mirti_str_trim(text[i]);
        if (is_code(&m->scope->missing, trimmed) || is_code(&column->missing, trimmed))
            valid[i] = 0;
    }
}

static void drop_missing_numbers(const machine *m, const mirti_recode_column *column,
                                 double *number, uint8_t *valid, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        bool drop = number[i] - number[i] != 0; /* infinite or NaN */
        drop = drop || is_code_number(&m->scope->missing, number[i]) ||
               is_code_number(&column->missing, number[i]);
        if (drop) {
            valid[i] = 0;
            number[i] = 0;
        }
    }
}

/** Rows [first, first + n) of the selection, as views into the batch where nothing must be changed.
 */
static void load_column(machine *m, int at, int64_t first, int64_t n) {
    const mirti_recode_node *node = m->program->node[at];
    const mirti_recode_column *column = &m->scope->column[node->column];
    const mirti_column *from = &m->batch->column[node->column];
    mirti_recode_vector *own = &m->buffer[at], *v = &m->vector[at];
    bool textual = node->kind != KIND_NUMBER && node->kind != KIND_TRUTH;
    bool coded = m->scope->missing.count + column->missing.count > 0;
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

/* --------------------------------------------------------------------------------------- notes --
 */

/** Marks as asked for, in argument `k` of node `at`, the rows of `mask`. */
static void ask(machine *m, int at, int k, const uint8_t *mask, int64_t n) {
    uint8_t *demand = m->demand[m->program->arg[at][k]];
    for (int64_t i = 0; i < n; i++)
        demand[i] |= mask[i];
}

/** Passes the demand for node `at` on to its arguments. */
static void pass_on(machine *m, int at, int64_t n) {
    const mirti_recode_node *node = m->program->node[at];
    const mirti_recode_vector *first = node->args > 0 ? &m->vector[m->program->arg[at][0]] : NULL;
    const uint8_t *demand = m->demand[at];
    uint8_t mask[CHUNK];
    for (int k = 0; k < node->args; k++) {
        const uint8_t *asked = mask;
        for (int64_t i = 0; i < n; i++) {
            uint8_t needed = 1;
            if (node->op == OP_AND && k == 1) needed = !(first->valid[i] && !first->truth[i]);
            if (node->op == OP_OR && k == 1) needed = !first->truth[i];
            if (node->op == OP_SELECT && k == 1) needed = first->truth[i];
            if (node->op == OP_SELECT && k == 2) needed = !first->truth[i];
            if (node->op == OP_COALESCE && k == 1) needed = !first->valid[i];
            mask[i] = demand[i] & needed;
        }
        ask(m, at, k, asked, n);
    }
}

/** The column that a value comes from, looking through first arguments; −1 for none. */
static int column_below(const mirti_recode_node *node) {
    while (node->op != OP_COLUMN && node->args > 0)
        node = node->arg[0];
    return node->op == OP_COLUMN ? node->column : -1;
}

static void copy_cut(char *to, size_t room, mirti_str text) {
    size_t size = text.size < room - 1 ? text.size : room - 1;
    while (size > 0 && size < text.size && ((unsigned char)text.data[size] & 0xC0U) == 0x80U)
        size--;
    memcpy(to, text.data, size);
    to[size] = '\0';
}

/** Counts the bad rows that were asked for. */
static void take_notes(machine *m, int at, int64_t first, int64_t n, mirti_recode_notes *notes) {
    const mirti_recode_node *node = m->program->node[at];
    mirti_recode_note *note = node->op == OP_TO_NUMBER  ? &notes->not_a_number
                              : node->op == OP_TO_TRUTH ? &notes->not_a_truth
                                                        : &notes->outside_map;
    const mirti_recode_vector *value = &m->vector[m->program->arg[at][0]];
    for (int64_t i = 0; i < n; i++) {
        if (!(m->bad[at][i] & m->demand[at][i])) continue;
        int64_t row = m->rows ? m->rows[first + i] : first + i;
        int64_t number = mirti_batch_row(m->batch, row);
        note->count++;
        if (note->count > 1 && note->first_row <= number) continue;
        char digits[32];
        int column = column_below(node);
        mirti_str text = {digits, 0};
        if (value->text)
            text = value->text[i];
        else
            text.size = (size_t)mirti_number_print(value->number[i], digits);
        note->first_row = number;
        copy_cut(note->first_file, sizeof note->first_file, mirti_str_of(m->batch->file));
        copy_cut(note->first_value, sizeof note->first_value, text);
        copy_cut(note->first_column, sizeof note->first_column,
                 column >= 0 ? m->scope->column[column].name : (mirti_str){"", 0});
    }
}

static mirti_status note_chunk(machine *m, mirti_arena *arena, int64_t first, int64_t n,
                               mirti_recode_notes *notes, mirti_error *err) {
    int count = m->program->count;
    if (!m->demand) {
        m->demand = mirti_arena_new(arena, (size_t)count * sizeof *m->demand);
        uint8_t *all = m->demand ? mirti_arena_new(arena, (size_t)count * CHUNK) : NULL;
        if (!all) return mirti_fail_memory(err, "values");
        for (int i = 0; i < count; i++)
            m->demand[i] = all + (size_t)i * CHUNK;
    }
    for (int i = 0; i < count; i++)
        memset(m->demand[i], 0, (size_t)n);
    for (int i = 0; i < m->program->roots; i++)
        memset(m->demand[m->program->root[i]], 1, (size_t)n);
    for (int i = count - 1; i >= 0; i--) {
        if (!m->program->node[i]->noting) continue;
        if (m->bad_here[i]) take_notes(m, i, first, n, notes);
        pass_on(m, i, n);
    }
    return MIRTI_OK;
}

static void merge_note(mirti_recode_note *into, const mirti_recode_note *from) {
    int64_t count = into->count + from->count;
    bool earlier = from->count > 0 && (into->count == 0 || from->first_row < into->first_row);
    if (earlier) *into = *from;
    into->count = count;
}

void mirti_recode_notes_merge(mirti_recode_notes *into, const mirti_recode_notes *from) {
    merge_note(&into->not_a_number, &from->not_a_number);
    merge_note(&into->outside_map, &from->outside_map);
    merge_note(&into->not_a_truth, &from->not_a_truth);
}

/* ------------------------------------------------------------------------------------- walking --
 */

/** Applies all nodes to one chunk. Returns true if there is something to note. */
static bool compute(machine *m, int64_t first, int64_t n) {
    bool any = false;
    for (int i = 0; i < m->program->count; i++) {
        const mirti_recode_node *node = m->program->node[i];
        const mirti_recode_vector *arg[3] = {NULL, NULL, NULL};
        if (node->op == OP_CONSTANT) continue;
        if (node->op == OP_COLUMN) {
            load_column(m, i, first, n);
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

static mirti_status run(machine *m, int64_t rows, mirti_arena *arena, mirti_column *out,
                        mirti_recode_notes *notes, mirti_error *err) {
    for (int i = 0; i < m->program->roots; i++) {
        mirti_recode_kind kind = m->program->node[m->program->root[i]]->kind;
        mirti_recode_vector v = {0};
        if (!new_vector(arena, kind, rows, &v)) return mirti_fail_memory(err, "values");
        out[i] = (mirti_column){.type = kind == KIND_NULL ? MIRTI_TYPE_RAW : (mirti_type)kind,
                                .rows = rows,
                                .valid = v.valid,
                                .text = v.text,
                                .number = v.number,
                                .truth = v.truth};
    }
    for (int64_t first = 0; first < rows; first += CHUNK) {
        int64_t n = rows - first < CHUNK ? rows - first : CHUNK;
        bool noted = compute(m, first, n);
        if (m->scratch.failed) return mirti_fail_memory(err, "the texts that an expression makes");
        if (noted && notes) MIRTI_TRY(note_chunk(m, arena, first, n, notes, err));
        for (int i = 0; i < m->program->roots; i++)
            store(&m->vector[m->program->root[i]], first, n, &out[i]);
    }
    return MIRTI_OK;
}

static mirti_status evaluate(const mirti_scope *scope, const mirti_recode_program *program,
                             const mirti_batch *batch, const int64_t *rows, int64_t selected,
                             mirti_arena *arena, mirti_column *out, mirti_recode_notes *notes,
                             mirti_error *err) {
    machine m = {.scope = scope, .program = program, .batch = batch, .rows = rows};
    MIRTI_TRY(check_columns(scope, program, batch, err));
    MIRTI_TRY(prepare(&m, arena, selected, err));
    mirti_status status = run(&m, selected, arena, out, notes, err);
    mirti_text_reset(&m.scratch.text);
    return status;
}

mirti_status mirti_expr_eval(const mirti_expr *expr, const mirti_batch *batch, mirti_arena *arena,
                             mirti_column *out, mirti_recode_notes *notes, mirti_error *err) {
    return evaluate(expr->scope, &expr->program, batch, NULL, batch->rows, arena, out, notes, err);
}

mirti_status mirti_expr_eval_many(const mirti_expr *const *expr, int count,
                                  const mirti_batch *batch, const int64_t *rows, int64_t selected,
                                  mirti_arena *arena, mirti_column *out, mirti_recode_notes *notes,
                                  mirti_error *err) {
    mirti_recode_program program = {0};
    if (count == 0) return MIRTI_OK;
    mirti_recode_node **root = mirti_arena_new(arena, (size_t)count * sizeof(mirti_recode_node *));
    if (!root) return mirti_fail_memory(err, "a program");
    for (int i = 0; i < count; i++) {
        if (expr[i]->scope != expr[0]->scope)
            return mirti_fail(err, MIRTI_ERROR_INTERNAL,
                              "expressions of different scopes are evaluated together");
        root[i] = expr[i]->root;
    }
    MIRTI_TRY(mirti_recode_plan(expr[0]->scope, root, count, arena, &program, err));
    return evaluate(expr[0]->scope, &program, batch, rows, rows ? selected : batch->rows, arena,
                    out, notes, err);
}
