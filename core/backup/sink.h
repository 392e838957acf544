/* SPDX-License-Identifier: MIT */
/* sink.h - where a backup goes: a folder, or a tar stream.
 *
 * Calls go one way, from the pump (run.c) to the sink:
 *
 *      ( begin_file   data ...   end_file ) ...   finish
 *
 * The sink lends its buffer, the pump has it filled and verified in place, `data` sends it: bytes move once. end_file
 * is called for every begun file and finish once in any case, both with the status so far; only finish frees. A sink
 * never calls back. Its status is what it returns and nothing else; why it failed, it has told its listener. After a
 * failure only end_file and finish may come, with that status.
 *
 * What a sink leaves behind is unmistakable: finish with an error leaves nothing, or something that no reader takes
 * for a whole set.
 */
#ifndef COLDSTREAM_BACKUP_SINK_H
#define COLDSTREAM_BACKUP_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "os/os_stream.h"

/* One file of the set; the size is known before the first byte and kept. */
struct sink_file {
    const char *name; /* plain file name, manifest_check_name() accepts it */
    uint64_t size;
    int64_t modified_unix_s;
};

struct sink;

struct sink_ops {
    jet_err (*begin_file)(struct sink *sink, const struct sink_file *file);
    /* The first `size` bytes of the buffer. */
    jet_err (*data)(struct sink *sink, size_t size);
    /* With success: `size` bytes came, and the file is to stay. */
    jet_err (*end_file)(struct sink *sink, jet_err status);
    /* With success: the set is whole and durable when this returns success. Frees the sink. */
    jet_err (*finish)(struct sink *sink, jet_err status);
};

/* Embedded first in every sink. */
struct sink {
    const struct sink_ops *ops;
    void *buffer; /* os_pages_alloc */
    size_t buffer_size;
    /* What is left after a failure is kept for somebody to look at: the pump then adds a manifest that says what it
     * is. */
    bool keeps_remains;
};

/* A multiple of every page size. 1 GiB through a pipe took 483, 453, 440, 424 and 426 ms with 128, 256, 512, 1024 and
 * 2048 KiB (cat | cat: 443 ms); the larger ones gain little, and a stop waits for the read that is under way. */
enum { SINK_BUFFER_SIZE = 512 * 1024 };

/* What the folder's name ends in until the set is whole. */
#define SINK_PARTIAL_SUFFIX ".partial"

/* A folder named `set`, written as `set`.partial and renamed when whole. JET_errFileAlreadyExists at once if either
 * name is taken. After a failure the partial folder is removed unless `keep_partial`. */
MUST_CHECK jet_err sink_directory_new(const char *set, bool keep_partial, const struct finding_listener *listener,
                                      struct sink **ret_sink);

/* A POSIX tar (pax where ustar does not reach) on `stream`, which stays the caller's. A transfer that waits for the
 * reader is left with JET_errBackupAbortByServer when `stop` is set. After a failure the stream has no
 * end-of-archive. */
MUST_CHECK jet_err sink_tar_new(struct os_stream *stream, struct os_event *stop,
                                const struct finding_listener *listener, struct sink **ret_sink);

#endif
