/* SPDX-License-Identifier: MIT */
/* test_pipe.c - the pipe of the service as strangers meet it: who has its name, who may keep whom waiting. */
#include "pipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <windows.h>
#include <sddl.h>

#include <cmocka.h>

#include "../../../../windows/client/client.h"
#include "config/config.h"
#include "host/hosting.h"
#include "wire/wire.h"

enum { PATIENCE_MS = 20000, CONNECTIONS_MAX = 64 /* of pipe.c */ };

struct fixture {
    wchar_t name[64], path[80];
    char path_text[80];
    struct config *config;
    struct hosting *hosting;
    struct pipe_server *server;
};

static int setup(void **state)
{
    static struct fixture fixture;
    const struct hosting_listener nobody = {NULL};
    fixture = (struct fixture){.config = NULL};
    (void)swprintf(fixture.name, COUNT_OF(fixture.name), L"coldstream test %lu", GetCurrentProcessId());
    (void)swprintf(fixture.path, COUNT_OF(fixture.path), L"\\\\.\\pipe\\%ls", fixture.name);
    (void)snprintf(fixture.path_text, sizeof fixture.path_text, "%ls", fixture.path);
    assert_int_equal(config_defaults(&fixture.config), JET_errSuccess);
    assert_int_equal(hosting_open(fixture.config, &nobody, &fixture.hosting), JET_errSuccess);
    assert_int_equal(pipe_server_start(fixture.name, fixture.hosting, &fixture.server), JET_errSuccess);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    pipe_server_stop(fixture->server);
    hosting_close(fixture->hosting, NULL, NULL);
    config_free(fixture->config);
    return 0;
}

static HANDLE come(const struct fixture *fixture)
{
    HANDLE pipe = INVALID_HANDLE_VALUE;
    const ULONGLONG until = GetTickCount64() + PATIENCE_MS;
    while (pipe == INVALID_HANDLE_VALUE && GetTickCount64() < until) {
        pipe = CreateFileW(fixture->path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (pipe == INVALID_HANDLE_VALUE)
            Sleep(1);
    }
    assert_ptr_not_equal(pipe, INVALID_HANDLE_VALUE);
    return pipe;
}

static void say(HANDLE pipe, uint16_t version, enum wire_kind kind, const void *payload, uint32_t size)
{
    uint8_t frame[64];
    DWORD moved;
    assert_true(size <= sizeof frame - WIRE_HEADER_SIZE);
    wire_header_encode(size, kind, frame);
    frame[4] = (uint8_t)version;
    memcpy(frame + WIRE_HEADER_SIZE, payload, size);
    assert_true(WriteFile(pipe, frame, WIRE_HEADER_SIZE + size, &moved, NULL));
}

static void ask_for_status(HANDLE pipe)
{
    static const uint8_t no_label[5];
    say(pipe, WIRE_VERSION, WIRE_STATUS, no_label, sizeof no_label);
}

/* All until the service closes, or `size` bytes. */
static DWORD hear(HANDLE pipe, void *bytes, DWORD size)
{
    DWORD all = 0, moved = 0;
    while (all < size && ReadFile(pipe, (char *)bytes + all, size - all, &moved, NULL) && moved > 0)
        all += moved;
    return all;
}

static void hear_status(HANDLE pipe)
{
    uint8_t bytes[WIRE_HEADER_SIZE];
    assert_int_equal(hear(pipe, bytes, sizeof bytes), sizeof bytes);
    assert_int_equal(wire_header_decode(bytes).kind, WIRE_REPLY_STATUS);
}

/* ---- the end ---- */

static DWORD WINAPI stop(void *context)
{
    struct fixture *fixture = context;
    pipe_server_stop(fixture->server);
    fixture->server = NULL;
    return 0;
}

static void a_client_that_reads_no_refusal_does_not_hold_up_the_end(void **state)
{
    struct fixture *fixture = *state;
    HANDLE pipe = come(fixture);
    say(pipe, WIRE_VERSION + 1, WIRE_STATUS, "", 0);
    Sleep(200); /* the service has answered, or will while it stops */
    HANDLE thread = CreateThread(NULL, 0, stop, fixture, 0, NULL);
    const DWORD woken = WaitForSingleObject(thread, PATIENCE_MS);
    CloseHandle(pipe); /* which would end the wait for the client */
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_int_equal(woken, WAIT_OBJECT_0);
}

static void a_refusal_can_be_read_when_the_service_has_closed(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[400];
    HANDLE pipe = come(fixture);
    say(pipe, WIRE_VERSION + 1, WIRE_STATUS, "", 0);
    Sleep(500);
    const DWORD size = hear(pipe, bytes, sizeof bytes);
    assert_in_range(size, WIRE_HEADER_SIZE + 1, sizeof bytes - 1);
    assert_int_equal(wire_header_decode(bytes).kind, WIRE_REPLY_FAILED);
    assert_int_equal(wire_header_decode(bytes).size, size - WIRE_HEADER_SIZE);
    assert_int_equal(GetLastError(), ERROR_BROKEN_PIPE);
    CloseHandle(pipe);
}

/* ---- the name ---- */

struct squatter {
    const wchar_t *path;
    volatile LONG is_over;
    LONG caught;
};

/* Some user's program, which waits for the name to be free. (Wine does not look at FILE_FLAG_FIRST_PIPE_INSTANCE; but a
 * pipe of two directions is none of one.) */
static DWORD WINAPI squat(void *context)
{
    struct squatter *squatter = context;
    while (!squatter->is_over) {
        HANDLE pipe = CreateNamedPipeW(squatter->path, PIPE_ACCESS_INBOUND | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                       PIPE_TYPE_BYTE, PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, NULL);
        if (pipe == INVALID_HANDLE_VALUE)
            continue;
        squatter->caught++;
        CloseHandle(pipe);
    }
    return 0;
}

static void the_name_of_the_pipe_is_never_free(void **state)
{
    struct fixture *fixture = *state;
    struct squatter squatter = {.path = fixture->path};
    HANDLE thread = CreateThread(NULL, 0, squat, &squatter, 0, NULL);
    for (unsigned i = 0; i < 1000; i++)
        CloseHandle(come(fixture)); /* the service makes the next instance, and this one's client has gone already */
    squatter.is_over = 1;
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_int_equal(squatter.caught, 0);
}

static void one_client_too_many_waits_until_another_goes(void **state)
{
    struct fixture *fixture = *state;
    HANDLE pipes[CONNECTIONS_MAX + 1];
    DWORD waiting = 0;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        pipes[i] = come(fixture);
        ask_for_status(pipes[i]);
        hear_status(pipes[i]);
    }
    pipes[CONNECTIONS_MAX] = come(fixture);
    ask_for_status(pipes[CONNECTIONS_MAX]);
    Sleep(300);
    assert_true(PeekNamedPipe(pipes[CONNECTIONS_MAX], NULL, 0, NULL, &waiting, NULL));
    assert_int_equal(waiting, 0);
    CloseHandle(pipes[0]);
    hear_status(pipes[CONNECTIONS_MAX]);
    for (size_t i = 1; i <= CONNECTIONS_MAX; i++)
        CloseHandle(pipes[i]);
}

