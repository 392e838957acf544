/* SPDX-License-Identifier: MIT */
/* os_stream.c - pipes, sockets, redirected standard input and output, each of which can be left at once.
 *
 * The reader at the far end may never read, and the stop must get through all the same: no call here may wait in the
 * kernel for anything but poll() on {stream, event}. How a transfer is kept from waiting depends on what the stream is:
 *
 *   OWN     A pipe or terminal of which we have an open file description of our own, with O_NONBLOCK. That flag belongs
 *           to the description, which standard output shares with the shell and with whatever else holds it: setting
 *           it there would break their reads and writes. So the same pipe is opened once more through /proc/self/fd.
 *   SHARED  Where that fails (no /proc; a pipe of another user; no descriptors left) we are left with the shared
 *           description. Then poll() goes before each transfer, and no more than PIPE_BUF bytes are written, which the
 *           room that poll() reports always takes. Slower, and it could wait if another process fills the pipe between
 *           the two calls. Nothing better exists there.
 *   SOCKET  MSG_DONTWAIT asks for the same per call.
 *   FILE    Regular files and devices such as /dev/null wait for nobody.
 *
 * Speed: this is the hot path of `backup --stdout`. A transfer is tried first; poll() is called only when the pipe is
 * known to be full or empty, that is after EAGAIN or a short write. The event is looked at before every try, which is
 * one load (os_event_internal.h). Pipes are grown to 1 MiB, so that writer and reader take turns less often.
 *
 * A stream is used by one thread at a time; the event may be set by anybody.
 */
#include "os/os_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/os_error.h"
#include "os_error_internal.h"
#include "os_event_internal.h"
#include "os_sigpipe.h"

enum {
    PIPE_WANTED_BYTES = 1 << 20, /* what an ordinary user may have, /proc/sys/fs/pipe-max-size */
    TRY_MAX_BYTES = 1 << 20,     /* of one system call: how long a file may keep us from looking at the event */
};

enum stream_kind { STREAM_OWN, STREAM_SHARED, STREAM_SOCKET, STREAM_FILE };

struct os_stream {
    int fd;
    enum stream_kind kind;
    bool close_fd; /* false while fd is the process's own standard input or output */
};

static jet_err stream_new(int fd, enum stream_kind kind, bool close_fd, struct os_stream **ret_stream)
{
    struct os_stream *stream = malloc(sizeof *stream);
    if (!stream)
        return os_error_from(ENOMEM);
    *stream = (struct os_stream){.fd = fd, .kind = kind, .close_fd = close_fd};
    *ret_stream = stream;
    return JET_errSuccess;
}

/* More room than the usual 64 KiB. It may be refused (a user's pipes share a limit): then it is only slower. */
static void grow_pipe(int fd)
{
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size > 0 && size < PIPE_WANTED_BYTES)
        (void)fcntl(fd, F_SETPIPE_SZ, PIPE_WANTED_BYTES);
}

