/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Philox4x32-10: ten rounds of multiplication and exchange turn a 128-bit counter and a 64-bit key
 * into four random words (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as
 * 1, 2, 3"). There is no state to carry: the key is the seed, and the counter holds the place in
 * the stream, the purpose and the stream, each in words of its own, so that no two uses can
 * overlap.
 */
#include "mirti/base.h"

#include <math.h>

#include "internal.h"

void mirti_base_philox(uint32_t counter[4], uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = UINT64_C(0xD2511F53) * counter[0];
        uint64_t product1 = UINT64_C(0xCD9E8D57) * counter[2];
        uint32_t high0 = (uint32_t)(product0 >> 32);
        uint32_t high1 = (uint32_t)(product1 >> 32);
        uint32_t word1 = counter[1];
        uint32_t word3 = counter[3];
        counter[0] = high1 ^ word1 ^ key0;
        counter[1] = (uint32_t)product1;
        counter[2] = high0 ^ word3 ^ key1;
        counter[3] = (uint32_t)product0;
        key0 += UINT32_C(0x9E3779B9);
        key1 += UINT32_C(0xBB67AE85);
    }
}

mirti_rng mirti_rng_at(uint64_t seed, uint32_t purpose, uint64_t stream) {
    return (mirti_rng){.seed = seed, .purpose = purpose, .stream = stream};
}

uint32_t mirti_rng_u32(mirti_rng *rng) {
    if (rng->left == 0) {
        rng->block[0] = (uint32_t)rng->counter;
        rng->block[1] = rng->purpose;
        rng->block[2] = (uint32_t)rng->stream;
        rng->block[3] = (uint32_t)(rng->stream >> 32);
        mirti_base_philox(rng->block, (uint32_t)rng->seed, (uint32_t)(rng->seed >> 32));
        rng->counter++;
        rng->left = 4;
    }
    return rng->block[4 - rng->left--];
}

uint64_t mirti_rng_u64(mirti_rng *rng) {
    uint64_t low = mirti_rng_u32(rng);
    return low | (uint64_t)mirti_rng_u32(rng) << 32;
}

double mirti_rng_uniform(mirti_rng *rng) {
    /* (k + ½) 2⁻⁵² with k < 2⁵² is exact, and never 0 nor 1. */
    return ((double)(mirti_rng_u64(rng) >> 12) + 0.5) * 0x1p-52;
}

uint32_t mirti_rng_below(mirti_rng *rng, uint32_t n) {
    /* Lemire 2019, "Fast random integer generation in an interval", algorithm 5. */
    uint64_t product = (uint64_t)mirti_rng_u32(rng) * n;
    if ((uint32_t)product < n) {
        uint32_t threshold = (uint32_t)(0U - n) % n;
        while ((uint32_t)product < threshold)
            product = (uint64_t)mirti_rng_u32(rng) * n;
    }
    return (uint32_t)(product >> 32);
}

double mirti_rng_normal(mirti_rng *rng) {
    /* Two uniforms a number: the second of Box and Muller's pair is not kept, so that the n-th draw
     * depends on n alone. sqrt is correctly rounded everywhere. */
    double radius = sqrt(-2.0 * mirti_exact_log(mirti_rng_uniform(rng)));
    return radius * mirti_exact_cos_turn(mirti_rng_uniform(rng));
}