/* ---- the client ---- */

static jet_err open_as_client(const struct fixture *fixture, struct service_failure *failure)
{
    struct service *service = NULL;
    jet_err err = client_door.open(fixture->path_text, NULL, &service, failure);
    if (err >= JET_errSuccess)
        service->ops->free(service);
    return err;
}

static void a_client_trusts_the_pipe_of_the_service(void **state)
{
    struct service_failure failure;
    assert_int_equal(open_as_client(*state, &failure), JET_errSuccess);
}

static void a_client_trusts_no_pipe_of_another_user(void **state)
{
    struct fixture *fixture = *state;
    struct service_failure failure;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, FALSE};
    pipe_server_stop(fixture->server);
    fixture->server = NULL;
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(L"O:BUG:BUD:P(A;;GA;;;WD)", SDDL_REVISION_1,
                                                                     &attributes.lpSecurityDescriptor, NULL));
    HANDLE pipe = CreateNamedPipeW(fixture->path, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE, PIPE_TYPE_BYTE, 1,
                                   4096, 4096, 0, &attributes);
    LocalFree(attributes.lpSecurityDescriptor);
    if (pipe == INVALID_HANDLE_VALUE)
        skip(); /* who may not give away what he makes cannot play another user */
    assert_int_equal(open_as_client(fixture, &failure), JET_errFileAccessDenied);
    assert_int_equal(failure.status, EXIT_STATUS_NO_SERVICE);
    assert_non_null(strstr(failure.text, "another user"));
    CloseHandle(pipe);
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_PIPE(a_client_that_reads_no_refusal_does_not_hold_up_the_end),
        WITH_PIPE(a_refusal_can_be_read_when_the_service_has_closed),
        WITH_PIPE(the_name_of_the_pipe_is_never_free),
        WITH_PIPE(one_client_too_many_waits_until_another_goes),
        WITH_PIPE(a_client_trusts_the_pipe_of_the_service),
        WITH_PIPE(a_client_trusts_no_pipe_of_another_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
