/* SPDX-License-Identifier: MIT */
#include "vss_writer.h"

#include <stdio.h>
#include <stdlib.h>

#include "../os/os_text.h"
#include "os/os_clock.h"
#include "vss_writer_internal.h"

enum { UNTIL_THAW_MS = 30 * 60 * 1000, UNTIL_END_MS = 24 * 60 * 60 * 1000, NS_PER_MS = 1000000 };

/* There is one for a process: VSS would ask both, for the same instances. */
static _Atomic bool is_there;

/* ---- the thread ---- */

static jet_err subscribe(struct vss_writer *w)
{
    if (w->sets_security)
        vss_library_secure(&w->library);
    jet_err err = vss_object_init(&w->object, &w->library, &vss_methods, w, w->name, w->text);
    if (err < JET_errSuccess)
        return err;
    err = vss_object_subscribe(&w->object, w->text);
    if (err < JET_errSuccess)
        vss_object_done(&w->object);
    return err;
}

static bool expire(struct vss_writer *w)
{
    const enum freezer_state state = freezer_state(w->freezer);
    if (!freezer_expire(w->freezer, os_clock_monotonic_ns()))
        return false;
    if (freezer_state(w->freezer) != FREEZER_IDLE)
        return true; /* a method runs, and gives it back */
    vss_reports_release(&w->reports);
    if (state != FREEZER_PREPARED) /* then what was announced may still come: who was meant is remembered */
        vss_writer_forget_set(w);
    vss_report(&w->reports, VSS_EVENT_EXPIRED, OS_EVENT_WARNING, JET_errSuccess,
               "a shadow copy was announced or made, and nobody ended it");
    return true;
}

/* Until something is due: a millisecond more than is left, so that it is due then. */
static int64_t left_ms(const struct vss_writer *w)
{
    const uint64_t due_ns = freezer_due_ns(w->freezer);
    const uint64_t now_ns = os_clock_monotonic_ns();
    if (due_ns == 0)
        return OS_WAIT_FOREVER;
    return due_ns > now_ns ? (int64_t)((due_ns - now_ns) / NS_PER_MS) + 1 : 0;
}

/* Whoever changes the state wakes it. A method that is due and does not come back is looked for again a little
 * later. */
static void watch(struct vss_writer *w)
{
    enum { AGAIN_MS = 1000 };
    bool is_waiting_for_method = false;
    while (!atomic_load(&w->is_ending)) {
        (void)os_event_wait(w->wake, is_waiting_for_method ? AGAIN_MS : left_ms(w));
        os_event_reset(w->wake);
        is_waiting_for_method = expire(w) && freezer_state(w->freezer) != FREEZER_IDLE;
    }
}

static void serve(struct vss_writer *w)
{
    vss_report(&w->reports, VSS_EVENT_SUBSCRIBED, OS_EVENT_INFORMATION, JET_errSuccess, "the writer is subscribed");
    os_event_set(w->started);
    watch(w);
    vss_object_unsubscribe(&w->object);
    vss_writer_abort(w);
    vss_object_done(&w->object);
    vss_report(&w->reports, VSS_EVENT_UNSUBSCRIBED, OS_EVENT_INFORMATION, JET_errSuccess,
               "the writer is not subscribed any more");
}

/* COM belongs to the thread: it is initialised, used and given back by this one. */
static void run(void *context)
{
    struct vss_writer *w = context;
    w->start_error = vss_library_open(w->library_path, &w->library);
    if (w->start_error < JET_errSuccess) {
        snprintf(w->text, sizeof w->text, "there is no vssapi.dll that has writers");
        os_event_set(w->started);
        return;
    }
    const bool has_com = SUCCEEDED(w->library.co_initialize(NULL, COINIT_MULTITHREADED));
    w->start_error = has_com ? subscribe(w) : JET_errInternalError;
    if (w->start_error >= JET_errSuccess)
        serve(w);
    else
        os_event_set(w->started); /* the last that anybody sees of a thread that has failed */
    if (has_com)
        w->library.co_uninitialize();
    vss_library_close(&w->library);
}

/* ---- life ---- */

static jet_err text_take(const char *text, wchar_t **ret_text)
{
    return text ? os_text_to_wide(text, ret_text) : JET_errSuccess;
}

static jet_err options_take(struct vss_writer *w, const struct vss_writer_options *options)
{
    w->sets_security = options->sets_security;
    jet_err err = text_take(options->name, &w->name);
    if (err >= JET_errSuccess)
        err = text_take(options->service_name, &w->service_name);
    if (err < JET_errSuccess || !options->library)
        return err;
    w->library_path = _wcsdup(options->library);
    return w->library_path ? JET_errSuccess : JET_errOutOfMemory;
}

