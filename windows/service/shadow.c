/* SPDX-License-Identifier: MIT */
#include "shadow.h"

#include <stdlib.h>

#include "../os/os_text.h"
#include "../vss/vss_writer.h"

struct shadow {
    struct hosting *hosting;
    struct event_log *log;
    struct vss_writer *writer;
};

static jet_err each(void *context, jet_err (*visit)(void *visit_context, const struct vss_named_instance *instance),
                    void *visit_context)
{
    const struct shadow *shadow = context;
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < hosting_count(shadow->hosting) && err >= JET_errSuccess; i++) {
        struct hosted *hosted = hosting_at(shadow->hosting, i);
        struct host_instance *instance = hosted_instance(hosted);
        const struct vss_named_instance named = {instance ? host_instance_handle(instance) : 0, hosted_label(hosted)};
        if (named.handle)
            err = visit(visit_context, &named);
    }
    return err;
}

static void report(void *context, const struct vss_report *told)
{
    static const unsigned long ids[] = {
        [OS_EVENT_INFORMATION] = EVENT_VSS_INFORMATION,
        [OS_EVENT_WARNING] = EVENT_VSS_WARNING,
        [OS_EVENT_ERROR] = EVENT_VSS_ERROR,
    };
    const struct shadow *shadow = context;
    const char *const texts[] = {told->text};
    event_report(shadow->log, ids[told->severity], texts, COUNT_OF(texts));
}

static jet_err open_writer(struct shadow *shadow, const char *name, char text[VSS_WRITER_TEXT_SIZE])
{
    const struct vss_writer_options options = {.name = name, .service_name = name, .sets_security = true};
    /* What it holds besides is the log of the platform, and that is ours: engine_events.c. */
    const struct vss_writer_host host = {shadow, each, NULL, report};
    return vss_writer_open(&options, &host, text, &shadow->writer);
}

struct shadow *shadow_open(const wchar_t *name, struct hosting *hosting, struct event_log *log)
{
    char text[VSS_WRITER_TEXT_SIZE] = "out of memory";
    const char *const texts[] = {text};
    char *own = NULL;
    struct shadow *shadow = calloc(1, sizeof *shadow);
    jet_err err = shadow ? os_text_from_wide(name, wcslen(name), &own) : JET_errOutOfMemory;
    if (err >= JET_errSuccess) {
        shadow->hosting = hosting;
        shadow->log = log;
        err = open_writer(shadow, own, text);
    }
    free(own);
    if (err >= JET_errSuccess)
        return shadow;
    event_report(log, EVENT_VSS_ABSENT, texts, COUNT_OF(texts));
    free(shadow);
    return NULL;
}

void shadow_close(struct shadow *shadow)
{
    if (!shadow)
        return;
    vss_writer_close(shadow->writer);
    free(shadow);
}
