/* SPDX-License-Identifier: MIT */
/* writer.c - the instances that this process has registered, and the one VSS writer that they share.
 *
 * The writer is opened by the first registration and closed behind the last. VSS may call while that happens: hence two
 * locks. `registration` is held for as long as a registration comes or goes; `lock`, by which VSS's threads look into
 * the list, for some instructions, never while the writer is opened, closed or asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "../os/os_text.h"
#include "../vss/vss_writer.h"
#include "jet/coldstream_writer.h"
#include "jet/instance_start.h"
#include "jet/instance_status.h"
#include "os/os_event_log.h"

enum { LABEL_MAX = 64, EVENT_ID_FIRST = 2100 /* behind those of ESE's own snapshots */ };

struct cs_writer {
    struct cs_writer *next; /* guarded by lock */
    JET_INSTANCE instance;  /* the very handle */
    char label[LABEL_MAX + 1];
    enum cs_writer_state state;       /* guarded by lock */
    char error[VSS_WRITER_TEXT_SIZE]; /* likewise */
};

static SRWLOCK registration = SRWLOCK_INIT;
static SRWLOCK lock = SRWLOCK_INIT;
static struct cs_writer *writers; /* guarded by lock; changed under registration, too */
static struct vss_writer *vss;    /* likewise; NULL: there is none, or VSS did not want it */

/* ---- what the VSS writer asks ---- */

struct listed {
    JET_INSTANCE instance;
    char label[LABEL_MAX + 1];
};

static jet_err list_copy(struct listed **ret_list, size_t *ret_count)
{
    size_t count = 0;
    AcquireSRWLockShared(&lock);
    for (const struct cs_writer *writer = writers; writer; writer = writer->next)
        count++;
    struct listed *list = calloc(count + 1, sizeof *list);
    count = 0;
    for (const struct cs_writer *writer = writers; writer && list; writer = writer->next) {
        if (writer->state == CS_WRITER_ENDED)
            continue;
        list[count].instance = writer->instance;
        memcpy(list[count++].label, writer->label, sizeof writer->label);
    }
    ReleaseSRWLockShared(&lock);
    if (!list)
        return JET_errOutOfMemory;
    *ret_list = list;
    *ret_count = count;
    return JET_errSuccess;
}

static jet_err each(void *context, jet_err (*visit)(void *visit_context, const struct vss_named_instance *instance),
                    void *visit_context)
{
    struct listed *list;
    size_t count;
    (void)context;
    jet_err err = list_copy(&list, &count);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < count && err >= JET_errSuccess; i++) {
        const struct vss_named_instance named = {list[i].instance, list[i].label};
        err = visit(visit_context, &named);
    }
    free(list);
    return err;
}

/* The application has not asked for a log of what goes well. */
static void report(void *context, const struct vss_report *told)
{
    (void)context;
    if (told->severity != OS_EVENT_INFORMATION)
        os_event_log_write("Coldstream", told->severity, EVENT_ID_FIRST + (unsigned)told->event, told->text);
}

/* ---- states ---- */

static void set_state_locked(struct cs_writer *writer, enum cs_writer_state state, const char *error)
{
    writer->state = state;
    snprintf(writer->error, sizeof writer->error, "%s", error);
}

/* Of all that have not ended: they share what VSS said. */
static void set_states(struct vss_writer *opened, const char *error)
{
    AcquireSRWLockExclusive(&lock);
    vss = opened;
    for (struct cs_writer *writer = writers; writer; writer = writer->next)
        if (writer->state != CS_WRITER_ENDED)
            set_state_locked(writer, opened ? CS_WRITER_REGISTERED : CS_WRITER_REFUSED, error);
    ReleaseSRWLockExclusive(&lock);
}

static struct cs_writer *find_locked(JET_INSTANCE instance)
{
    struct cs_writer *writer = writers;
    while (writer && writer->instance != instance)
        writer = writer->next;
    return writer;
}

/* Two components of one name would be a fault of the whole document, and all instances would be missing. */
static bool label_is_taken_locked(const char *label)
{
    const struct cs_writer *writer = writers;
    while (writer && (writer->state == CS_WRITER_ENDED || !os_text_is_same_name(writer->label, label)))
        writer = writer->next;
    return writer != NULL;
}

/* ---- an instance stops ---- */

/* Not listed any more, then let go of: no shadow copy can choose it in between. */
static void let_go(JET_INSTANCE instance)
{
    AcquireSRWLockExclusive(&lock);
    struct cs_writer *writer = find_locked(instance);
    struct vss_writer *opened = writer ? vss : NULL;
    if (writer)
        set_state_locked(writer, CS_WRITER_ENDED, "the instance was terminated");
    ReleaseSRWLockExclusive(&lock);
    if (opened) /* which stays: this writer is still registered */
        vss_writer_let_go(opened, instance);
}

