/* SPDX-License-Identifier: MIT */
#include "connection.h"

#include <stdlib.h>

#include "../os/os_event_internal.h"
#include "host/session.h"
#include "os/os_clock.h"
#include "wire/wire.h"

struct connection {
    HANDLE pipe;
    HANDLE done; /* manual reset: of the overlapped call */
    struct os_event *stop;
    struct session *session;
};

/* ---- bytes ---- */

static DWORD left_ms(int64_t patience_ms, uint64_t begun_us)
{
    const int64_t gone_ms = (int64_t)((os_clock_boot_us() - begun_us) / 1000);
    if (patience_ms == OS_WAIT_FOREVER)
        return INFINITE;
    return gone_ms < patience_ms ? (DWORD)(patience_ms - gone_ms) : 0;
}

/* False: somebody ended the wait. The session lets go of what is wanted from it meanwhile, and goes on waiting. */
static bool wait_for_done(const struct connection *connection)
{
    const HANDLE handles[] = {connection->done, connection->stop->handle, session_bell(connection->session)->handle};
    const int64_t patience_ms = session_patience_ms(connection->session);
    const uint64_t begun_us = os_clock_boot_us();
    for (;;) {
        switch (WaitForMultipleObjects(3, handles, FALSE, left_ms(patience_ms, begun_us))) {
        case WAIT_OBJECT_0: return true;
        case WAIT_OBJECT_0 + 2: session_attend(connection->session); break;
        default: return false;
        }
    }
}

/* One overlapped call; how many bytes it moved, 0: the pipe is broken, or the wait was ended. */
static DWORD move_some(const struct connection *connection, void *bytes, DWORD size, bool is_writing)
{
    OVERLAPPED overlapped = {.hEvent = connection->done};
    DWORD moved = 0;
    const BOOL is_begun = is_writing ? WriteFile(connection->pipe, bytes, size, NULL, &overlapped)
                                     : ReadFile(connection->pipe, bytes, size, NULL, &overlapped);
    if (!is_begun && GetLastError() != ERROR_IO_PENDING)
        return 0;
    if (!wait_for_done(connection))
        (void)CancelIoEx(connection->pipe, &overlapped);
    /* Also a cancelled call is waited for: the bytes and the structure are ours again only then. */
    return GetOverlappedResult(connection->pipe, &overlapped, &moved, TRUE) ? moved : 0;
}

static bool move_all(const struct connection *connection, void *bytes, size_t size, bool is_writing)
{
    for (size_t at = 0; at < size;) {
        const DWORD moved = move_some(connection, (char *)bytes + at, (DWORD)(size - at), is_writing);
        if (moved == 0)
            return false;
        at += moved;
    }
    return true;
}

/* ---- messages ---- */

/* The bytes that are lent are only read. */
static bool send_bytes(const struct connection *connection, const void *bytes, size_t size)
{
    return move_all(connection, (void *)(uintptr_t)bytes, size, true);
}

static bool send_data(const struct connection *connection)
{
    uint8_t header[WIRE_HEADER_SIZE];
    size_t size;
    const void *bytes = session_data(connection->session, &size);
    wire_header_encode((uint32_t)size, WIRE_REPLY_DATA, header);
    return send_bytes(connection, header, sizeof header) && send_bytes(connection, bytes, size);
}

static bool send_reply(const struct connection *connection, const struct wire_reply *reply)
{
    uint8_t *frame;
    size_t size;
    if (reply->kind == WIRE_REPLY_DATA)
        return send_data(connection);
    if (wire_reply_encode(reply, &frame, &size) < JET_errSuccess)
        return false;
    const bool is_sent = send_bytes(connection, frame, size);
    free(frame);
    return is_sent;
}

static bool answer(const struct connection *connection, const struct wire_header *header, const uint8_t *payload)
{
    struct wire_request request;
    if (wire_request_decode(header, payload, &request) < JET_errSuccess)
        return send_reply(connection, session_refuse(connection->session, "this is no request"));
    const struct wire_reply *reply = session_answer(connection->session, &request);
    wire_request_done(&request);
    session_attend(connection->session); /* what happened during the call */
    return send_reply(connection, reply);
}

/* False: it was the last one. */
static bool serve_one(const struct connection *connection)
{
    uint8_t bytes[WIRE_HEADER_SIZE];
    if (!move_all(connection, bytes, sizeof bytes, false))
        return false;
    const struct wire_header header = wire_header_decode(bytes);
    if (header.version != WIRE_VERSION || header.size > WIRE_REQUEST_MAX) {
        (void)send_reply(connection, session_refuse(connection->session, "this is another version's, or no request"));
        return false;
    }
    uint8_t *payload = malloc(header.size > 0 ? header.size : 1);
    const bool goes_on =
        payload && move_all(connection, payload, header.size, false) && answer(connection, &header, payload);
    free(payload);
    return goes_on;
}

void connection_run(HANDLE pipe, struct hosting *hosting, struct os_event *stop)
{
    struct connection connection = {.pipe = pipe, .stop = stop};
    connection.done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (connection.done && session_new(hosting, &connection.session) >= JET_errSuccess) {
        while (!os_event_wait(stop, 0) && serve_one(&connection))
            ;
        session_free(connection.session);
    }
    if (connection.done)
        CloseHandle(connection.done);
}
