/* SPDX-License-Identifier: MIT */
#include "tool/sample_backup.h"

#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"

enum { COPY_SIZE = 256 << 10 };

struct client {
    const struct sample_backup_request *request;
    struct sample_backup_result *result;
    uint8_t *buffer;
};

static void before(const struct client *client, enum sample_backup_call call)
{
    client->result->calls++;
    if (client->request->before_call)
        client->request->before_call(client->request->context, call);
}

/* Reads the open file to its end. */
static jet_err pump(const struct client *client, JET_HANDLE handle, struct os_file *target, uint64_t size)
{
    uint64_t position = 0;
    uint32_t actual = 0;
    do {
        before(client, SAMPLE_BACKUP_READ);
        jet_err err = JetReadFileInstance(client->request->instance, handle, client->buffer,
                                          client->request->buffer_size, &actual);
        if (err >= JET_errSuccess)
            err = os_file_write(target, position, client->buffer, actual);
        if (err < JET_errSuccess)
            return err;
        position += actual;
    } while (actual > 0);
    client->result->bytes += position;
    return position == size ? os_file_flush(target) : JET_errFileIOBeyondEOF;
}

/* The file gets its name when it is whole: a log that is there already, from an earlier backup, is not lost to a later
 * one that is stopped. What had arrived of a file then stays under another name until the next. */
static jet_err receive(const struct client *client, JET_HANDLE handle, const char *path, uint64_t size)
{
    struct os_file *target;
    char *partial = os_path_join(client->request->folder, "arriving.tmp");
    char *whole = os_path_join(client->request->folder, os_path_name(path));
    jet_err err = partial && whole ? os_file_remove(partial) : JET_errOutOfMemory;
    if (err >= JET_errSuccess || err == JET_errFileNotFound)
        err = os_file_open(partial, OS_FILE_CREATE_NEW, &target);
    if (err >= JET_errSuccess) {
        err = pump(client, handle, target, size);
        os_file_close(target);
    }
    if (err >= JET_errSuccess)
        err = os_path_rename_over(partial, whole);
    free(partial);
    free(whole);
    return err;
}

static jet_err stream_file(const struct client *client, const char *path)
{
    JET_HANDLE handle;
    uint32_t low, high;
    before(client, SAMPLE_BACKUP_OPEN);
    jet_err err = JetOpenFileInstanceA(client->request->instance, path, &handle, &low, &high);
    if (err < JET_errSuccess)
        return err;
    err = receive(client, handle, path, low | (uint64_t)high << 32);
    const jet_err closed = JetCloseFileInstance(client->request->instance, handle);
    return err < JET_errSuccess ? err : closed;
}

static jet_err stream_databases(const struct client *client)
{
    uint32_t size;
    before(client, SAMPLE_BACKUP_LIST_DATABASES);
    jet_err err = JetGetAttachInfoInstanceA(client->request->instance, NULL, 0, &size);
    if (err < JET_errSuccess)
        return err;
    char *list = malloc(size);
    err = list ? JetGetAttachInfoInstanceA(client->request->instance, list, size, NULL) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        for (const char *path = list; *path && err >= JET_errSuccess; path += strlen(path) + 1) {
            err = stream_file(client, path);
            client->result->databases += err >= JET_errSuccess;
        }
    free(list);
    return err;
}

static jet_err stream_logs(const struct client *client)
{
    JET_LOGINFO_A info = {.cbSize = sizeof info};
    uint32_t size;
    before(client, SAMPLE_BACKUP_LIST_LOGS);
    jet_err err = JetGetLogInfoInstanceA(client->request->instance, NULL, 0, &size);
    if (err < JET_errSuccess)
        return err;
    char *list = malloc(size);
    err = list ? JetGetLogInfoInstance2A(client->request->instance, list, size, NULL, &info) : JET_errOutOfMemory;
    if (err >= JET_errSuccess) {
        if (client->result->first == 0)
            client->result->first = info.ulGenLow;
        client->result->last = info.ulGenHigh;
        for (const char *path = list; *path && err >= JET_errSuccess; path += strlen(path) + 1) {
            err = stream_file(client, path);
            client->result->logs += err >= JET_errSuccess;
        }
    }
    free(list);
    return err;
}

static jet_err stream(const struct client *client)
{
    jet_err err = client->request->is_incremental ? JET_errSuccess : stream_databases(client);
    if (err >= JET_errSuccess)
        err = stream_logs(client);
    if (err >= JET_errSuccess)
        err = os_folder_flush(client->request->folder); /* before anything is deleted for what is there now */
    if (err >= JET_errSuccess && client->request->truncates) {
        before(client, SAMPLE_BACKUP_TRUNCATE);
        err = JetTruncateLogInstance(client->request->instance);
    }
    return err;
}

jet_err sample_backup_take(const struct sample_backup_request *request, struct sample_backup_result *result)
{
    struct client client = {.request = request, .result = result};
    client.buffer = os_pages_alloc(request->buffer_size);
    if (!client.buffer)
        return JET_errOutOfMemory;
    jet_err err = JetBeginExternalBackupInstance(request->instance,
                                                 request->is_incremental ? JET_bitBackupIncremental : JET_bitNil);
    if (err >= JET_errSuccess) {
        result->calls = 0;
        result->bytes = 0;
        result->logs = 0;
        err = stream(&client);
        const jet_err ended = JetEndExternalBackupInstance2(
            request->instance, err >= JET_errSuccess ? JET_bitBackupEndNormal : JET_bitBackupEndAbort);
        if (err >= JET_errSuccess)
            err = ended;
    }
    os_pages_free(client.buffer, request->buffer_size);
    return err;
}

/* ---- restore ---- */

static jet_err copy_open(struct os_file *source, struct os_file *target, uint8_t *buffer)
{
    size_t actual;
    for (uint64_t offset = 0;; offset += actual) {
        jet_err err = os_file_read(source, offset, buffer, COPY_SIZE, &actual);
        if (err >= JET_errSuccess && actual == 0)
            return JET_errSuccess;
        if (err >= JET_errSuccess)
            err = os_file_write(target, offset, buffer, actual);
        if (err < JET_errSuccess)
            return err;
    }
}

jet_err sample_backup_copy(const char *database, const char *copy)
{
    struct os_file *source = NULL;
    struct os_file *target = NULL;
    uint8_t *buffer = malloc(COPY_SIZE);
    jet_err err = buffer ? os_file_open(database, OS_FILE_READ, &source) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = os_file_open(copy, OS_FILE_CREATE_NEW, &target);
    if (err >= JET_errSuccess)
        err = copy_open(source, target, buffer);
    os_file_close(target);
    os_file_close(source);
    free(buffer);
    return err;
}

/* The API wants strings that it could change. */
static char *text_copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

jet_err sample_backup_restore(const struct sample_restore_request *request)
{
    char *folder = text_copy(request->folder);
    char *set_folder = text_copy(request->set_folder);
    JET_RSTMAP_A map = {.szDatabaseName = text_copy(request->original),
                        .szNewDatabaseName = text_copy(request->database)};
    jet_err err = JET_errOutOfMemory;
    if (folder && set_folder && map.szDatabaseName && map.szNewDatabaseName)
        err = JetExternalRestoreA(folder, folder, &map, 1, set_folder, (int32_t)request->first, (int32_t)request->last,
                                  NULL);
    free(map.szDatabaseName);
    free(map.szNewDatabaseName);
    free(set_folder);
    free(folder);
    return err;
}
