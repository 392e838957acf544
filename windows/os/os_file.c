/* SPDX-License-Identifier: MIT */
/* os_file.c - positioned reading and writing of files on Win32.
 *
 * Handles are synchronous: ReadFile and WriteFile with an OVERLAPPED that carries nothing but the offset are pread and
 * pwrite. (They also move the handle's own position, which nobody uses.) Windows serialises calls on one synchronous
 * handle; threads that want to read one file in parallel open it once each.
 *
 * Sharing.
 *   - A file we write is ours alone (share 0), as the reference engine holds its databases and logs: an open by anybody
 *     else gives them ERROR_SHARING_VIOLATION.
 *   - A file we only read may be read, written, renamed and removed by others meanwhile. The tools look at copies and at
 *     files of a running engine's folder; refusing would not make a changing file whole, the checksums find it.
 *
 * What is opened. Names of devices are refused before CreateFileW, which could wait for one or change its state; what
 * turns out to be a pipe, a folder or a raw volume is refused behind it. A named pipe on another computer learns at
 * most who we are (SECURITY_IDENTIFICATION).
 */
#include <stdbool.h>
#include <stdlib.h>

#include "os/os_error.h"
#include "os/os_file.h"
#include "os_error_internal.h"
#include "os_path_internal.h"
#include "os_patience.h"
#include "os_text.h"

struct os_file {
    HANDLE handle;
    bool is_writable;
};

/* One call of ReadFile or WriteFile; their sizes are 32 bits wide. */
enum { TRANSFER_MAX_BYTES = 1 << 30 };

/* How CreateFileW is called for each mode. */
static const struct file_mode {
    DWORD access;
    DWORD share;
    DWORD disposition;
} file_modes[] = {
    [OS_FILE_READ] = {GENERIC_READ,                 FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, OPEN_EXISTING},
    [OS_FILE_READ_WRITE] = {GENERIC_READ | GENERIC_WRITE, 0,                                                      OPEN_EXISTING},
    [OS_FILE_CREATE_NEW] = {GENERIC_READ | GENERIC_WRITE, 0,                                                      CREATE_NEW   },
};

static bool handle_is_regular_file(HANDLE handle)
{
    BY_HANDLE_FILE_INFORMATION info;
    return GetFileType(handle) == FILE_TYPE_DISK && GetFileInformationByHandle(handle, &info) &&
           !(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* A deleted file that somebody has open keeps its name until then, and Windows denies every access to it, to its
 * attributes, too. */
static bool open_is_held_up(const wchar_t *path, enum os_file_mode mode)
{
    const DWORD error = GetLastError();
    if (mode == OS_FILE_READ)
        return false; /* it lets others do as they please, and is in the way of nobody's scanner */
    if (mode != OS_FILE_CREATE_NEW || error != ERROR_ACCESS_DENIED)
        return os_patience_is_in_use(error);
    const bool is_going = GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES && GetLastError() == ERROR_ACCESS_DENIED;
    SetLastError(error);
    return is_going;
}

static HANDLE create_file(const wchar_t *path, enum os_file_mode mode)
{
    const struct file_mode *m = &file_modes[mode];
    struct os_patience patience = {.limit_ms = OS_PATIENCE_OPEN_MS};
    HANDLE handle;
    do
        handle = CreateFileW(path, m->access, m->share, NULL, m->disposition,
                             FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    while (handle == INVALID_HANDLE_VALUE && open_is_held_up(path, mode) && os_patience_again(&patience));
    return handle;
}

static jet_err file_open_wide(const wchar_t *path, enum os_file_mode mode, HANDLE *ret_handle)
{
    if (os_path_is_device(path))
        return os_error_from(ERROR_INVALID_NAME);
    HANDLE handle = create_file(path, mode);
    if (handle == INVALID_HANDLE_VALUE) {
        if (mode == OS_FILE_CREATE_NEW && os_path_is_folder(path))
            return os_error_from(ERROR_FILE_EXISTS);
        return os_path_error(path);
    }
    if (!handle_is_regular_file(handle)) {
        CloseHandle(handle);
        return os_error_from(ERROR_INVALID_NAME);
    }
    *ret_handle = handle;
    return JET_errSuccess;
}

jet_err os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file)
{
    wchar_t *wide = NULL;
    struct os_file *file = calloc(1, sizeof *file);
    if (!file)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    jet_err err = os_text_to_path(path, &wide);
    if (err < JET_errSuccess)
        goto fail;
    file->is_writable = mode != OS_FILE_READ;
    err = file_open_wide(wide, mode, &file->handle);
    if (err < JET_errSuccess)
        goto fail;
    free(wide);
    *ret_file = file;
    return JET_errSuccess;
fail:
    free(wide);
    free(file);
    return err;
}

void os_file_close(struct os_file *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
    free(file);
}

/* Only the offset: no event, the handle is synchronous. */
static OVERLAPPED overlapped_at(uint64_t offset)
{
    OVERLAPPED overlapped = {0};
    overlapped.Offset = (DWORD)(offset & UINT32_MAX);
    overlapped.OffsetHigh = (DWORD)(offset >> 32);
    return overlapped;
}

static DWORD transfer_size(size_t left)
{
    return left < TRANSFER_MAX_BYTES ? (DWORD)left : TRANSFER_MAX_BYTES;
}

jet_err os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    size_t done = 0;
    /* No file is longer than INT64_MAX; a read that would go beyond is an error to Windows, and to us the end. */
    const uint64_t readable = offset < INT64_MAX ? INT64_MAX - offset : 0;
    if (size > readable)
        size = (size_t)readable;
    while (done < size) {
        OVERLAPPED at = overlapped_at(offset + done);
        DWORD count = 0;
        if (!ReadFile(file->handle, (char *)buffer + done, transfer_size(size - done), &count, &at)) {
            if (GetLastError() != ERROR_HANDLE_EOF)
                return os_error_from_system();
            break;
        }
        if (count == 0)
            break;
        done += count;
    }
    *ret_actual = done;
    return JET_errSuccess;
}

jet_err os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    if (offset > INT64_MAX || size > INT64_MAX - offset)
        return os_error_from(ERROR_FILE_TOO_LARGE);
    for (size_t done = 0; done < size;) {
        OVERLAPPED at = overlapped_at(offset + done);
        DWORD count = 0;
        if (!WriteFile(file->handle, (const char *)buffer + done, transfer_size(size - done), &count, &at))
            return os_error_from_system();
        if (count == 0)
            return os_error_from(ERROR_WRITE_FAULT);
        done += count;
    }
    return JET_errSuccess;
}

