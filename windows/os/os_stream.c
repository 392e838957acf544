/* SPDX-License-Identifier: MIT */
/* os_stream.c - byte streams that can be left at once, on Win32.
 *
 * Windows cannot wait for "the pipe has room": a WriteFile that does not fit blocks, and so does a ReadFile that finds
 * nothing. Handles that we did not make (standard output) cannot be switched to asynchronous use either. So each stream
 * has a thread that does nothing but ReadFile and WriteFile, and the caller waits for {it is done, the event is set}.
 *
 *      caller                                     thread
 *      copy the bytes to the buffer
 *      set `go`            ------------------->   WriteFile, until all is written
 *      wait {done, event}  <-------------------   set `done`
 *
 * The buffer is the stream's own: when the caller is sent home by its event, the thread may be stuck in a call that
 * still uses it. That costs one memcpy of every byte and two hand-overs for each part of at most BUFFER_BYTES: measured
 * under Wine with two processors, where a hand-over is expensive, 1.0 to 1.4 GB/s into a pipe against 3 to 4.5 GB/s for
 * plain WriteFile calls of the same size. Working in the caller's buffer would save the copy, and would send whatever
 * its memory holds next to the far end of a pipe that was left.
 *
 * Leaving. The caller sets `leave` and asks Windows to cancel what the thread is waiting for: CancelSynchronousIo for
 * synchronous handles, CancelIoEx for those that were opened for asynchronous use, as sockets are. Not every driver
 * honours it (Wine does not for a Unix pipe), and a request that comes just before the call starts is lost, so:
 *
 *   1. The transfer returns at once, without waiting for the thread.
 *   2. os_stream_close() repeats the request and waits for the thread, at most CLOSE_TRIES times CLOSE_TRY_MS.
 *   3. If the thread is stuck all the same, it keeps the object and frees it when its call returns: `references` counts
 *      the stream and the thread. Until then an owned handle stays open too. Closing it is no way out: CloseHandle
 *      itself waits for a synchronous call that is under way.
 *   4. What a read has taken from a pipe when it is left is lost. The stream refuses every transfer after that.
 *   5. The end of the process ends such a thread, whatever it waits for.
 *
 * Nobody else touches the handle while the thread may be in a call: even asking for its type would wait for that call.
 * (So a second stream on standard output, opened while the first one's thread is stuck, may wait for it.)
 *
 * The thread runs none but our own code here and is made by CreateThread, since it must end by
 * FreeLibraryAndExitThread: it holds a reference to the module it runs in, which may be a DLL that is unloaded while
 * the thread is stuck.
 *
 * A stream is used by one thread at a time; the event may be set by anybody.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "os/os_stream.h"
#include "os_error_internal.h"
#include "os_event_internal.h"

enum {
    BUFFER_BYTES = 1 << 20,
    PIPE_BYTES = 1 << 16, /* what a pipe of ours holds */
    CLOSE_TRIES = 10,
    CLOSE_TRY_MS = 5,
    THREAD_STACK_BYTES = 1 << 16,
};

enum stream_task { STREAM_READ, STREAM_WRITE };

struct os_stream {
    /* Stream and thread, as long as each lives; whoever takes it to 0 frees. Interlocked. */
    LONG references;
    /* Written once by the stream's user, read by the thread between two calls: no further task, end. */
    atomic_bool leave;
    /* Set by the thread when it finds out, read by the user who leaves. */
    atomic_bool is_asynchronous;
    HANDLE handle;
    bool close_handle; /* false for the process's own standard handles */
    bool is_pipe;      /* pipe or socket: each call gets an OVERLAPPED, in case the handle is asynchronous */
    bool is_terminal;
    HANDLE thread;
    HMODULE module; /* the thread's reference */
    HANDLE go;      /* set by the user: the task is complete, or `leave` is set; auto reset */
    HANDLE done;    /* set by the thread: the result is complete; auto reset */
    /* The task and its result. They belong to the thread from `go` to `done` (for good if the user leaves), else to the
     * user. */
    enum stream_task task;
    DWORD size;
    DWORD actual;
    DWORD error; /* ERROR_SUCCESS, or what GetLastError() said */
    OVERLAPPED overlapped;
    unsigned char *buffer;
};

/* Frees what there is of a stream that has no thread. */
static void stream_free(struct os_stream *stream)
{
    if (stream->close_handle)
        CloseHandle(stream->handle);
    if (stream->go)
        CloseHandle(stream->go);
    if (stream->done)
        CloseHandle(stream->done);
    if (stream->overlapped.hEvent)
        CloseHandle(stream->overlapped.hEvent);
    free(stream->buffer);
    free(stream);
}

