/* SPDX-License-Identifier: MIT */
/* sender.h - somebody else who has a running instance and hands over the files of its backup: a service, behind
 * whatever there is between it and us.
 *
 *      begin   databases   ( open   read ...   close ) ...   logs   ( open ... )   truncate   end
 *
 * One call at a time, in this order. Every slot is filled. What is handed out lives until `end`, which comes if begin
 * succeeded, whatever else happened. An error of any other call is the end of the backup but for close and end. That
 * the server stopped it is JET_errBackupAbortByServer. The end of the bytes proves nothing: only `close` knows whether
 * they were all, and sound.
 */
#ifndef COLDSTREAM_BASE_SENDER_H
#define COLDSTREAM_BASE_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/jet_err.h"
#include "base/types.h"

struct os_event;

struct sender_file {
    const char *path; /* where the server has it; only the last part means anything here */
    uint64_t size;    /* bytes, about: for progress */
};

struct sender_list {
    const struct sender_file *files;
    size_t count;
};

struct sender {
    void *context;
    const char *name; /* of the instance, for messages; lives as long as the sender */
    /* `stop` ends every wait from now on with JET_errBackupAbortByServer, except in close, truncate and end. */
    jet_err (*begin)(void *context, struct os_event *stop);
    jet_err (*databases)(void *context, struct sender_list *ret_list);
    /* The logs that make the databases whole, and the generations that they are; 0 if there are none. */
    jet_err (*logs)(void *context, struct sender_list *ret_list, lgen_t *ret_first, lgen_t *ret_last);
    jet_err (*open)(void *context, const char *path, uint64_t *ret_size);
    /* At least one byte; 0: there come no more. */
    jet_err (*read)(void *context, void *buffer, size_t size, size_t *ret_actual);
    /* Closes what is open. With success every byte of it came and the server found it sound. */
    jet_err (*close)(void *context);
    /* The server may delete the logs that this backup makes superfluous. */
    jet_err (*truncate)(void *context);
    /* `is_good`: to be recorded as done, else as aborted. */
    void (*end)(void *context, bool is_good);
    /* More words for the error of the last call that failed, or NULL; until the next call. */
    const char *(*reason)(void *context);
};

#endif
