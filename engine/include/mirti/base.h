/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file base.h
 * What every other room stands on: status and error object, memory, text views, numbers as text,
 * exact and compensated sums, a counter-based random generator, threads, progress and log.
 *
 * The engine never prints, never exits, and never reads the environment or the locale. It reports
 * through a returned mirti_status and, for people, through a mirti_error on the caller's stack.
 */
#ifndef MIRTI_BASE_H
#define MIRTI_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MIRTI_MUST_USE          __attribute__((warn_unused_result))
#define MIRTI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define MIRTI_MUST_USE
#define MIRTI_PRINTF(fmt, args)
#endif
#if defined(MIRTI_BUILDING_SHARED) && defined(__GNUC__)
#define MIRTI_API __attribute__((visibility("default")))
#else
#define MIRTI_API
#endif

/* ------------------------------------------------------------------------------------ status -- */

/** Outcome of a call, in families; the program's exit status follows from it. */
typedef enum mirti_status {
    MIRTI_OK = 0,
    MIRTI_ERROR_USAGE,     ///< the caller asked for something that makes no sense (exit 2)
    MIRTI_ERROR_INPUT,     ///< a file is missing, unreadable or not what it claims to be (exit 3)
    MIRTI_ERROR_MODEL,     ///< the model cannot be fitted or applied to these data (exit 4)
    MIRTI_ERROR_OUTPUT,    ///< a result could not be written (exit 5)
    MIRTI_ERROR_MEMORY,    ///< memory ran out (exit 70)
    MIRTI_ERROR_CANCELLED, ///< the progress callback asked to stop (exit 130)
    MIRTI_ERROR_INTERNAL   ///< a promise inside the engine was broken: a defect of ours (exit 70)
} mirti_status;

/**
 * What went wrong, for a person: what happened, where (`file:line:column = value`), what to do.
 * Lives on the caller's stack; `mirti_error err = {0};`. Every function that takes one accepts
 * NULL. All text is UTF-8 and truncated on a character boundary, never overrun.
 */
typedef struct mirti_error {
    mirti_status status;
    char message[768]; ///< what happened and why it matters; one or two sentences, no newline at
                       ///< the end
    char remedy[384];  ///< what to do about it; may be empty
    char file[512];    ///< path as the user gave it; empty if no file is concerned
    int64_t line;      ///< 1-based line (specs) or row (tables: the header is row 1); 0 = unknown
    int64_t column;    ///< 1-based column in a spec; 0 = unknown or not meaningful
    char field[128];   ///< name of the column or key concerned; may be empty
    char value[128];   ///< the offending value as it stands in the file; may be empty
    char excerpt[512]; ///< the text concerned and, on a second line, a caret under the place; may
                       ///< be empty
} mirti_error;

/** Fills `err` (if not NULL) with a status and a formatted message, clearing all else; returns
 * `status`. */
MIRTI_API mirti_status mirti_fail(mirti_error *err, mirti_status status, const char *format, ...)
    MIRTI_PRINTF(3, 4);
/** Adds the place to an error already filled; NULL or 0 leaves that part as it is. Returns
 * err->status, or MIRTI_ERROR_INTERNAL without `err`: return the status that mirti_fail gave
 * instead. */
MIRTI_API mirti_status mirti_fail_at(mirti_error *err, const char *file, int64_t line,
                                     int64_t column, const char *field, const char *value);
/** Adds the remedy to an error already filled. */
MIRTI_API void mirti_fail_remedy(mirti_error *err, const char *format, ...) MIRTI_PRINTF(2, 3);
/** Shorthand for MIRTI_ERROR_MEMORY with a message naming what could not be held. */
MIRTI_API mirti_status mirti_fail_memory(mirti_error *err, const char *what);
/** Writes `file:line:column: message (field = value)`, then the excerpt and the remedy on lines of
 * their own. Returns the length that the whole text needs, as snprintf does. */
MIRTI_API int mirti_error_format(const mirti_error *err, char *buffer, size_t size);
/** Short name of a status, such as "input error"; never NULL. */
MIRTI_API const char *mirti_status_name(mirti_status status);
/** The exit status that the command line gives for it: 0, 2, 3, 4, 5, 70 or 130. */
MIRTI_API int mirti_status_exit(mirti_status status);

/** Returns from the calling function when `expression` is not MIRTI_OK. Only where nothing is to be
 * freed. */