static void writer_free(struct vss_writer *w)
{
    freezer_free(w->freezer);
    os_event_free(w->started);
    os_event_free(w->wake);
    free(w->name);
    free(w->service_name);
    free(w->library_path);
    free(w);
}

static jet_err parts_make(struct vss_writer *w, const struct vss_writer_options *options)
{
    const struct freezer_limits limits = {
        .until_thaw_ms = options->until_thaw_ms ? options->until_thaw_ms : UNTIL_THAW_MS,
        .until_end_ms = options->until_end_ms ? options->until_end_ms : UNTIL_END_MS,
    };
    jet_err err = options_take(w, options);
    if (err >= JET_errSuccess)
        err = freezer_new(freezer_process_engine(), &limits, &w->freezer);
    if (err >= JET_errSuccess)
        err = os_event_new(&w->started);
    if (err >= JET_errSuccess)
        err = os_event_new(&w->wake);
    return err;
}

static jet_err writer_new(const struct vss_writer_options *options, const struct vss_writer_host *host,
                          struct vss_writer **ret_writer)
{
    struct vss_writer *w = calloc(1, sizeof *w);
    if (!w)
        return JET_errOutOfMemory;
    w->host = *host;
    vss_reports_init(&w->reports, &w->host);
    InitializeSRWLock(&w->lock);
    jet_err err = parts_make(w, options);
    if (err < JET_errSuccess) {
        writer_free(w);
        return err;
    }
    *ret_writer = w;
    return JET_errSuccess;
}

/* Waits for the first word of the thread; joined if that is its last. */
static jet_err thread_start(struct vss_writer *w)
{
    jet_err err = os_thread_start(run, w, &w->thread);
    if (err < JET_errSuccess)
        return err;
    (void)os_event_wait(w->started, OS_WAIT_FOREVER);
    if (w->start_error < JET_errSuccess)
        os_thread_join(w->thread);
    return w->start_error;
}

static jet_err open_alone(const struct vss_writer_options *options, const struct vss_writer_host *host, char *text,
                          struct vss_writer **ret_writer)
{
    struct vss_writer *w;
    jet_err err = writer_new(options, host, &w);
    if (err < JET_errSuccess)
        return err;
    err = thread_start(w);
    if (err < JET_errSuccess) {
        snprintf(text, VSS_WRITER_TEXT_SIZE, "%s", w->text);
        writer_free(w);
        return err;
    }
    *ret_writer = w;
    return JET_errSuccess;
}

jet_err vss_writer_open(const struct vss_writer_options *options, const struct vss_writer_host *host, char *text,
                        struct vss_writer **ret_writer)
{
    jet_err err = JET_errInvalidParameter;
    text[0] = '\0';
    if (options->name && *options->name && host->each && !atomic_exchange(&is_there, true)) {
        err = open_alone(options, host, text, ret_writer);
        if (err < JET_errSuccess)
            atomic_store(&is_there, false);
    }
    if (err < JET_errSuccess && !text[0])
        snprintf(text, VSS_WRITER_TEXT_SIZE, "%s", jet_err_text(err));
    return err;
}

void vss_writer_close(struct vss_writer *w)
{
    if (!w)
        return;
    atomic_store(&w->is_ending, true);
    os_event_set(w->wake);
    os_thread_join(w->thread);
    writer_free(w);
    atomic_store(&is_there, false);
}

/* ---- others ---- */

/* A choice that a method has in its hands may have it. */
static bool may_have(struct vss_writer *w, JET_INSTANCE handle)
{
    AcquireSRWLockShared(&w->lock);
    const bool may = !w->choice || vss_choice_has(w->choice, handle);
    ReleaseSRWLockShared(&w->lock);
    return may;
}

void vss_writer_let_go(struct vss_writer *w, JET_INSTANCE handle)
{
    if (freezer_state(w->freezer) == FREEZER_IDLE || !may_have(w, handle))
        return;
    vss_writer_abort(w);
    vss_report(&w->reports, VSS_EVENT_ABORTED, OS_EVENT_WARNING, JET_errSuccess,
               "the shadow copy was aborted: one of its instances stops");
}

bool vss_writer_is_busy(struct vss_writer *w)
{
    return freezer_state(w->freezer) != FREEZER_IDLE;
}