static void go_on(JET_INSTANCE instance)
{
    AcquireSRWLockExclusive(&lock);
    struct cs_writer *writer = find_locked(instance);
    if (writer)
        set_state_locked(writer, vss ? CS_WRITER_REGISTERED : CS_WRITER_REFUSED, "");
    ReleaseSRWLockExclusive(&lock);
}

static BOOL CALLBACK watch_stops(INIT_ONCE *once, void *parameter, void **context)
{
    static const struct instance_stop_watch watch = {let_go, go_on};
    (void)once;
    (void)parameter;
    (void)context;
    instance_stop_watch_set(&watch);
    return TRUE;
}

/* ---- registrations ---- */

static bool label_is_valid(const char *label)
{
    wchar_t *wide = NULL;
    const size_t length = strlen(label);
    if (length < 1 || length > LABEL_MAX || os_text_to_wide(label, &wide) < JET_errSuccess)
        return false;
    free(wide);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)label[i] < 0x20 || label[i] == 0x7F || label[i] == '\\')
            return false;
    return true;
}

static jet_err list_add(struct cs_writer *writer)
{
    AcquireSRWLockExclusive(&lock);
    const bool is_there = find_locked(writer->instance) != NULL || label_is_taken_locked(writer->label);
    if (!is_there) {
        writer->next = writers;
        writers = writer;
    }
    ReleaseSRWLockExclusive(&lock);
    return is_there ? JET_errInvalidParameter : JET_errSuccess;
}

/* The process is called like the first instance that it registers: it registers the same after every start. */
static void open_for(const struct cs_writer *writer)
{
    static const struct vss_writer_host host = {.each = each, .report = report};
    const struct vss_writer_options options = {.name = writer->label};
    struct vss_writer *opened = vss;
    char text[VSS_WRITER_TEXT_SIZE] = "";
    if (!opened && vss_writer_open(&options, &host, text, &opened) < JET_errSuccess)
        opened = NULL;
    set_states(opened, text);
}

static jet_err register_alone(JET_INSTANCE instance, const char *label, struct cs_writer **ret_writer)
{
    struct cs_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return JET_errOutOfMemory;
    writer->instance = instance;
    snprintf(writer->label, sizeof writer->label, "%s", label);
    jet_err err = list_add(writer);
    if (err < JET_errSuccess) {
        free(writer);
        return err;
    }
    open_for(writer);
    *ret_writer = writer;
    return JET_errSuccess;
}

JET_ERR cs_writer_register(JET_INSTANCE instance, const char *label, const struct cs_writer_options *options,
                           struct cs_writer **ret_writer)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    JET_INSTANCE handle;
    if (!label || !label_is_valid(label) || !ret_writer ||
        (options && (options->cbStruct != sizeof *options || options->bus_address)))
        return JET_errInvalidParameter;
    jet_err err = instance_very_handle(instance, &handle); /* in the one-instance mode any would do */
    if (err < JET_errSuccess)
        return err;
    (void)InitOnceExecuteOnce(&once, watch_stops, NULL, NULL);
    AcquireSRWLockExclusive(&registration);
    err = register_alone(handle, label, ret_writer);
    ReleaseSRWLockExclusive(&registration);
    return err;
}

/* What is left of the VSS writer, if that was the last. */
static struct vss_writer *list_remove(struct cs_writer *writer)
{
    struct vss_writer *to_close = NULL;
    AcquireSRWLockExclusive(&lock);
    struct cs_writer **link = &writers;
    while (*link != writer)
        link = &(*link)->next;
    *link = writer->next;
    if (!writers) {
        to_close = vss;
        vss = NULL;
    }
    ReleaseSRWLockExclusive(&lock);
    return to_close;
}

JET_ERR cs_writer_unregister(struct cs_writer *writer)
{
    if (!writer)
        return JET_errSuccess;
    AcquireSRWLockExclusive(&registration);
    struct vss_writer *to_close = list_remove(writer);
    if (to_close)
        vss_writer_close(to_close);
    else if (vss)
        vss_writer_let_go(vss, writer->instance);
    ReleaseSRWLockExclusive(&registration);
    free(writer);
    return JET_errSuccess;
}

enum cs_writer_state cs_writer_state(struct cs_writer *writer)
{
    AcquireSRWLockShared(&lock);
    const enum cs_writer_state state = writer->state;
    ReleaseSRWLockShared(&lock);
    return state;
}

void cs_writer_error(struct cs_writer *writer, char *text, uint32_t size)
{
    if (!text || size == 0)
        return;
    AcquireSRWLockShared(&lock);
    snprintf(text, size, "%s", writer->error);
    ReleaseSRWLockShared(&lock);
}