#define MIRTI_TRY(expression)                                                                      \
    do {                                                                                           \
        mirti_status mirti_try_status_ = (expression);                                             \
        if (mirti_try_status_ != MIRTI_OK) return mirti_try_status_;                               \
    } while (0)
/** As MIRTI_TRY, but jumps to `label` with the status in `variable`. */
#define MIRTI_TRY_GOTO(variable, expression, label)                                                \
    do {                                                                                           \
        (variable) = (expression);                                                                 \
        if ((variable) != MIRTI_OK) goto label;                                                    \
    } while (0)

/* ------------------------------------------------------------------------------------ memory -- */

/** The three functions through which all memory of the engine comes; a test can make them fail. */
typedef struct mirti_memory_hooks {
    void *(*allocate)(size_t bytes, void *context);
    void *(*reallocate)(void *block, size_t bytes, void *context);
    void (*release)(void *block, void *context);
    void *context;
} mirti_memory_hooks;

/** Sets the hooks (NULL: the C library's). Call before anything else of the engine; not
 * thread-safe. */
MIRTI_API void mirti_memory_set_hooks(const mirti_memory_hooks *hooks);
/** Zeroed array of `count` elements of `size` bytes, NULL when memory or the product runs out.
 * A request of zero bytes gives a valid pointer. */
MIRTI_API void *mirti_new(size_t count, size_t size);
/** Grows or shrinks an array; new bytes are not zeroed. The old block stays valid when NULL comes
 * back. */
MIRTI_API void *mirti_resize(void *block, size_t count, size_t size);
/** Frees; NULL is fine. */
MIRTI_API void mirti_free(void *block);
/** Copy of a C string; NULL when memory runs out or `text` is NULL. */
MIRTI_API char *mirti_strdup(const char *text);

/** Memory that is released all at once: what lives as long as a batch or a run. Zero-initialise. */
typedef struct mirti_arena {
    struct mirti_arena_block *head;
    size_t used; ///< bytes handed out since the last reset
} mirti_arena;

/** `bytes` bytes aligned to 16, not zeroed; NULL when memory runs out. */
MIRTI_API void *mirti_arena_new(mirti_arena *arena, size_t bytes);
/** NUL-terminated copy of `size` bytes. */
MIRTI_API char *mirti_arena_copy(mirti_arena *arena, const char *data, size_t size);
/** Forgets all that was handed out but keeps the largest block for the next round. */
MIRTI_API void mirti_arena_rewind(mirti_arena *arena);
/** Releases everything. */
MIRTI_API void mirti_arena_reset(mirti_arena *arena);

/* -------------------------------------------------------------------------------------- text -- */

/** A view of bytes that someone else owns; not NUL-terminated. Text is UTF-8 once inside the
 * engine. */
typedef struct mirti_str {
    const char *data;
    size_t size; ///< bytes
} mirti_str;

/** View of a C string (NULL gives an empty view). */
MIRTI_API mirti_str mirti_str_of(const char *text);
MIRTI_API bool mirti_str_equal(mirti_str a, mirti_str b);
MIRTI_API bool mirti_str_is(mirti_str a, const char *text);
/** Byte order, shorter first on a tie: the order of Unicode code points. */
MIRTI_API int mirti_str_compare(mirti_str a, mirti_str b);
/** Without blanks, tabs and no-break spaces at both ends. */
MIRTI_API mirti_str mirti_str_trim(mirti_str a);

/** True when the bytes are well-formed UTF-8; otherwise `*bad_at` (nullable) is the first bad
 * offset. */
MIRTI_API bool mirti_utf8_valid(mirti_str text, size_t *bad_at);
/** Number of code points of well-formed UTF-8. */
MIRTI_API size_t mirti_utf8_length(mirti_str text);
/** Whether people are told things in Spanish in a language such as "es" or "en": in every one but
 * English, as the program knows these two. NULL is English. */
MIRTI_API bool mirti_language_is_spanish(const char *language);
/** A name folded for comparison: case, accents and marks, punctuation and runs of blanks are gone
 * («Peñón de los Baños» → «penon de los banos»). New string, freed with mirti_free; NULL on no
 * memory. */
MIRTI_API char *mirti_name_fold(mirti_str name);

/** A text under construction; zero-initialise; after a failed append it stays failed. */
typedef struct mirti_text {
    char *data; ///< NUL-terminated when not NULL
    size_t size, room;
    bool failed; ///< memory ran out somewhere: look once at the end
} mirti_text;

