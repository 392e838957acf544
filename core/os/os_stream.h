/* SPDX-License-Identifier: MIT */
/* os_stream.h - byte streams that can be left at once: pipes, sockets, redirected standard input and output.
 *
 * A stream may lead to a reader that never reads. Both transfer functions therefore take an event and wait for "ready
 * or signalled": when the event is set before the transfer is complete they return JET_errBackupAbortByServer at once,
 * no matter how full the pipe is, and the stream is then only good for closing. A reader that went away is
 * JET_errDiskIO; no SIGPIPE is ever raised.
 *
 * A stream is used by one thread at a time; the event may be set by any.
 */
#ifndef COLDSTREAM_OS_STREAM_H
#define COLDSTREAM_OS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "os/os_thread.h"

struct os_stream;

/* Standard output or input as a stream of bytes (no text translation). The process keeps the descriptor itself;
 * closing the stream frees only the object. */
MUST_CHECK jet_err os_stream_open_stdout(struct os_stream **ret_stream);
MUST_CHECK jet_err os_stream_open_stdin(struct os_stream **ret_stream);

/* A pipe inside this process, both ends as streams: tests and in-process consumers. */
MUST_CHECK jet_err os_stream_open_pipe(struct os_stream **ret_reader, struct os_stream **ret_writer);

/* An end of a pipe or socket that is handed over: a file descriptor on Linux, a HANDLE on Windows. The stream owns it
 * (and may exchange it for another of its own); on failure it stays the caller's. */
MUST_CHECK jet_err os_stream_open_native(intptr_t native, struct os_stream **ret_stream);

/* Takes NULL. Closing the writing end of a pipe ends the reader's stream. */
void os_stream_close(struct os_stream *stream);

/* True if a person would get the bytes on a screen. */
bool os_stream_is_terminal(const struct os_stream *stream);

/* Writes all `size` bytes; see the top for the event (NULL: none). */
MUST_CHECK jet_err os_stream_write(struct os_stream *stream, const void *buffer, size_t size, struct os_event *event);

/* Reads at least one byte and at most `size`; 0 bytes is the end of the stream. */
MUST_CHECK jet_err os_stream_read(struct os_stream *stream, void *buffer, size_t size, struct os_event *event,
                                  size_t *ret_actual);

#endif
