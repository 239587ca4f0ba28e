/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sampling error of a census that is itself a sample: what its PSUs say (sampling.c), and what
 * all areas together make of that (moderation.c). Variances are of the logit of an area's risk. */
#ifndef MIRTI_PREDICT_SAMPLING_H
#define MIRTI_PREDICT_SAMPLING_H

#include "internal.h"

/** A variance that is expected if children's logits differ with variance 1 within an area: when
 * children of a PSU are no more alike than others (correlation 0), and when they are all the same
 * (1). Between the two it is linear. */
typedef struct mirti_predict_expected {
    double apart, alike;
} mirti_predict_expected;

/** A stratum of an area with at least two PSUs that were drawn. */
typedef struct mirti_predict_stratum {
    int64_t area;
    int64_t df;                      ///< PSUs drawn − 1
    double variance;                 ///< between its PSUs
    mirti_predict_expected expected; ///< of that estimate
} mirti_predict_stratum;

/** What moderation is made of. */
typedef struct mirti_predict_psus {
    int64_t areas, strata;
    mirti_predict_stratum *stratum;   ///< [strata] in the order of their areas
    mirti_predict_expected *expected; ///< [areas] of the risk's error; zero where all were counted
    double *spread; ///< [areas] variance of the children's logits, by the spread of their risks
    double *count;  ///< [areas] children seen
} mirti_predict_psus;

/** Reads the PSUs of a cube with design. `correct`: leaves out what needs no estimating, because
 * PSU by PSU the sample's children are that share of the children they stand for. */
MIRTI_MUST_USE mirti_status mirti_predict_psus_make(mirti_predict_psus *psus,
                                                    const mirti_predict_persons *persons,
                                                    bool correct, int threads, mirti_error *err);
void mirti_predict_psus_reset(mirti_predict_psus *psus);

/** Fills `rho`, `spread`, `prior_df`, `areas` and `df` of `sample`, and standard error and degrees
 * of freedom of every area's logit [areas]. */
MIRTI_MUST_USE mirti_status mirti_predict_moderate(const mirti_predict_psus *psus,
                                                   mirti_census_sample *sample, double *se,
                                                   double *df, mirti_error *err);

/** log Γ(x), x > 0, of basic operations; absolute error below 1e-13 of its largest part. */
double mirti_predict_log_gamma(double x);

/** Fills results->sample and the errors of areas; zero without a cube that keeps its design. */
MIRTI_MUST_USE mirti_status mirti_predict_sample(const mirti_predict_base *base, int threads,
                                                 mirti_results *results, mirti_error *err);

#endif
