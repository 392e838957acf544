/* SPDX-License-Identifier: MIT */
/* shadow_absent.c - a 32-bit service: Windows has no writers for it. */
#include "shadow.h"

struct shadow *shadow_open(const wchar_t *name, struct hosting *hosting, struct event_log *log)
{
    static const char *const texts[] = {"only a 64-bit process can have a VSS writer"};
    (void)name;
    (void)hosting;
    event_report(log, EVENT_VSS_ABSENT, texts, COUNT_OF(texts));
    return NULL;
}

void shadow_close(struct shadow *shadow)
{
    (void)shadow;
}
