/* SPDX-License-Identifier: MIT */
#include "support/finding_list.h"

static void keep(void *context, const struct finding *finding)
{
    struct finding_list *list = context;
    if (list->count < FINDING_LIST_MAX) {
        list->list[list->count] = *finding;
        list->list[list->count].file = NULL;
        list->list[list->count].detail = NULL;
    }
    list->count++;
}

static size_t kept(const struct finding_list *list)
{
    return list->count < FINDING_LIST_MAX ? list->count : FINDING_LIST_MAX;
}

struct finding_listener finding_list_listener(struct finding_list *list)
{
    return (struct finding_listener){keep, list};
}

size_t finding_list_count(const struct finding_list *list, enum finding_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < kept(list); i++)
        count += list->list[i].kind == kind;
    return count;
}

const struct finding *finding_list_first(const struct finding_list *list, enum finding_kind kind)
{
    for (size_t i = 0; i < kept(list); i++) {
        if (list->list[i].kind == kind)
            return &list->list[i];
    }
    return NULL;
}

size_t finding_list_count_severity(const struct finding_list *list, enum finding_severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < kept(list); i++)
        count += list->list[i].severity == severity;
    return count;
}