jet_err os_file_size(struct os_file *file, uint64_t *ret_size)
{
    LARGE_INTEGER size;
    if (!GetFileSizeEx(file->handle, &size))
        return os_error_from_system();
    *ret_size = (uint64_t)size.QuadPart;
    return JET_errSuccess;
}

jet_err os_file_set_size(struct os_file *file, uint64_t size)
{
    if (size > INT64_MAX)
        return os_error_from(ERROR_FILE_TOO_LARGE);
    FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = (int64_t)size};
    if (!SetFileInformationByHandle(file->handle, FileEndOfFileInfo, &end, sizeof end))
        return os_error_from_system();
    return JET_errSuccess;
}

jet_err os_file_flush(struct os_file *file)
{
    /* FlushFileBuffers wants the right to write; through a handle without it there is nothing of ours to flush. */
    if (file->is_writable && !FlushFileBuffers(file->handle))
        return os_error_from_system();
    return JET_errSuccess;
}

jet_err os_file_flush_data(struct os_file *file)
{
    return os_file_flush(file);
}

/* NTFS keeps how far a file was written; what lies behind is zero by that number, and writing there moves it. */
jet_err os_file_allocate(struct os_file *file, uint64_t size)
{
    static const unsigned char zeros[64 * 1024];
    uint64_t before = 0;
    jet_err err = os_file_size(file, &before);
    if (err < JET_errSuccess || before >= size)
        return err;
    err = os_file_set_size(file, size); /* says at once whether there is room */
    for (uint64_t at = before; at < size && err >= JET_errSuccess;) {
        size_t count = size - at < sizeof zeros ? (size_t)(size - at) : sizeof zeros;
        err = os_file_write(file, at, zeros, count);
        at += count;
    }
    if (err < JET_errSuccess) {
        DWORD system = (DWORD)os_last_error();
        if (os_file_set_size(file, before) < JET_errSuccess)
            system = (DWORD)os_last_error();
        return os_error_from(system);
    }
    return JET_errSuccess;
}

jet_err os_file_lock(struct os_file *file, enum os_file_share share)
{
    /* A handle for writing shares with nobody, and one for reading with nobody who writes. */
    (void)file;
    (void)share;
    return JET_errSuccess;
}

void os_file_will_read_in_order(struct os_file *file)
{
    /* FILE_FLAG_SEQUENTIAL_SCAN can only be said when a file is opened. The cache manager notices a run of ascending
     * reads by itself and then reads ahead, so nothing is lost. */
    (void)file;
}

static bool remove_is_held_up(const wchar_t *path)
{
    const DWORD error = GetLastError();
    if (error != ERROR_ACCESS_DENIED)
        return os_patience_is_in_use(error);
    const DWORD attributes = GetFileAttributesW(path);
    SetLastError(error);
    return attributes ==
           INVALID_FILE_ATTRIBUTES; /* it is about to be gone; else a folder, read-only, or not ours to remove */
}

static bool remove_wide(const wchar_t *path)
{
    struct os_patience patience = {.limit_ms = OS_PATIENCE_REMOVE_MS};
    bool is_done;
    do
        is_done = DeleteFileW(path);
    while (!is_done && remove_is_held_up(path) && os_patience_again(&patience));
    return is_done;
}

jet_err os_file_remove(const char *path)
{
    wchar_t *wide = NULL;
    jet_err err = os_text_to_path(path, &wide);
    if (err < JET_errSuccess)
        return err;
    if (!remove_wide(wide))
        err = os_path_error(wide);
    free(wide);
    return err;
}

void *os_pages_alloc(size_t size)
{
    return VirtualAlloc(NULL, size > 0 ? size : 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void os_pages_free(void *pages, size_t size)
{
    (void)size; /* MEM_RELEASE gives back the whole of what VirtualAlloc gave, and wants 0 here */
    if (pages)
        (void)VirtualFree(pages, 0, MEM_RELEASE);
}
