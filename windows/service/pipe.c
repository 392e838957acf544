/* SPDX-License-Identifier: MIT */
/* pipe.c - see pipe.h. One thread accepts; it alone touches the list of connections, and joins those that are over.
 *
 * As long as the server is there one instance of the pipe is, at least: the next is made before a client gets the one
 * it has come to. Else the name would be free for a moment whenever the last client goes, and whoever made a pipe of it
 * then would get the connections of administrators. */
#include "pipe.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>
#include <sddl.h>

#include "../os/os_error_internal.h"
#include "../os/os_event_internal.h"
#include "connection.h"
#include "os/os_thread.h"

enum { CONNECTIONS_MAX = 64, BUFFER_BYTES = 65536, NAME_UNITS = 256, AGAIN_MS = 1000 };

/* Local System and administrators everything; backup operators all but making instances of the pipe, which would be to
 * pose as the service (so not GENERIC_WRITE); the owner, which is the service's account. Protected: nothing is
 * inherited. */
static const wchar_t access_list[] = L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;BO)(A;;GA;;;OW)";

struct pipe_client {
    struct pipe_client *next;
    struct os_thread *thread;
    struct pipe_server *server;
    HANDLE pipe;
    atomic_bool is_over;
};

struct pipe_server {
    struct hosting *hosting;
    wchar_t name[NAME_UNITS];
    PSECURITY_DESCRIPTOR security;
    struct os_event *stop;
    struct os_event *ended; /* a connection is over */
    struct os_thread *thread;
    HANDLE next; /* the instance that waits for a client; INVALID_HANDLE_VALUE: it could not be made */
    HANDLE connected;
    struct pipe_client *clients;
    size_t count;
};

/* The first, or the first again, is made only if nobody else has the name. */
static HANDLE make_instance(const struct pipe_server *server, bool is_first)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, server->security, FALSE};
    const DWORD first = is_first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0;
    return CreateNamedPipeW(server->name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | first,
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                            PIPE_UNLIMITED_INSTANCES, BUFFER_BYTES, BUFFER_BYTES, 0, &attributes);
}

/* ---- connections ---- */

static void client_run(void *context)
{
    struct pipe_client *client = context;
    connection_run(client->pipe, client->server->hosting, client->server->stop);
    CloseHandle(client->pipe); /* and nothing else: what was sent can still be read, and nobody waits until it is */
    atomic_store(&client->is_over, true);
    os_event_set(client->server->ended);
}

/* Takes the pipe over. A client for whom there is no thread finds its pipe closed. */
static void client_start(struct pipe_server *server, HANDLE pipe)
{
    struct pipe_client *client = calloc(1, sizeof *client);
    if (client) {
        client->server = server;
        client->pipe = pipe;
        if (os_thread_start(client_run, client, &client->thread) >= JET_errSuccess) {
            client->next = server->clients;
            server->clients = client;
            server->count++;
            return;
        }
    }
    free(client);
    CloseHandle(pipe);
}

static void reap(struct pipe_server *server, bool all)
{
    os_event_reset(server->ended); /* before the look: who ends behind it sets it again */
    for (struct pipe_client **at = &server->clients; *at;) {
        struct pipe_client *client = *at;
        if (!all && !atomic_load(&client->is_over)) {
            at = &client->next;
            continue;
        }
        *at = client->next;
        server->count--;
        os_thread_join(client->thread);
        free(client);
    }
}

/* ---- accepting ---- */

enum wake { WAKE_STOP, WAKE_ENDED, WAKE_CONNECTED };

/* For a client, if an instance of the pipe listens. If none could be made, it is tried again after a while. */
static enum wake wait_for_something(const struct pipe_server *server, bool is_listening)
{
    const HANDLE handles[] = {server->stop->handle, server->ended->handle, server->connected};
    const DWORD limit_ms = server->next == INVALID_HANDLE_VALUE ? AGAIN_MS : INFINITE;
    const DWORD woken = WaitForMultipleObjects(is_listening ? 3 : 2, handles, FALSE, limit_ms);
    return woken == WAIT_OBJECT_0 ? WAKE_STOP : woken == WAIT_OBJECT_0 + 2 ? WAKE_CONNECTED : WAKE_ENDED;
}

