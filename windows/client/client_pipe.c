/* SPDX-License-Identifier: MIT */
/* client_pipe.c - a connection to the pipe. The access that is asked for is what a backup operator has there (not
 * GENERIC_WRITE, which includes making instances of a pipe); the service learns who we are, and may not act as us.
 * Nothing is said to a pipe that may be another user's. */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "../os/os_error_internal.h"
#include "../os/os_event_internal.h"
#include "../os/os_text.h"
#include "client_owner.h"
#include "os/os_error.h"
#include "tool/service_wire.h"

enum { ACCESS = 0x12019b, BUSY_MS = 5000, BUSY_TRIES = 6 };

struct client {
    HANDLE pipe;
    HANDLE done; /* manual reset */
};

/* ---- bytes ---- */

/* False: `stop` was set first. */
static bool wait_for_done(const struct client *client, struct os_event *stop)
{
    const HANDLE handles[] = {client->done, stop ? stop->handle : NULL};
    return WaitForMultipleObjects(stop ? 2 : 1, handles, FALSE, INFINITE) == WAIT_OBJECT_0;
}

static jet_err move_some(const struct client *client, void *bytes, size_t size, bool is_writing, struct os_event *stop,
                         DWORD *ret_moved)
{
    OVERLAPPED overlapped = {.hEvent = client->done};
    const DWORD part = size < 1 << 20 ? (DWORD)size : 1 << 20;
    const BOOL is_begun = is_writing ? WriteFile(client->pipe, bytes, part, NULL, &overlapped)
                                     : ReadFile(client->pipe, bytes, part, NULL, &overlapped);
    if (!is_begun && GetLastError() != ERROR_IO_PENDING)
        return os_error_from_system();
    const bool is_stopped = !wait_for_done(client, stop);
    if (is_stopped)
        (void)CancelIoEx(client->pipe, &overlapped);
    const BOOL is_done = GetOverlappedResult(client->pipe, &overlapped, ret_moved, TRUE);
    if (is_stopped)
        return os_error_found(JET_errBackupAbortByServer, ERROR_SUCCESS);
    if (!is_done)
        return os_error_from_system();
    return *ret_moved > 0 ? JET_errSuccess : os_error_from(ERROR_BROKEN_PIPE);
}

static jet_err move_all(const struct client *client, void *bytes, size_t size, bool is_writing, struct os_event *stop)
{
    jet_err err = JET_errSuccess;
    for (size_t at = 0; at < size && err >= JET_errSuccess;) {
        DWORD moved = 0;
        err = move_some(client, (char *)bytes + at, size - at, is_writing, stop, &moved);
        at += moved;
    }
    return err;
}

static jet_err client_send(void *context, const void *bytes, size_t size, struct os_event *stop)
{
    return move_all(context, (void *)(uintptr_t)bytes, size, true, stop); /* they are only read */
}

static jet_err client_receive(void *context, void *bytes, size_t size, struct os_event *stop)
{
    return move_all(context, bytes, size, false, stop);
}

static void client_close(void *context)
{
    struct client *client = context;
    if (client->pipe != INVALID_HANDLE_VALUE)
        CloseHandle(client->pipe);
    if (client->done)
        CloseHandle(client->done);
    free(client);
}

/* ---- the connection ---- */

/* A service with many clients may have no instance of the pipe free for a moment. */
static HANDLE open_pipe(const wchar_t *name)
{
    HANDLE pipe = INVALID_HANDLE_VALUE;
    for (int i = 0; i < BUSY_TRIES && pipe == INVALID_HANDLE_VALUE; i++) {
        pipe = CreateFileW(name, ACCESS, 0, NULL, OPEN_EXISTING,
                           FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
        if (pipe == INVALID_HANDLE_VALUE && (GetLastError() != ERROR_PIPE_BUSY || !WaitNamedPipeW(name, BUSY_MS)))
            break;
    }
    return pipe;
}

static jet_err refused(struct service_failure *failure, const char *address)
{
    const DWORD status = GetLastError();
    char words[256];
    jet_err err = os_error_from(status);
    (void)os_last_error_text(words, sizeof words);
    *failure = (struct service_failure){.status = EXIT_STATUS_NO_SERVICE};
    if (status == ERROR_ACCESS_DENIED) {
        failure->status = EXIT_STATUS_NOT_AUTHORISED;
        (void)snprintf(failure->text, sizeof failure->text,
                       "only administrators and backup operators may ask the service");
        return err;
    }
    (void)snprintf(failure->text, sizeof failure->text, "the service cannot be reached: %.100s: %s", address,
                   status == ERROR_FILE_NOT_FOUND ? "nobody listens there" : words);
    return err;
}

static jet_err refuse_owner(struct service_failure *failure, const char *address)
{
    *failure = (struct service_failure){.status = EXIT_STATUS_NO_SERVICE};
    (void)snprintf(failure->text, sizeof failure->text,
                   "the service cannot be reached: %.100s: another user has made a pipe of this name", address);
    return os_error_found(JET_errFileAccessDenied, ERROR_INVALID_OWNER);
}

static jet_err client_connect(struct client *client, const char *address, struct service_failure *ret_failure)
{
    wchar_t *name;
    jet_err err = os_text_to_wide(address, &name);
    if (err < JET_errSuccess)
        return err;
    client->done = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (client->done)
        client->pipe = open_pipe(name);
    if (client->pipe == INVALID_HANDLE_VALUE)
        err = refused(ret_failure, address);
    else if (!client_owner_is_trusted(client->pipe, name))
        err = refuse_owner(ret_failure, address);
    free(name);
    return err;
}

static jet_err client_open(const char *address, struct os_event *stop, struct service **ret_service,
                           struct service_failure *ret_failure)
{
    struct client *client = calloc(1, sizeof *client);
    *ret_failure = (struct service_failure){EXIT_STATUS_FAILED, "out of memory"};
    if (!client)
        return JET_errOutOfMemory;
    const struct service_transport transport = {client, client_send, client_receive, client_close};
    client->pipe = INVALID_HANDLE_VALUE;
    jet_err err = client_connect(client, address ? address : "\\\\.\\pipe\\coldstream", ret_failure);
    if (err >= JET_errSuccess)
        err = service_wire_new(&transport, stop, ret_service);
    if (err < JET_errSuccess)
        client_close(client);
    return err;
}

/* Windows' way (FSCTL_DUPLICATE_EXTENTS_TO_FILE, on ReFS) wants files that somebody else has open for writing to be
 * shared. */
static jet_err clone_file(const char *from, const char *to)
{
    (void)from;
    (void)to;
    return os_error_found(JET_errFeatureNotAvailable, ERROR_NOT_SUPPORTED);
}

const struct service_door client_door = {.open = client_open, .clone_file = clone_file};