static void stream_release(struct os_stream *stream)
{
    if (InterlockedDecrement(&stream->references) == 0)
        stream_free(stream);
}

/* One ReadFile or WriteFile, which may wait as long as it likes. Returns a Win32 error number. */
static DWORD transfer_once(struct os_stream *stream, unsigned char *bytes, DWORD size, DWORD *ret_count)
{
    /* A disk file goes on at the handle's own position; an OVERLAPPED would name one. */
    OVERLAPPED *overlapped = stream->is_pipe ? &stream->overlapped : NULL;
    BOOL ok = stream->task == STREAM_WRITE ? WriteFile(stream->handle, bytes, size, ret_count, overlapped)
                                           : ReadFile(stream->handle, bytes, size, ret_count, overlapped);
    if (!ok && GetLastError() == ERROR_IO_PENDING) {
        atomic_store(&stream->is_asynchronous, true);
        ok = GetOverlappedResult(stream->handle, overlapped, ret_count, TRUE);
    }
    if (!ok && GetLastError() == ERROR_MORE_DATA && overlapped) { /* a pipe of messages: the rest comes with the next */
        *ret_count = (DWORD)overlapped->InternalHigh;
        ok = TRUE;
    }
    return ok ? ERROR_SUCCESS : GetLastError();
}

static DWORD thread_write(struct os_stream *stream)
{
    while (stream->actual < stream->size && !atomic_load(&stream->leave)) {
        DWORD count = 0;
        DWORD error = transfer_once(stream, stream->buffer + stream->actual, stream->size - stream->actual, &count);
        if (error != ERROR_SUCCESS)
            return error;
        stream->actual += count;
    }
    return ERROR_SUCCESS;
}

static DWORD thread_read(struct os_stream *stream)
{
    DWORD error = ERROR_SUCCESS;
    /* A writer can send nothing, and then a pipe has 0 bytes for us without having ended. */
    do {
        error = transfer_once(stream, stream->buffer, stream->size, &stream->actual);
    } while (error == ERROR_SUCCESS && stream->actual == 0 && stream->is_pipe && !atomic_load(&stream->leave));
    if (error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF)
        return ERROR_SUCCESS; /* with 0 bytes: the end */
    return error;
}

static DWORD WINAPI thread_main(void *context)
{
    struct os_stream *stream = context;
    HMODULE module = stream->module;
    for (;;) {
        WaitForSingleObject(stream->go, INFINITE);
        if (atomic_load(&stream->leave))
            break;
        stream->actual = 0;
        stream->error = stream->task == STREAM_WRITE ? thread_write(stream) : thread_read(stream);
        SetEvent(stream->done);
    }
    stream_release(stream);
    FreeLibraryAndExitThread(module, 0);
}

static jet_err thread_start(struct os_stream *stream)
{
    static const wchar_t address_in_this_module;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, &address_in_this_module, &stream->module))
        return os_error_from_system();
    stream->references = 2;
    stream->thread =
        CreateThread(NULL, THREAD_STACK_BYTES, thread_main, stream, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!stream->thread) {
        DWORD error = GetLastError();
        FreeLibrary(stream->module);
        return os_error_found(JET_errOutOfThreads, error);
    }
    return JET_errSuccess;
}

/* On failure the handle is still the caller's. */
static jet_err stream_open(HANDLE handle, bool close_handle, struct os_stream **ret_stream)
{
    const DWORD type = GetFileType(handle);
    if (type == FILE_TYPE_UNKNOWN)
        return os_error_from(ERROR_INVALID_HANDLE);
    struct os_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    jet_err err;
    stream->handle = handle;
    stream->buffer = malloc(BUFFER_BYTES);
    if (!stream->buffer) {
        err = os_error_from(ERROR_NOT_ENOUGH_MEMORY);
        goto fail;
    }
    stream->is_terminal = GetConsoleMode(handle, &(DWORD){0});
    stream->is_pipe = type == FILE_TYPE_PIPE;
    stream->go = CreateEventW(NULL, FALSE, FALSE, NULL);
    stream->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    stream->overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!stream->go || !stream->done || !stream->overlapped.hEvent) {
        err = os_error_from_system();
        goto fail;
    }
    err = thread_start(stream);
    if (err < JET_errSuccess)
        goto fail;
    stream->close_handle = close_handle;
    *ret_stream = stream;
    return JET_errSuccess;
fail:
    stream_free(stream);
    return err;
}