/* The instance waits for a client; or has one: then the event is set. */
static void listen(struct pipe_server *server, OVERLAPPED *overlapped)
{
    *overlapped = (OVERLAPPED){.hEvent = server->connected};
    ResetEvent(server->connected);
    if (!ConnectNamedPipe(server->next, overlapped) && GetLastError() != ERROR_IO_PENDING)
        SetEvent(server->connected); /* it came before we asked, or is gone already, which its thread finds out */
}

static void unlisten(struct pipe_server *server, OVERLAPPED *overlapped)
{
    DWORD moved;
    if (server->next == INVALID_HANDLE_VALUE)
        return;
    if (CancelIoEx(server->next, overlapped))
        (void)GetOverlappedResult(server->next, overlapped, &moved, TRUE);
    CloseHandle(server->next);
    server->next = INVALID_HANDLE_VALUE;
}

/* Whoever comes to an instance when there are too many clients waits there until one has gone. */
static void accept_run(void *context)
{
    struct pipe_server *server = context;
    OVERLAPPED overlapped = {.hEvent = NULL};
    bool is_listening = false;
    enum wake wake = WAKE_ENDED;
    while (wake != WAKE_STOP) {
        reap(server, false);
        if (server->next == INVALID_HANDLE_VALUE)
            server->next = make_instance(server, !server->clients);
        if (!is_listening && server->next != INVALID_HANDLE_VALUE && server->count < CONNECTIONS_MAX) {
            listen(server, &overlapped);
            is_listening = true;
        }
        wake = wait_for_something(server, is_listening);
        if (wake != WAKE_CONNECTED)
            continue;
        const HANDLE connected = server->next;
        server->next = make_instance(server, false);
        client_start(server, connected);
        is_listening = false;
    }
    unlisten(server, &overlapped);
    reap(server, true);
}

/* ---- life ---- */

static void server_free(struct pipe_server *server)
{
    if (server->next != INVALID_HANDLE_VALUE)
        CloseHandle(server->next);
    if (server->connected)
        CloseHandle(server->connected);
    os_event_free(server->stop);
    os_event_free(server->ended);
    LocalFree(server->security);
    free(server);
}

static jet_err server_make(struct pipe_server *server, const wchar_t *name)
{
    jet_err err = os_event_new(&server->stop);
    if (err >= JET_errSuccess)
        err = os_event_new(&server->ended);
    if (err < JET_errSuccess)
        return err;
    if (swprintf(server->name, NAME_UNITS, L"\\\\.\\pipe\\%ls", name) < 0)
        return os_error_from(ERROR_INVALID_NAME);
    server->connected = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!server->connected ||
        !ConvertStringSecurityDescriptorToSecurityDescriptorW(access_list, SDDL_REVISION_1, &server->security, NULL))
        return os_error_from_system();
    server->next = make_instance(server, true);
    return server->next == INVALID_HANDLE_VALUE ? os_error_from_system() : JET_errSuccess;
}

jet_err pipe_server_start(const wchar_t *name, struct hosting *hosting, struct pipe_server **ret_server)
{
    struct pipe_server *server = calloc(1, sizeof *server);
    if (!server)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    server->hosting = hosting;
    server->next = INVALID_HANDLE_VALUE;
    jet_err err = server_make(server, name);
    if (err >= JET_errSuccess)
        err = os_thread_start(accept_run, server, &server->thread);
    if (err < JET_errSuccess) {
        server_free(server);
        return err;
    }
    *ret_server = server;
    return JET_errSuccess;
}

void pipe_server_stop(struct pipe_server *server)
{
    if (!server)
        return;
    os_event_set(server->stop);
    os_thread_join(server->thread);
    server_free(server);
}
