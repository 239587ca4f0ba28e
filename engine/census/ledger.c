/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A page waits until all before it have been entered; as threads draw batches in order, there are
 * never many that wait. */
#include "ledger.h"

mirti_status mirti_census_ledger_make(mirti_census_ledger *ledger, mirti_error *err) {
    *ledger = (mirti_census_ledger){0};
    if (pthread_mutex_init(&ledger->lock, NULL) == 0) return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a lock could not be made");
}

void mirti_census_ledger_enter(mirti_census_ledger *ledger, mirti_census_page *page,
                               int64_t number) {
    pthread_mutex_lock(&ledger->lock);
    mirti_census_page **place = &ledger->waiting;
    while (*place && (*place)->number < number)
        place = &(*place)->next;
    page->number = number;
    page->next = *place;
    *place = page;
    while (ledger->waiting && ledger->waiting->number == ledger->next) {
        mirti_census_page *first = ledger->waiting;
        ledger->waiting = first->next;
        ledger->next++;
        mirti_census_count_rows(&ledger->sum.rows, &first->rows);
        mirti_recode_notes_merge(&ledger->sum.notes, &first->notes);
        mirti_free(first);
    }
    pthread_mutex_unlock(&ledger->lock);
}

void mirti_census_ledger_reset(mirti_census_ledger *ledger) {
    while (ledger->waiting) {
        mirti_census_page *first = ledger->waiting;
        ledger->waiting = first->next;
        mirti_free(first);
    }
    pthread_mutex_destroy(&ledger->lock);
}
