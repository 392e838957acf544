/* SPDX-License-Identifier: MIT */
/* Tests of os/os_stream.h for handles that only Windows has: asynchronous pipes, pipes of messages, disk files. */
#include "os/os_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "os/os_clock.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { SOON_MS = 10000, TIME_TO_BLOCK_MS = 100, MORE_THAN_A_PIPE_HOLDS = 4 << 20 };

static uint64_t elapsed_ms(uint64_t since_ns)
{
    return (os_clock_monotonic_ns() - since_ns) / 1000000;
}

/* A named pipe: our end as a stream, made with `open_flags` and `type`; the far end as a synchronous handle. */
struct far_pipe {
    struct os_stream *stream;
    HANDLE far_end;
    struct os_event *event;
};

static void far_pipe_open(struct far_pipe *pipe, DWORD open_flags, DWORD type)
{
    char name[64];
    uint64_t number;
    assert_int_equal(os_random_bytes(&number, sizeof number), JET_errSuccess);
    (void)snprintf(name, sizeof name, "\\\\.\\pipe\\coldstream-test-%lx-%lx", (unsigned long)GetCurrentProcessId(),
                   (unsigned long)(number & UINT32_MAX));
    HANDLE near_end = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | open_flags, type, 1, 4096, 4096, 0, NULL);
    assert_ptr_not_equal(near_end, INVALID_HANDLE_VALUE);
    pipe->far_end = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(pipe->far_end, INVALID_HANDLE_VALUE);
    assert_int_equal(os_stream_open_native((intptr_t)near_end, &pipe->stream), JET_errSuccess);
    assert_int_equal(os_event_new(&pipe->event), JET_errSuccess);
}

static void far_pipe_close(struct far_pipe *pipe)
{
    os_stream_close(pipe->stream);
    if (pipe->far_end)
        CloseHandle(pipe->far_end);
    os_event_free(pipe->event);
}

static void set_now_run(void *context)
{
    os_event_set(context);
}

static void set_later_run(void *context)
{
    Sleep(TIME_TO_BLOCK_MS);
    os_event_set(context);
}

static void assert_blocked_write_is_left(struct far_pipe *pipe)
{
    char *bytes = calloc(1, MORE_THAN_A_PIPE_HOLDS);
    struct os_thread *thread = NULL;
    assert_non_null(bytes);
    assert_int_equal(os_thread_start(set_later_run, pipe->event, &thread), JET_errSuccess);
    uint64_t start_ns = os_clock_monotonic_ns();
    assert_int_equal(os_stream_write(pipe->stream, bytes, MORE_THAN_A_PIPE_HOLDS, pipe->event),
                     JET_errBackupAbortByServer);
    assert_in_range(elapsed_ms(start_ns), 0, TIME_TO_BLOCK_MS + SOON_MS);
    os_thread_join(thread);
    free(bytes);
}

static void assert_blocked_read_is_left(struct far_pipe *pipe)
{
    char buffer[16];
    size_t actual = 99;
    struct os_thread *thread = NULL;
    assert_int_equal(os_thread_start(set_later_run, pipe->event, &thread), JET_errSuccess);
    uint64_t start_ns = os_clock_monotonic_ns();
    assert_int_equal(os_stream_read(pipe->stream, buffer, sizeof buffer, pipe->event, &actual),
                     JET_errBackupAbortByServer);
    assert_int_equal(actual, 99);
    assert_in_range(elapsed_ms(start_ns), 0, TIME_TO_BLOCK_MS + SOON_MS);
    os_thread_join(thread);
}

/* The far end sees the end only if the stream's thread has given up its call and the handle. */
static void assert_far_end_is_alone(struct far_pipe *pipe)
{
    char buffer[65536];
    DWORD count;
    uint64_t start_ns = os_clock_monotonic_ns();
    os_stream_close(pipe->stream);
    pipe->stream = NULL;
    while (ReadFile(pipe->far_end, buffer, sizeof buffer, &count, NULL))
        ;
    assert_int_equal(GetLastError(), ERROR_BROKEN_PIPE);
    assert_in_range(elapsed_ms(start_ns), 0, SOON_MS);
}

