/* SPDX-License-Identifier: MIT */
/* finding_list.h - a listener that keeps what it was told. */
#ifndef COLDSTREAM_TESTS_FINDING_LIST_H
#define COLDSTREAM_TESTS_FINDING_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/finding.h"

enum { FINDING_LIST_MAX = 64 };

/* Zeroed is empty. Findings beyond FINDING_LIST_MAX are counted and not kept. */
struct finding_list {
    struct finding list[FINDING_LIST_MAX]; /* without file and detail, which are borrowed */
    size_t count;
};

struct finding_listener finding_list_listener(struct finding_list *list);

size_t finding_list_count(const struct finding_list *list, enum finding_kind kind);

/* The first kept finding of that kind; NULL if there is none. */
const struct finding *finding_list_first(const struct finding_list *list, enum finding_kind kind);

/* Findings of that severity. */
size_t finding_list_count_severity(const struct finding_list *list, enum finding_severity severity);

#endif