MIRTI_API void mirti_text_add(mirti_text *text, const char *data, size_t size);
MIRTI_API void mirti_text_puts(mirti_text *text, const char *string);
MIRTI_API void mirti_text_printf(mirti_text *text, const char *format, ...) MIRTI_PRINTF(2, 3);
/** Shortest decimal that reads back as the same double (at most 17 digits), C locale. */
MIRTI_API void mirti_text_number(mirti_text *text, double value);
MIRTI_API void mirti_text_reset(mirti_text *text);
/** Appends UTF-8 in upper or lower case, character by character (Unicode simple case
 * mapping: «ñ» ↔ «Ñ», «ß» stays). Bytes that are not UTF-8 are kept. */
MIRTI_API void mirti_utf8_upper(mirti_str text, mirti_text *out);
MIRTI_API void mirti_utf8_lower(mirti_str text, mirti_text *out);

/* ----------------------------------------------------------------------------------- numbers -- */

/** Reads a whole decimal number, C locale, blanks at the ends allowed, no hex, inf or nan.
 * False when anything is left over, nothing was there or the value is out of range. Correctly
 * rounded. */
MIRTI_API bool mirti_number_parse(mirti_str text, double *value);
/** The same for 64-bit integers. */
MIRTI_API bool mirti_integer_parse(mirti_str text, int64_t *value);
/** Shortest decimal that reads back as the same double; `buffer` holds at least 32 bytes. Returns
 * length. Not a number gives an empty string, infinities give `inf` and `-inf`. */
MIRTI_API int mirti_number_print(double value, char *buffer);
/** Fixed number of decimals, C locale, correctly rounded, never "-0.00"; `buffer` holds 352 bytes.
 * `decimals` is clamped to 0..40. Not a number and infinities as in mirti_number_print. */
MIRTI_API int mirti_number_print_fixed(double value, int decimals, char *buffer);

/** Compensated sum (Neumaier 1974): the order of adding is the caller's to fix. Zero-initialise. */
typedef struct mirti_sum {
    double high, low;
} mirti_sum;
MIRTI_API void mirti_sum_add(mirti_sum *sum, double value);
MIRTI_API double mirti_sum_value(const mirti_sum *sum);

/** Natural exponential, logarithm and cosine made of IEEE basic operations only, so that they give
 * the same bits on every machine; relative error below 1e-14. What must be reproducible everywhere
 * (`mirti simulate`, bootstrap draws) uses these and not libm. */
MIRTI_API double mirti_exact_exp(double x);
MIRTI_API double mirti_exact_log(double x);
MIRTI_API double mirti_exact_cos_turn(double turns); ///< cos(2π·turns)
/** Logistic function 1/(1+exp(−x)), exact in both tails; by mirti_exact_exp. */
MIRTI_API double mirti_logistic(double x);
/** log(p/(1−p)); ±infinity at 1 and 0. */
MIRTI_API double mirti_logit_of(double p);
/** Distribution function of the standard normal, its density, and its quantile of p in (0, 1), by
 * the same basic operations; relative error below 1e-13 (of the quantile 1e-12 absolute) in both
 * tails. Oracle: libm's erfc (tests/unit/base_numbers.c). */
MIRTI_API double mirti_normal_cdf(double x);
MIRTI_API double mirti_normal_density(double x);
MIRTI_API double mirti_normal_quantile(double p);

/* ------------------------------------------------------------------------------------ random -- */

/** Philox4x32-10 (Salmon et al. 2011): a value is a pure function of (seed, purpose, stream,
 * counter), so any thread can draw any part of a sequence and the result never depends on who drew
 * it. */
typedef struct mirti_rng {
    uint64_t seed;
    uint32_t purpose; ///< what the numbers are for; keeps independent uses independent
    uint64_t stream;  ///< replicate, area, household ...
    uint64_t counter; ///< next block; a stream has 2³² blocks of four words before it repeats
    uint32_t block[4];
    int left; ///< words of `block` not yet given out
} mirti_rng;

