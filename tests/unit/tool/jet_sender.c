/* SPDX-License-Identifier: MIT */
#include "jet_sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"
#include "os/os_thread.h"

/* The server is another process: its locks are none of ours, and the order of locks is told by the thread. */
struct errand {
    jet_err (*run)(struct jet_sender *jet);
    struct jet_sender *jet;
    jet_err err;
};

static void run_errand(void *context)
{
    struct errand *errand = context;
    errand->err = errand->run(errand->jet);
}

static jet_err elsewhere(jet_err (*run)(struct jet_sender *jet), struct jet_sender *jet)
{
    struct errand errand = {.run = run, .jet = jet};
    struct os_thread *thread;
    jet_err err = os_thread_start(run_errand, &errand, &thread);
    if (err < JET_errSuccess)
        return err;
    os_thread_join(thread);
    return errand.err;
}

static jet_err begin_there(struct jet_sender *jet)
{
    return JetBeginExternalBackupInstance(jet->instance, jet->grbit);
}

static jet_err begin(void *context, struct os_event *stop)
{
    struct jet_sender *jet = context;
    (void)stop; /* nothing here waits */
    if (jet->begin_error < JET_errSuccess)
        return jet->begin_error;
    jet->buffer = os_pages_alloc(JET_SENDER_BUFFER);
    if (!jet->buffer)
        return JET_errOutOfMemory;
    return elsewhere(begin_there, jet);
}

/* A double-zero list of names, all of it: writers that are quick make many logs between two backups. */
static jet_err take_names(struct jet_sender *jet, unsigned which, struct sender_list *ret_list)
{
    struct sender_list list = {jet->list[which], 0};
    for (const char *name = jet->names; *name; name += strlen(name) + 1) {
        if (list.count == JET_SENDER_FILES_MAX || strlen(name) >= sizeof jet->paths[which][0])
            return JET_errBufferTooSmall;
        char *path = jet->paths[which][list.count];
        (void)snprintf(path, sizeof jet->paths[which][0], "%s", name);
        jet->list[which][list.count++] = (struct sender_file){path, 65536};
    }
    *ret_list = list;
    return JET_errSuccess;
}

static jet_err databases_there(struct jet_sender *jet)
{
    uint32_t size;
    return JetGetAttachInfoInstanceA(jet->instance, jet->names, sizeof jet->names, &size);
}

static jet_err databases(void *context, struct sender_list *ret_list)
{
    struct jet_sender *jet = context;
    jet_err err = elsewhere(databases_there, jet);
    return err < JET_errSuccess ? err : take_names(jet, 0, ret_list);
}

static jet_err logs_there(struct jet_sender *jet)
{
    uint32_t size;
    jet->log_info = (JET_LOGINFO_A){.cbSize = sizeof jet->log_info};
    return JetGetLogInfoInstance2A(jet->instance, jet->names, sizeof jet->names, &size, &jet->log_info);
}

static jet_err logs(void *context, struct sender_list *ret_list, lgen_t *ret_first, lgen_t *ret_last)
{
    struct jet_sender *jet = context;
    jet_err err = elsewhere(logs_there, jet);
    if (err < JET_errSuccess)
        return err;
    *ret_first = jet->log_info.ulGenLow;
    *ret_last = jet->log_info.ulGenHigh;
    return take_names(jet, 1, ret_list);
}

static jet_err open_there(struct jet_sender *jet)
{
    uint32_t low, high;
    if (++jet->files == jet->stop_at_file && JetStopBackupInstance(jet->instance) < JET_errSuccess)
        return JET_errInternalError;
    jet_err err = JetOpenFileInstanceA(jet->instance, jet->path, &jet->handle, &low, &high);
    if (err >= JET_errSuccess)
        jet->size = low | (uint64_t)high << 32;
    return err;
}

static jet_err open_file(void *context, const char *path, uint64_t *ret_size)
{
    struct jet_sender *jet = context;
    jet->path = path;
    jet_err err = elsewhere(open_there, jet);
    if (err < JET_errSuccess)
        return err;
    *ret_size = jet->size;
    jet->position = jet->given = 0;
    jet->buffered = jet->taken = 0;
    return JET_errSuccess;
}

static jet_err fill(struct jet_sender *jet)
{
    uint32_t actual;
    jet_err err = JetReadFileInstance(jet->instance, jet->handle, jet->buffer, JET_SENDER_BUFFER, &actual);
    if (err < JET_errSuccess)
        return err;
    if (jet->files == jet->flip_file && jet->flip_at >= jet->position && jet->flip_at < jet->position + actual)
        jet->buffer[jet->flip_at - jet->position] ^= 0x55;
    jet->position += actual;
    jet->buffered = actual;
    jet->taken = 0;
    return JET_errSuccess;
}

/* In odd pieces, as a pipe gives them. */
static jet_err read_file(void *context, void *buffer, size_t size, size_t *ret_actual)
{
    enum { ODD = 10007 };
    struct jet_sender *jet = context;
    *ret_actual = 0;
    if (jet->files == jet->cut_file && jet->given >= jet->size / 2)
        return JET_errSuccess;
    if (jet->taken == jet->buffered) {
        jet_err err = elsewhere(fill, jet);
        if (err < JET_errSuccess)
            return err;
    }
    size_t piece = jet->buffered - jet->taken;
    piece = piece < size ? piece : size;
    piece = piece < ODD ? piece : ODD;
    if (jet->files == jet->cut_file && piece > jet->size / 2 - jet->given)
        piece = (size_t)(jet->size / 2 - jet->given);
    memcpy(buffer, jet->buffer + jet->taken, piece);
    jet->taken += piece;
    jet->given += piece;
    *ret_actual = piece;
    return JET_errSuccess;
}

static jet_err close_there(struct jet_sender *jet)
{
    return JetCloseFileInstance(jet->instance, jet->handle);
}

static jet_err close_file(void *context)
{
    struct jet_sender *jet = context;
    jet_err err = elsewhere(close_there, jet);
    return jet->files == jet->cut_file && jet->close_error < JET_errSuccess ? jet->close_error : err;
}

static jet_err truncate_there(struct jet_sender *jet)
{
    return JetTruncateLogInstance(jet->instance);
}

static jet_err truncate_logs(void *context)
{
    struct jet_sender *jet = context;
    jet->truncations++;
    return jet->refuses_truncation ? JET_errPermissionDenied : elsewhere(truncate_there, jet);
}

static jet_err end_there(struct jet_sender *jet)
{
    return JetEndExternalBackupInstance2(jet->instance,
                                         jet->ended_good ? JET_bitBackupEndNormal : JET_bitBackupEndAbort);
}

static void end(void *context, bool is_good)
{
    struct jet_sender *jet = context;
    jet->ends++;
    jet->ended_good = is_good;
    jet_err err = elsewhere(end_there, jet);
    if (err < JET_errSuccess)
        jet->ended_good = false;
    os_pages_free(jet->buffer, JET_SENDER_BUFFER);
    jet->buffer = NULL;
}

static const char *reason(void *context)
{
    (void)context;
    return "so says the sender";
}

struct sender jet_sender(struct jet_sender *jet)
{
    return (struct sender){
        .context = jet,
        .name = "bank",
        .begin = begin,
        .databases = databases,
        .logs = logs,
        .open = open_file,
        .read = read_file,
        .close = close_file,
        .truncate = truncate_logs,
        .end = end,
        .reason = reason,
    };
}