/* A program without a console may have no standard handles: NULL. */
static jet_err stream_open_standard(DWORD which, struct os_stream **ret_stream)
{
    HANDLE handle = GetStdHandle(which);
    if (!handle || handle == INVALID_HANDLE_VALUE)
        return os_error_from(ERROR_INVALID_HANDLE);
    return stream_open(handle, false, ret_stream);
}

jet_err os_stream_open_stdout(struct os_stream **ret_stream)
{
    return stream_open_standard(STD_OUTPUT_HANDLE, ret_stream);
}

jet_err os_stream_open_stdin(struct os_stream **ret_stream)
{
    return stream_open_standard(STD_INPUT_HANDLE, ret_stream);
}

jet_err os_stream_open_native(intptr_t native, struct os_stream **ret_stream)
{
    return stream_open((HANDLE)native, true, ret_stream);
}

jet_err os_stream_open_pipe(struct os_stream **ret_reader, struct os_stream **ret_writer)
{
    HANDLE read_end;
    HANDLE write_end;
    struct os_stream *reader = NULL;
    if (!CreatePipe(&read_end, &write_end, NULL, PIPE_BYTES))
        return os_error_from_system();
    jet_err err = stream_open(read_end, true, &reader);
    if (err < JET_errSuccess)
        goto fail;
    err = stream_open(write_end, true, ret_writer);
    if (err < JET_errSuccess)
        goto fail;
    *ret_reader = reader;
    return JET_errSuccess;
fail:
    if (reader)
        os_stream_close(reader); /* and read_end with it */
    else
        CloseHandle(read_end);
    CloseHandle(write_end);
    return err;
}

/* Tells the thread to end, and the system to let it. */
static void stream_leave(struct os_stream *stream)
{
    atomic_store(&stream->leave, true);
    SetEvent(stream->go);
    CancelSynchronousIo(stream->thread);
    if (atomic_load(&stream->is_asynchronous))
        CancelIoEx(stream->handle, &stream->overlapped);
}

void os_stream_close(struct os_stream *stream)
{
    if (!stream)
        return;
    HANDLE thread = stream->thread;
    stream_leave(stream);
    for (int i = 1; WaitForSingleObject(thread, CLOSE_TRY_MS) == WAIT_TIMEOUT && i < CLOSE_TRIES; i++)
        stream_leave(stream);
    CloseHandle(thread);
    stream_release(stream);
}

bool os_stream_is_terminal(const struct os_stream *stream)
{
    return stream->is_terminal;
}

/* Has the thread carry out a task of at most BUFFER_BYTES. */
static jet_err stream_transfer(struct os_stream *stream, enum stream_task task, DWORD size, struct os_event *event)
{
    const HANDLE waited_for[] = {stream->done, event ? event->handle : NULL};
    if (atomic_load(&stream->leave) || (event && os_event_wait(event, 0)))
        return os_error_found(JET_errBackupAbortByServer, ERROR_SUCCESS);
    stream->task = task;
    stream->size = size;
    SetEvent(stream->go);
    if (WaitForMultipleObjects(event ? 2 : 1, waited_for, FALSE, INFINITE) != WAIT_OBJECT_0) {
        stream_leave(stream);
        return os_error_found(JET_errBackupAbortByServer, ERROR_SUCCESS);
    }
    return stream->error == ERROR_SUCCESS ? JET_errSuccess : os_error_from(stream->error);
}

static DWORD part_size(size_t left)
{
    return left < BUFFER_BYTES ? (DWORD)left : BUFFER_BYTES;
}

jet_err os_stream_write(struct os_stream *stream, const void *buffer, size_t size, struct os_event *event)
{
    const unsigned char *bytes = buffer;
    while (size > 0) {
        DWORD part = part_size(size);
        if (!atomic_load(&stream->leave)) /* else the buffer may be in use: stream_transfer() refuses */
            memcpy(stream->buffer, bytes, part);
        jet_err err = stream_transfer(stream, STREAM_WRITE, part, event);
        if (err < JET_errSuccess)
            return err;
        bytes += part;
        size -= part;
    }
    return JET_errSuccess;
}

jet_err os_stream_read(struct os_stream *stream, void *buffer, size_t size, struct os_event *event, size_t *ret_actual)
{
    jet_err err = stream_transfer(stream, STREAM_READ, part_size(size), event);
    if (err < JET_errSuccess)
        return err;
    memcpy(buffer, stream->buffer, stream->actual);
    *ret_actual = stream->actual;
    return JET_errSuccess;
}