MIRTI_API mirti_rng mirti_rng_at(uint64_t seed, uint32_t purpose, uint64_t stream);
MIRTI_API uint32_t mirti_rng_u32(mirti_rng *rng);
MIRTI_API uint64_t mirti_rng_u64(mirti_rng *rng);
/** Uniform in the open interval (0, 1): an odd multiple of 2⁻⁵³, so neither 0 nor 1 ever comes. */
MIRTI_API double mirti_rng_uniform(mirti_rng *rng);
/** Uniform integer in [0, n), without bias (Lemire 2019); n > 0. */
MIRTI_API uint32_t mirti_rng_below(mirti_rng *rng, uint32_t n);
/** Standard normal (Box–Muller on the exact functions). */
MIRTI_API double mirti_rng_normal(mirti_rng *rng);

/* ----------------------------------------------------------------------------------- threads -- */

/** Processors this process may run on, at least 1. */
MIRTI_API int mirti_threads_available(void);
/** Work on items [first, last) of a range; returns a status, fills `err`. */
typedef mirti_status (*mirti_range_fn)(int64_t first, int64_t last, void *context,
                                       mirti_error *err);
/**
 * Calls `work` for chunks of [0, count) on up to `threads` threads (1: on the caller's; below 1: as
 * many as there are processors). The chunks are the same whatever the number of threads; their
 * order is not fixed. Results that are sums must be kept per chunk and added in order by the
 * caller. The error of the lowest failing chunk is returned.
 */
MIRTI_API mirti_status mirti_parallel_range(int64_t count, int64_t chunk, int threads,
                                            mirti_range_fn work, void *context, mirti_error *err);
/** One of several different tasks to be run side by side. */
typedef struct mirti_task {
    mirti_status (*run)(void *context, mirti_error *err);
    void *context;
} mirti_task;
/** Runs all tasks, up to `threads` at once, and returns the error of the first (by index) that
 * failed. */
MIRTI_API mirti_status mirti_parallel_tasks(const mirti_task *tasks, int count, int threads,
                                            mirti_error *err);

/* -------------------------------------------------------------------------- progress and log -- */

/** Levels by meaning: an *error* ends the work; a *warning* means a result may not be what it
 * seems; *info* is what one would tell a colleague; *debug* is for us. */
typedef enum mirti_log_level {
    MIRTI_LOG_ERROR,
    MIRTI_LOG_WARNING,
    MIRTI_LOG_INFO,
    MIRTI_LOG_DEBUG
} mirti_log_level;

/** Where the engine says how far it is and what it noticed. All members may be NULL. Calls may come
 * from several threads, never two at a time; a callback must not call mirti_log or mirti_progress.
 */
typedef struct mirti_listener {
    /** `done` of `total` units of the named stage (total 0: unknown). False asks the engine to
     * stop. */
    bool (*progress)(void *context, const char *stage, double done, double total);
    void (*log)(void *context, mirti_log_level level, const char *message);
    void *context;
} mirti_listener;

/** Formats and passes on; NULL listeners are fine. */
MIRTI_API void mirti_log(const mirti_listener *listener, mirti_log_level level, const char *format,
                         ...) MIRTI_PRINTF(3, 4);
/** MIRTI_ERROR_CANCELLED when the listener asked to stop. */
MIRTI_API mirti_status mirti_progress(const mirti_listener *listener, const char *stage,
                                      double done, double total, mirti_error *err);
/** Seconds that a stage still takes when in `spent` seconds it has come from part `first` of it to
 * `part` (0 to 1), at the pace so far; NaN while it is too early to tell: before a second, or 2 %,
 * have passed. Stages of their own have their own time. */
MIRTI_API double mirti_seconds_left(double spent, double first, double part);

/* ------------------------------------------------------------------------------------- files -- */

/** Hex SHA-256 (FIPS 180-4) of bytes; `hex` receives 64 digits and a NUL. */
MIRTI_API void mirti_sha256(const void *data, size_t size, char hex[65]);
/** Hex SHA-256 and size of a file, in constant memory. */
MIRTI_API mirti_status mirti_sha256_file(const char *path, char hex[65], int64_t *bytes,
                                         mirti_error *err);

/** Reads a whole file; `*data` is NUL-terminated, freed with mirti_free. */
MIRTI_API mirti_status mirti_file_read(const char *path, char **data, size_t *size,
                                       mirti_error *err);

/**
 * A result file that is either complete in its place or not there: written beside it under a
 * temporary name, synced, renamed. Zero-initialise; after `begin`, exactly one `commit` or
 * `discard`.
 */
