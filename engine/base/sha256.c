/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256, by which the manifest names its inputs and a cube knows itself. The sums are nettle's,
 * which uses the processor's own instructions where it has them: a census is gigabytes, and its
 * checksum should not take longer than reading it. */
#include "mirti/base.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>

#include "internal.h"

static void print_digest(struct sha256_ctx *hash, char hex[65]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = '\0';
}

void mirti_sha256(const void *data, size_t size, char hex[65]) {
    struct sha256_ctx hash;
    sha256_init(&hash);
    sha256_update(&hash, size, data);
    print_digest(&hash, hex);
}

mirti_status mirti_sha256_file(const char *path, char hex[65], int64_t *bytes, mirti_error *err) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "cannot be opened: %s", mirti_base_errno_text(errno));
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    struct sha256_ctx hash;
    sha256_init(&hash);
    uint8_t buffer[65536];
    int64_t all = 0;
    setvbuf(file, NULL, _IONBF, 0);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0; all += (int64_t)got)
        sha256_update(&hash, got, buffer);
    int failure = ferror(file) ? errno : 0;
    fclose(file);
    if (failure != 0) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "cannot be read: %s", mirti_base_errno_text(failure));
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    if (bytes != NULL) *bytes = all;
    print_digest(&hash, hex);
    return MIRTI_OK;
}
