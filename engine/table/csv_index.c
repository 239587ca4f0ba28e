/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the delimiters, line ends and doubts of a piece of CSV are, as bits, sixty-four bytes at a
 * time (after Langdale and Lemire 2019, "Parsing gigabytes of JSON per second"). A byte is inside
 * quotes when the number of quotes up to it is odd; a running exclusive-or over the bits of the
 * quotes says so for sixty-four bytes at once.
 *
 * Parity is only right while every quote stands where RFC 4180 lets it stand: one that opens
 * follows a delimiter, a line end or (as half of a doubled one) a quote; one that closes is
 * followed by one of these. The first quote that does not, and the first NUL byte, is a doubt: from
 * its row on the index is not to be trusted, and libcsv decides.
 */
#include <string.h>

#include "csv_reader.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_VECTORS 1
#define WITH_AVX2    __attribute__((target("avx2,popcnt")))
#endif

/* What the bytes of a block are; bit k speaks of byte k. */
typedef struct block {
    uint64_t delimiter, line_end, quote, nul, high;
} block;

typedef struct parity {
    uint64_t inside;  /* all ones when the byte before this block is inside quotes */
    uint64_t allowed; /* bit 0: before this block stands what may precede an opening quote */
    uint64_t closing; /* bit 0: before this block stands a quote that closes */
} parity;

/* Bit k of the result: exclusive-or of bits 0..k. */
static inline uint64_t running_xor(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;
    return bits;
}

/* Records one block; `valid` has a bit for every byte that belongs to the text. */
static inline void record(mirti_table_index *index, size_t b, block found, uint64_t valid,
                          parity *state) {
    uint64_t ends = found.delimiter | found.line_end | found.quote;
    uint64_t doubt = found.nul & valid;
    uint64_t inside = state->inside;
    if (found.quote != 0 || inside != 0) {
        inside ^= running_xor(found.quote);
        uint64_t opening = found.quote & inside;
        uint64_t closing = found.quote & ~inside;
        doubt |= opening & ~(ends << 1 | state->allowed);
        doubt |= (closing << 1 | state->closing) & ~ends & valid;
        state->closing = closing >> 63;
        state->inside = (uint64_t)0 - (inside >> 63);
        index->quotes = true;
    } else {
        doubt |= state->closing & ~ends & valid;
        state->closing = 0;
    }
    state->allowed = ends >> 63;
    index->delimiter[b] = found.delimiter & ~inside & valid;
    index->line_end[b] = found.line_end & ~inside & valid;
    index->before[b + 1] = index->before[b] + (uint32_t)__builtin_popcountll(index->delimiter[b]);
    if ((found.high & valid) != 0) index->ascii = false;
    if (doubt != 0 && index->doubt == index->size)
        index->doubt = 64 * b + (size_t)__builtin_ctzll(doubt);
}

/* The text begins at the beginning of a row, so a quote may open at once. */
static inline parity begin(mirti_table_index *index, size_t size) {
    index->size = size;
    index->doubt = size;
    index->before[0] = 0;
    index->ascii = true;
    index->quotes = false;
    return (parity){.allowed = 1};
}

static inline uint64_t valid_bits(size_t size, size_t b) {
    size_t left = size - 64 * b;
    return left >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << left) - 1;
}

static block classify_plainly(const char *text, size_t size, char delimiter) {
    block found = {0};
    for (size_t k = 0; k < 64 && k < size; k++) {
        uint64_t bit = (uint64_t)1 << k;
        char c = text[k];
        if (c == delimiter) found.delimiter |= bit;
        if (c == '\n' || c == '\r') found.line_end |= bit;
        if (c == '"') found.quote |= bit;
        if (c == '\0') found.nul |= bit;
        if ((unsigned char)c >= 0x80) found.high |= bit;
    }
    return found;
}

void mirti_table_index_fill_plainly(mirti_table_index *index, const char *text, size_t size,
                                    char delimiter) {
    parity state = begin(index, size);
    for (size_t b = 0; 64 * b < size; b++)
        record(index, b, classify_plainly(text + 64 * b, size - 64 * b, delimiter),
               valid_bits(size, b), &state);
}

#ifdef HAVE_VECTORS

static inline uint64_t equal_sse2(const __m128i v[4], char c) {
    __m128i same = _mm_set1_epi8(c);
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++)
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], same)) << (16 * i);
    return bits;
}

static void fill_sse2(mirti_table_index *index, const char *text, size_t size, char delimiter) {
    parity state = begin(index, size);
    for (size_t b = 0; 64 * b < size; b++) {
        __m128i v[4];
        block found = {0};
        for (int i = 0; i < 4; i++) {
            v[i] = _mm_loadu_si128((const __m128i *)(const void *)(text + 64 * b + 16 * i));
            found.high |= (uint64_t)(uint32_t)_mm_movemask_epi8(v[i]) << (16 * i);
        }
        found.delimiter = equal_sse2(v, delimiter);
        found.line_end = equal_sse2(v, '\n') | equal_sse2(v, '\r');
        found.quote = equal_sse2(v, '"');
        found.nul = equal_sse2(v, '\0');
        uint64_t valid = valid_bits(size, b);
        found.quote &= valid; /* what lies behind the text must not open a quote */
        record(index, b, found, valid, &state);
    }
}

WITH_AVX2 static inline uint64_t equal_avx2(__m256i low, __m256i high, char c) {
    __m256i same = _mm256_set1_epi8(c);
    uint32_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, same));
    uint32_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, same));
    return (uint64_t)first | (uint64_t)second << 32;
}

WITH_AVX2 static void fill_avx2(mirti_table_index *index, const char *text, size_t size,
                                char delimiter) {
    parity state = begin(index, size);
    for (size_t b = 0; 64 * b < size; b++) {
        const char *p = text + 64 * b;
        __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
        __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
        uint64_t valid = valid_bits(size, b);
        block found = {
            .delimiter = equal_avx2(low, high, delimiter),
            .line_end = equal_avx2(low, high, '\n') | equal_avx2(low, high, '\r'),
            .quote = equal_avx2(low, high, '"') & valid,
            .nul = equal_avx2(low, high, '\0'),
            .high = (uint64_t)(uint32_t)_mm256_movemask_epi8(low) |
                    (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32,
        };
        record(index, b, found, valid, &state);
    }
}

#endif

void mirti_table_index_fill(mirti_table_index *index, const char *text, size_t size,
                            char delimiter) {
#ifdef HAVE_VECTORS
    if (__builtin_cpu_supports("avx2")) {
        fill_avx2(index, text, size, delimiter);
    } else {
        fill_sse2(index, text, size, delimiter);
    }
#else
    mirti_table_index_fill_plainly(index, text, size, delimiter);
#endif
}