static const DWORD handle_kinds[] = {0, FILE_FLAG_OVERLAPPED};

static void a_left_transfer_gives_its_handle_back(void **state)
{
    for (size_t i = 0; i < COUNT_OF(handle_kinds); i++) {
        struct far_pipe pipe;
        far_pipe_open(&pipe, handle_kinds[i], PIPE_TYPE_BYTE);
        assert_blocked_write_is_left(&pipe);
        assert_far_end_is_alone(&pipe);
        far_pipe_close(&pipe);

        far_pipe_open(&pipe, handle_kinds[i], PIPE_TYPE_BYTE);
        assert_blocked_read_is_left(&pipe);
        assert_far_end_is_alone(&pipe);
        far_pipe_close(&pipe);
    }
}

static void a_left_stream_refuses_every_transfer(void **state)
{
    struct far_pipe pipe;
    char buffer[16];
    size_t actual = 99;
    far_pipe_open(&pipe, 0, PIPE_TYPE_BYTE);
    assert_blocked_write_is_left(&pipe);
    os_event_reset(pipe.event);
    assert_int_equal(os_stream_write(pipe.stream, "abc", 3, pipe.event), JET_errBackupAbortByServer);
    assert_int_equal(os_stream_read(pipe.stream, buffer, sizeof buffer, NULL, &actual), JET_errBackupAbortByServer);
    assert_int_equal(actual, 99);
    far_pipe_close(&pipe);
}

/* New handles get the lowest free numbers: the highest of some made at once tells how many there are. */
static uintptr_t handles_reach(void)
{
    HANDLE handles[64];
    uintptr_t highest = 0;
    for (size_t i = 0; i < COUNT_OF(handles); i++) {
        handles[i] = CreateEventA(NULL, TRUE, FALSE, NULL);
        assert_non_null(handles[i]);
        if ((uintptr_t)handles[i] > highest)
            highest = (uintptr_t)handles[i];
    }
    for (size_t i = 0; i < COUNT_OF(handles); i++)
        CloseHandle(handles[i]);
    return highest;
}

static void streams_that_were_left_leave_no_handles_behind(void **state)
{
    enum { ROUNDS = 100, HANDLE_STEP = 4 };
    char *bytes = calloc(1, MORE_THAN_A_PIPE_HOLDS);
    uintptr_t before = 0;
    assert_non_null(bytes);
    for (unsigned round = 0; round <= ROUNDS; round++) {
        struct far_pipe pipe;
        struct os_thread *thread = NULL;
        if (round == 1)
            before = handles_reach();
        far_pipe_open(&pipe, handle_kinds[round % 2], PIPE_TYPE_BYTE);
        assert_int_equal(os_thread_start(set_now_run, pipe.event, &thread), JET_errSuccess);
        assert_int_equal(os_stream_write(pipe.stream, bytes, MORE_THAN_A_PIPE_HOLDS, pipe.event),
                         JET_errBackupAbortByServer);
        os_thread_join(thread);
        far_pipe_close(&pipe);
    }
    assert_in_range(handles_reach(), 0, before + HANDLE_STEP * ROUNDS / 2); /* less than one for two rounds */
    free(bytes);
}

static void asynchronous_handles_carry_bytes_both_ways(void **state)
{
    struct far_pipe pipe;
    char buffer[16];
    size_t actual = 0;
    DWORD count;
    far_pipe_open(&pipe, FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE);
    assert_int_equal(os_stream_write(pipe.stream, "there", 5, pipe.event), JET_errSuccess);
    assert_true(ReadFile(pipe.far_end, buffer, sizeof buffer, &count, NULL));
    assert_int_equal(count, 5);
    assert_memory_equal(buffer, "there", 5);
    assert_true(WriteFile(pipe.far_end, "back", 4, &count, NULL));
    assert_int_equal(os_stream_read(pipe.stream, buffer, sizeof buffer, pipe.event, &actual), JET_errSuccess);
    assert_int_equal(actual, 4);
    assert_memory_equal(buffer, "back", 4);
    CloseHandle(pipe.far_end);
    pipe.far_end = NULL;
    assert_int_equal(os_stream_read(pipe.stream, buffer, sizeof buffer, pipe.event, &actual), JET_errSuccess);
    assert_int_equal(actual, 0);
    assert_int_equal(os_stream_write(pipe.stream, "there", 5, pipe.event), JET_errDiskIO);
    far_pipe_close(&pipe);
}

