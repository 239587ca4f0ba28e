/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 after FIPS 180-4, sections 4.1.2, 5.1.1 and 6.2: what the manifest names its inputs by.
 */
#include "mirti/base.h"

#include <errno.h>
#include <string.h>

#include "internal.h"

typedef struct hash {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64]; /* what is left of an unfinished block */
} hash;

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static void hash_block(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
                      round_constants[t] + w[t];
        uint32_t t2 =
            (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

static hash hash_begin(void) {
    return (hash){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                            0x1f83d9ab, 0x5be0cd19}};
}

static void hash_add(hash *h, const void *data, size_t size) {
    const unsigned char *p = data;
    size_t kept = (size_t)(h->bytes % 64);
    h->bytes += size;
    if (kept > 0) {
        size_t take = size < 64 - kept ? size : 64 - kept;
        if (take > 0) memcpy(h->block + kept, p, take);
        p += take;
        size -= take;
        if (kept + take < 64) return;
        hash_block(h->state, h->block);
    }
    for (; size >= 64; p += 64, size -= 64)
        hash_block(h->state, p);
    if (size > 0) memcpy(h->block, p, size);
}

static void hash_end(hash *h, char hex[65]) {
    uint64_t bits = h->bytes * 8;
    unsigned char tail[72] = {0x80};
    size_t kept = (size_t)(h->bytes % 64);
    size_t padding = kept < 56 ? 56 - kept : 120 - kept;
    for (int i = 0; i < 8; i++)
        tail[padding + (size_t)i] = (unsigned char)(bits >> (56 - 8 * i));
    hash_add(h, tail, padding + 8);
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 64; i++)
        hex[i] = digits[h->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    hex[64] = '\0';
}

void mirti_sha256(const void *data, size_t size, char hex[65]) {
    hash h = hash_begin();
    hash_add(&h, data, size);
    hash_end(&h, hex);
}

mirti_status mirti_sha256_file(const char *path, char hex[65], int64_t *bytes, mirti_error *err) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "cannot be opened: %s", mirti_base_errno_text(errno));
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    hash h = hash_begin();
    char buffer[16384];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        hash_add(&h, buffer, got);
    int failure = ferror(file) ? errno : 0;
    fclose(file);
    if (failure != 0) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "cannot be read: %s", mirti_base_errno_text(failure));
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    if (bytes != NULL) *bytes = (int64_t)h.bytes;
    hash_end(&h, hex);
    return MIRTI_OK;
}