typedef struct mirti_output {
    char *path;      ///< final place
    char *temporary; ///< where to write until commit
    FILE *stream;    ///< open on `temporary`, or NULL if a library writes there by name
    bool overwrite;  ///< what `begin` was told
    bool in_place;   ///< `path` is a device or pipe: written directly, never renamed or removed
} mirti_output;

/** Chooses the temporary name (same folder, same ending) and opens it unless `by_name`. An existing
 * `path` is an error of family USAGE unless `overwrite`; of a symbolic link the target is replaced.
 * A device or pipe (`/dev/stdout`) is written directly. */
MIRTI_API mirti_status mirti_output_begin(mirti_output *output, const char *path, bool overwrite,
                                          bool by_name, mirti_error *err);
/** Flushes, syncs and renames; on any failure discards and reports MIRTI_ERROR_OUTPUT. */
MIRTI_API mirti_status mirti_output_commit(mirti_output *output, mirti_error *err);
/** Removes the temporary file (and the side files SQLite leaves); harmless after commit. */
MIRTI_API void mirti_output_discard(mirti_output *output);
/** mkdir -p. */
MIRTI_API mirti_status mirti_directory_make(const char *path, mirti_error *err);
/** `directory`/`name` as a new string (mirti_free); `name` alone if it is absolute or directory is
 * empty. */
MIRTI_API char *mirti_path_join(const char *directory, const char *name);
/** Directory part of a path as a new string ("." if none). */
MIRTI_API char *mirti_path_directory(const char *path);

/* -------------------------------------------------------------------------------------- json -- */

/**
 * A JSON document (RFC 8259) under construction: UTF-8, two blanks of indentation, members in the
 * order of the calls, so the same calls give the same bytes. Zero-initialise; write members with
 * their `key`, elements of an array (and the outermost value) with key NULL; `finish`; `reset`.
 *
 *     mirti_json json = {0};
 *     mirti_json_object(&json, NULL);
 *     mirti_json_string(&json, "code", "09002");
 *     mirti_json_array(&json, "risk");
 *     mirti_json_number(&json, NULL, 0.125);
 *     mirti_json_end(&json);
 *     mirti_json_end(&json);
 *     status = mirti_json_write(&json, "run.json", overwrite, err);
 *
 * No call fails by itself: running out of memory and unbalanced calls show in `finish` and `write`.
 */
typedef struct mirti_json {
    mirti_text text;
    int depth;     ///< open objects and arrays, at most 32
    char kind[32]; ///< '{' or '[' of each
    bool has_member[32];
    bool misused; ///< key where none belongs, none where one does, or unbalanced ends
} mirti_json;

MIRTI_API void mirti_json_object(mirti_json *json,
                                 const char *key); ///< opens { until mirti_json_end
MIRTI_API void mirti_json_array(mirti_json *json,
                                const char *key); ///< opens [ until mirti_json_end
MIRTI_API void mirti_json_end(mirti_json *json);
/** NULL gives null. Bytes that are not UTF-8 become U+FFFD. */
MIRTI_API void mirti_json_string(mirti_json *json, const char *key, const char *value);
MIRTI_API void mirti_json_str(mirti_json *json, const char *key, mirti_str value);
/** Shortest text that reads back as the same double; NaN and infinities give null. */
MIRTI_API void mirti_json_number(mirti_json *json, const char *key, double value);
MIRTI_API void mirti_json_integer(mirti_json *json, const char *key, int64_t value);
MIRTI_API void mirti_json_boolean(mirti_json *json, const char *key, bool value);
MIRTI_API void mirti_json_null(mirti_json *json, const char *key);
/** A whole array of numbers, several on a line: vectors and rows of matrices. */
MIRTI_API void mirti_json_numbers(mirti_json *json, const char *key, const double *value,
                                  int64_t count);
/** Ends the document with a newline; the bytes are in json->text. INTERNAL when misused, MEMORY. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_json_finish(mirti_json *json, mirti_error *err);
/** Finishes and writes the document to a file, complete or not at all. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_json_write(mirti_json *json, const char *path,
                                                       bool overwrite, mirti_error *err);
MIRTI_API void mirti_json_reset(mirti_json *json);

/** A library underneath and the version that runs. */
typedef struct mirti_library {
    const char *name;
    char version[32];
} mirti_library;

/** "0.1.0" */
MIRTI_API const char *mirti_version(void);

/** Name and version of this room's third parties (utf8proc); returns how many entries it filled. */
MIRTI_API int mirti_base_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