static void a_message_longer_than_the_buffer_comes_in_parts(void **state)
{
    struct far_pipe pipe;
    char buffer[4];
    size_t actual = 0;
    DWORD count;
    far_pipe_open(&pipe, 0, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE);
    assert_true(WriteFile(pipe.far_end, "abcdef", 6, &count, NULL));
    assert_int_equal(os_stream_read(pipe.stream, buffer, sizeof buffer, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 4);
    assert_memory_equal(buffer, "abcd", 4);
    assert_int_equal(os_stream_read(pipe.stream, buffer, sizeof buffer, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 2);
    assert_memory_equal(buffer, "ef", 2);
    far_pipe_close(&pipe);
}

static void a_message_of_nothing_is_not_the_end(void **state)
{
    struct far_pipe pipe;
    char buffer[4];
    size_t actual = 0;
    DWORD count;
    far_pipe_open(&pipe, 0, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE);
    assert_true(WriteFile(pipe.far_end, "", 0, &count, NULL));
    assert_true(WriteFile(pipe.far_end, "x", 1, &count, NULL));
    assert_int_equal(os_stream_read(pipe.stream, buffer, sizeof buffer, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 1);
    far_pipe_close(&pipe);
}

static struct os_stream *open_disk_file(const char *path, DWORD access, DWORD move_from)
{
    struct os_stream *stream = NULL;
    HANDLE handle = CreateFileA(path, access, 0, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(handle, INVALID_HANDLE_VALUE);
    assert_int_not_equal(SetFilePointer(handle, 0, NULL, move_from), INVALID_SET_FILE_POINTER);
    assert_int_equal(os_stream_open_native((intptr_t)handle, &stream), JET_errSuccess);
    return stream;
}

static void a_disk_file_goes_on_where_its_handle_stands(void **state)
{
    const char *path = temp_folder_write(*state, "a", "before ", 7);
    char buffer[32];
    size_t actual = 0;
    struct os_stream *stream = open_disk_file(path, GENERIC_WRITE, FILE_END);
    assert_int_equal(os_stream_write(stream, "behind ", 7, NULL), JET_errSuccess);
    assert_int_equal(os_stream_write(stream, "it", 2, NULL), JET_errSuccess);
    os_stream_close(stream);

    stream = open_disk_file(path, GENERIC_READ, FILE_BEGIN);
    assert_int_equal(os_stream_read(stream, buffer, 10, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 10);
    assert_int_equal(os_stream_read(stream, buffer + 10, sizeof buffer - 10, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 6);
    assert_memory_equal(buffer, "before behind it", 16);
    assert_int_equal(os_stream_read(stream, buffer, sizeof buffer, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 0);
    os_stream_close(stream);
}

static void a_handle_that_is_none_is_refused(void **state)
{
    struct os_stream *stream = NULL;
    HANDLE handle = CreateEventA(NULL, TRUE, FALSE, NULL);
    assert_int_equal(os_stream_open_native(0, &stream), JET_errDiskIO);
    assert_int_equal(os_stream_open_native((intptr_t)handle, &stream), JET_errDiskIO);
    assert_null(stream);
    assert_true(CloseHandle(handle)); /* a refused handle stays its owner's */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_left_transfer_gives_its_handle_back),
        cmocka_unit_test(a_left_stream_refuses_every_transfer),
        cmocka_unit_test(streams_that_were_left_leave_no_handles_behind),
        cmocka_unit_test(asynchronous_handles_carry_bytes_both_ways),
        cmocka_unit_test(a_message_longer_than_the_buffer_comes_in_parts),
        cmocka_unit_test(a_message_of_nothing_is_not_the_end),
        cmocka_unit_test_setup_teardown(a_disk_file_goes_on_where_its_handle_stands, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test(a_handle_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
