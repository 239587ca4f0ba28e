/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In which encoding the text of a DBF file is. Four places may say so, and any may lie: the caller;
 * a
 * `.cpg` file beside it (INEGI spells Latin-1 as "ISO 88591"); the language byte of the header; and
 * the bytes themselves. The caller is believed. What a file says of itself is believed unless its
 * own bytes contradict it: text that is well-formed UTF-8 beyond ASCII is not Latin-1 by chance,
 * and text that is not well-formed is not UTF-8.
 */
#include <string.h>

#include "internal.h"

enum { SAMPLE_SIZE = 1024 * 1024 };

/* `path` with its ending (".shp", ".dbf") replaced. */
static bool sibling(const char *path, const char *ending, mirti_text *out) {
    size_t stem = strlen(path);
    if (stem < 4) return false;
    mirti_text_add(out, path, stem - 4);
    mirti_text_puts(out, ending);
    return !out->failed;
}

/* Up to `size` bytes of a file's beginning, 0 if there is none. */
static size_t read_begin(const char *path, char *buffer, size_t size) {
    mirti_table_input *input = NULL;
    if (mirti_table_input_open(path, path, &input, NULL) != MIRTI_OK) return 0;
    size_t used = 0;
    size_t got = 1;
    while (got > 0 && used < size) {
        if (mirti_table_input_read(input, buffer + used, size - used, &got, NULL) != MIRTI_OK)
            break;
        used += got;
    }
    mirti_table_input_close(input);
    return used;
}

/* What the `.cpg` says, first line, trimmed; empty if there is none. */
static void read_cpg(const char *path, char *name, size_t room) {
    static const char *const endings[] = {".cpg", ".CPG"};
    name[0] = '\0';
    for (size_t i = 0; i < 2 && name[0] == '\0'; i++) {
        mirti_text cpg = {0};
        if (sibling(path, endings[i], &cpg)) {
            size_t size = read_begin(cpg.data, name, room - 1);
            name[size] = '\0';
            name[strcspn(name, "\r\n")] = '\0';
            mirti_str trimmed = mirti_str_trim(mirti_str_of(name));
            memmove(name, trimmed.data, trimmed.size);
            name[trimmed.size] = '\0';
        }
        mirti_text_reset(&cpg);
    }
}

/* Language driver byte of the header; those that statistical offices of the region use. 0x57 ("ANSI
 * of whatever machine") says nothing. */
static const char *by_language_byte(unsigned char byte) {
    switch (byte) {
    case 0x01: return "CP437";
    case 0x02: return "CP850";
    case 0x03: return "Windows-1252";
    case 0x04: return "MACINTOSH";
    case 0x64: return "CP852";
    case 0x65: return "CP866";
    case 0xC8: return "CP1250";
    case 0xC9: return "CP1251";
    default: return NULL;
    }
}

/* Counts characters beyond ASCII that are well-formed UTF-8, and bytes that are not part of one.
 * Not simply "valid": a fixed-width field may cut its last character. */
static void count_forms(mirti_str bytes, int64_t *well_formed, int64_t *stray) {
    *well_formed = 0;
    *stray = 0;
    for (size_t i = 0; i < bytes.size;) {
        unsigned char lead = (unsigned char)bytes.data[i];
        size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (lead < 0x80) {
            i++;
        } else if (i + length <= bytes.size &&
                   mirti_utf8_valid((mirti_str){bytes.data + i, length}, NULL)) {
            (*well_formed)++;
            i += length;
        } else {
            (*stray)++;
            i++;
        }
    }
}

mirti_status mirti_table_dbf_encoding(mirti_table_context *context, const char *path,
                                      mirti_table_decoder *decoder, mirti_error *err) {
    if (context->encoding != NULL)
        return mirti_table_decoder_set(decoder, context, context->encoding, false, err);
    char says[64];
    read_cpg(path, says, sizeof says);
    char *sample = mirti_new(SAMPLE_SIZE, 1);
    mirti_text dbf = {0};
    if (sample == NULL || !sibling(path, ".dbf", &dbf)) {
        mirti_free(sample);
        mirti_text_reset(&dbf);
        return mirti_fail_memory(err, "a sample of a file");
    }
    size_t size =
        read_begin(mirti_table_ends_with(path, ".dbf") ? path : dbf.data, sample, SAMPLE_SIZE);
    mirti_text_reset(&dbf);
    if (says[0] == '\0' && size >= 32 && by_language_byte((unsigned char)sample[29]) != NULL)
        snprintf(says, sizeof says, "%s", by_language_byte((unsigned char)sample[29]));
    size_t header =
        size >= 32 ? (size_t)(unsigned char)sample[8] | (size_t)(unsigned char)sample[9] << 8 : 0;
    if (header > size) header = size;
    int64_t well_formed, stray;
    count_forms((mirti_str){sample + header, size - header}, &well_formed, &stray);
    mirti_free(sample);

    mirti_encoding *claimed = NULL;
    if (says[0] != '\0' && mirti_encoding_find(says, &claimed, NULL) != MIRTI_OK)
        mirti_table_note(context, MIRTI_LOG_WARNING, "unknown-encoding", decoder->file, 0, NULL,
                         says, "the encoding that the .cpg file names is not known");
    const char *evidence = well_formed > stray ? "UTF-8" : stray > 0 ? "Windows-1252" : NULL;
    mirti_status status = MIRTI_OK;
    if (claimed == NULL) {
        if (evidence != NULL)
            status = mirti_table_decoder_set(decoder, context, evidence, true, err);
    } else if (evidence != NULL && mirti_table_encoding_is_plain(claimed) &&
               mirti_table_encoding_is_utf8(claimed) != (evidence[0] == 'U')) {
        mirti_table_note(context, MIRTI_LOG_WARNING, "lying-encoding", decoder->file, 0, NULL, says,
                         "the file says so of itself, but its bytes are %s and were read as such",
                         evidence);
        status = mirti_table_decoder_set(decoder, context, evidence, false, err);
        context->report.encoding_detected = true;
    } else {
        status = mirti_table_decoder_set(decoder, context, says, false, err);
    }
    mirti_encoding_free(claimed);
    return status;
}