/* A second description of what `fd` refers to, with O_NONBLOCK; negative if there is no way. */
static int open_again(int fd)
{
    char path[sizeof "/proc/self/fd/" + 3 * sizeof fd];
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return -1;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, (flags & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static jet_err stream_open(int fd, bool close_fd, struct os_stream **ret_stream)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return os_error_from(errno);
    if (S_ISSOCK(info.st_mode))
        return stream_new(fd, STREAM_SOCKET, close_fd, ret_stream);
    if (!S_ISFIFO(info.st_mode) && !isatty(fd))
        return stream_new(fd, STREAM_FILE, close_fd, ret_stream);

    grow_pipe(fd); /* fails harmlessly on a terminal */
    int own = open_again(fd);
    if (own < 0)
        return stream_new(fd, STREAM_SHARED, close_fd, ret_stream);
    jet_err err = stream_new(own, STREAM_OWN, true, ret_stream);
    if (err < JET_errSuccess)
        (void)close(own);
    else if (close_fd)
        (void)close(fd);
    return err;
}

jet_err os_stream_open_stdout(struct os_stream **ret_stream)
{
    return stream_open(STDOUT_FILENO, false, ret_stream);
}

jet_err os_stream_open_stdin(struct os_stream **ret_stream)
{
    return stream_open(STDIN_FILENO, false, ret_stream);
}

jet_err os_stream_open_native(intptr_t native, struct os_stream **ret_stream)
{
    if (native < 0 || native > INT_MAX)
        return os_error_from(EBADF);
    return stream_open((int)native, true, ret_stream);
}

jet_err os_stream_open_pipe(struct os_stream **ret_reader, struct os_stream **ret_writer)
{
    int ends[2];
    struct os_stream *reader = NULL;
    struct os_stream *writer = NULL;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return os_error_from(errno);
    grow_pipe(ends[1]);
    jet_err err = stream_new(ends[0], STREAM_OWN, true, &reader);
    if (err < JET_errSuccess)
        goto fail;
    err = stream_new(ends[1], STREAM_OWN, true, &writer);
    if (err < JET_errSuccess)
        goto fail;
    *ret_reader = reader;
    *ret_writer = writer;
    return JET_errSuccess;
fail:
    free(reader); /* without closing: the descriptors are closed here */
    (void)close(ends[0]);
    (void)close(ends[1]);
    return err;
}

void os_stream_close(struct os_stream *stream)
{
    if (!stream)
        return;
    if (stream->close_fd)
        (void)close(stream->fd);
    free(stream);
}

bool os_stream_is_terminal(const struct os_stream *stream)
{
    return isatty(stream->fd) == 1;
}

/* Until the stream is ready for `what` (POLLIN, POLLOUT; or broken, which the next transfer will tell) or the event is
 * set. */
static jet_err wait_ready(const struct os_stream *stream, short what, struct os_event *event)
{
    struct pollfd fds[2] = {
        {.fd = stream->fd,             .events = what  },
        {.fd = event ? event->fd : -1, .events = POLLIN}, /* poll() skips a negative one */
    };
    while (!os_event_is_set(event)) {
        fds[0].revents = 0;
        if (poll(fds, COUNT_OF(fds), -1) < 0 && errno != EINTR)
            return os_error_from(errno);
        if (fds[0].revents != 0 && !os_event_is_set(event))
            return JET_errSuccess;
    }
    return os_error_found(JET_errBackupAbortByServer, 0);
}

static ssize_t try_write(const struct os_stream *stream, const void *buffer, size_t size)
{
    if (stream->kind == STREAM_SOCKET)
        return send(stream->fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return write(stream->fd, buffer, size);
}

static jet_err write_all(const struct os_stream *stream, const unsigned char *bytes, size_t size,
                         struct os_event *event)
{
    const size_t try_max = stream->kind == STREAM_SHARED ? PIPE_BUF : TRY_MAX_BYTES;
    bool is_full = stream->kind == STREAM_SHARED; /* may be: ask first */
    while (size > 0) {
        if (os_event_is_set(event))
            return os_error_found(JET_errBackupAbortByServer, 0);
        if (is_full) {
            jet_err err = wait_ready(stream, POLLOUT, event);
            if (err < JET_errSuccess)
                return err;
        }
        size_t slice = size < try_max ? size : try_max;
        ssize_t put = try_write(stream, bytes, slice);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno != EAGAIN)
            return os_error_from(errno);
        size_t done = put < 0 ? 0 : (size_t)put;
        bytes += done;
        size -= done;
        is_full = done < slice || stream->kind == STREAM_SHARED;
    }
    return JET_errSuccess;
}

jet_err os_stream_write(struct os_stream *stream, const void *buffer, size_t size, struct os_event *event)
{
    if (stream->kind == STREAM_SOCKET || stream->kind == STREAM_FILE)
        return write_all(stream, buffer, size, event);
    struct os_sigpipe_span span = os_sigpipe_begin();
    jet_err err = write_all(stream, buffer, size, event);
    os_sigpipe_end(span, err == JET_errDiskIO && os_last_error() == EPIPE);
    return err;
}

static ssize_t try_read(const struct os_stream *stream, void *buffer, size_t size)
{
    if (stream->kind == STREAM_SOCKET)
        return recv(stream->fd, buffer, size, MSG_DONTWAIT);
    return read(stream->fd, buffer, size);
}

jet_err os_stream_read(struct os_stream *stream, void *buffer, size_t size, struct os_event *event, size_t *ret_actual)
{
    bool is_empty = stream->kind == STREAM_SHARED; /* may be: ask first */
    for (;;) {
        if (os_event_is_set(event))
            return os_error_found(JET_errBackupAbortByServer, 0);
        if (is_empty) {
            jet_err err = wait_ready(stream, POLLIN, event);
            if (err < JET_errSuccess)
                return err;
        }
        ssize_t got = try_read(stream, buffer, size < TRY_MAX_BYTES ? size : TRY_MAX_BYTES);
        if (got >= 0) {
            *ret_actual = (size_t)got;
            return JET_errSuccess;
        }
        if (errno != EINTR && errno != EAGAIN)
            return os_error_from(errno);
        is_empty = errno == EAGAIN || stream->kind == STREAM_SHARED;
    }
}
