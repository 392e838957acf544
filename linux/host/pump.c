/* SPDX-License-Identifier: MIT */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../os/os_sigpipe.h"
#include "crc32c.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "write_end.h"

enum {
    CHUNK_BYTES = 256 * 1024, /* of one read: whole pages of every size */
    PIPE_BYTES = 1 << 20,     /* what an ordinary user may have */
};

struct pump {
    struct pump_order order;
    struct os_thread *thread;
    void *buffer; /* CHUNK_BYTES, aligned */
    struct write_end out;
    atomic_bool is_cancelled;
    /* the thread's own, read behind the join */
    uint64_t sent;
    uint32_t crc;
    jet_err status;
    bool is_broken;    /* the reader has closed its end */
    uint64_t paced_us; /* when the rate allows the next byte */
};

/* ---- waiting ---- */

/* The bell has rung, or might have: is the stream to go on? */
static bool may_go_on(struct pump *pump)
{
    const jet_err err = pump->order.owner.judge(pump->order.owner.context);
    if (atomic_load(&pump->is_cancelled))
        return false;
    if (err < JET_errSuccess)
        pump->status = err;
    return err >= JET_errSuccess;
}

/* Until there is room (`fd` not negative), or `timeout_ms` has passed, or the bell rings for this stream: false. */
static bool wait_for_room(struct pump *pump, int fd, int timeout_ms)
{
    struct pollfd fds[] = {
        {.fd = fd,               .events = POLLOUT},
        {.fd = pump->order.bell, .events = POLLIN },
    };
    for (;;) {
        const int ready = poll(fds, COUNT_OF(fds), timeout_ms);
        if (ready > 0 && fds[1].revents != 0 && !may_go_on(pump))
            return false;
        if (ready == 0 || fds[0].revents != 0)
            return true;
    }
}

/* Bytes that have left are paid for by waiting; what was not used before is lost, but for one chunk. */
static bool wait_for_rate(struct pump *pump)
{
    const uint64_t now_us = host_now_us();
    if (pump->order.max_rate == 0 || pump->paced_us <= now_us)
        return true;
    return wait_for_room(pump, -1, (int)((pump->paced_us - now_us + 999) / 1000));
}

static void pay_rate(struct pump *pump, size_t bytes)
{
    const uint64_t now_us = host_now_us();
    if (pump->order.max_rate == 0)
        return;
    if (pump->paced_us < now_us)
        pump->paced_us = now_us;
    pump->paced_us += (uint64_t)bytes * 1000000 / pump->order.max_rate;
}

/* ---- moving ---- */

/* True: all of it has left. Else the status says why, or the client is gone, or has enough. */
static bool send_all(struct pump *pump, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t put = write(pump->out.fd, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN) {
            if (!wait_for_room(pump, pump->out.fd, -1))
                return false;
            continue;
        }
        if (put < 0) {
            pump->is_broken = errno == EPIPE || errno == ECONNRESET;
            pump->status = pump->is_broken ? JET_errSuccess : JET_errDiskIO;
            return false;
        }
        pump->crc = crc32c(pump->crc, bytes, (size_t)put);
        pump->sent += (uint64_t)put;
        pump->order.owner.moved(pump->order.owner.context, (uint64_t)put);
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

/* False: the stream is at its end. A rate below a chunk a second is kept by smaller pieces, each of which waits for
 * itself. */
static bool move_chunk(struct pump *pump)
{
    const struct pump_order *order = &pump->order;
    uint32_t actual = 0;
    if (atomic_load(&pump->is_cancelled))
        return false;
    const jet_err err = JetReadFileInstance(order->instance, order->file, pump->buffer, CHUNK_BYTES, &actual);
    if (err < JET_errSuccess || actual == 0) {
        pump->status = err;
        return false;
    }
    const uint64_t left = order->size - pump->sent;
    const size_t size = actual < left ? actual : (size_t)left;
    const size_t piece_most =
        order->max_rate > 0 && order->max_rate / 4 < CHUNK_BYTES ? (size_t)(order->max_rate / 4) + 1 : CHUNK_BYTES;
    for (size_t at = 0; at < size;) {
        const size_t piece = size - at < piece_most ? size - at : piece_most;
        if (!wait_for_rate(pump) || !send_all(pump, (const uint8_t *)pump->buffer + at, piece))
            return false;
        pay_rate(pump, piece);
        at += piece;
    }
    return true;
}

static void run(void *context)
{
    struct pump *pump = context;
    const struct pump_owner owner = pump->order.owner;
    const struct os_sigpipe_span span = os_sigpipe_begin();
    while (pump->sent < pump->order.size && move_chunk(pump))
        ;
    os_sigpipe_end(span, pump->is_broken);
    owner.ended(owner.context); /* first the record, then the end that the reader sees */
    write_end_close(&pump->out);
}

/* ---- life ---- */

/* Of the writer's description; the reader's is another. */
static int never_block(int ends[2])
{
    if (fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        return 0;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return -1;
}

static int open_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    /* May be refused (a user's pipes share a limit): then it is only slower. */
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    return never_block(ends);
}

static int open_socket(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    (void)shutdown(ends[1], SHUT_RD);
    return never_block(ends);
}

static void discard(struct pump *pump)
{
    os_pages_free(pump->buffer, CHUNK_BYTES);
    write_end_close(&pump->out);
    free(pump);
}

jet_err pump_start(const struct pump_order *order, struct pump **ret_pump, int *ret_fd)
{
    int reader = -1;
    jet_err err = JET_errOutOfMemory;
    struct pump *pump = calloc(1, sizeof *pump);
    if (!pump)
        return err;
    pump->order = *order;
    pump->out.fd = -1;
    pump->buffer = os_pages_alloc(CHUNK_BYTES);
    if (!pump->buffer)
        goto fail;
    if (write_end_open(&pump->out, order->transport == HOST_TRANSPORT_SOCKET ? open_socket : open_pipe, &reader) != 0)
        goto fail;
    err = os_thread_start(run, pump, &pump->thread);
    if (err < JET_errSuccess)
        goto fail;
    *ret_pump = pump;
    *ret_fd = reader;
    return JET_errSuccess;
fail:
    if (reader >= 0)
        (void)close(reader);
    discard(pump);
    return err;
}

void pump_cancel(struct pump *pump)
{
    atomic_store(&pump->is_cancelled, true);
}

void pump_join(struct pump *pump)
{
    os_thread_join(pump->thread);
    pump->thread = NULL;
}

void pump_free(struct pump *pump, struct pump_result *ret_result)
{
    if (!pump)
        return;
    pump_join(pump);
    *ret_result = (struct pump_result){
        .bytes = pump->sent,
        .crc32c = pump->crc,
        .status = pump->status,
        .is_whole = pump->sent == pump->order.size,
    };
    discard(pump);
}
