/* SPDX-License-Identifier: MIT */
/* client_backup.c - the sender (base/sender.h): a backup of the service, its files through pipes.
 *
 *      begin -> BeginBackup     databases -> GetAttachInfo     logs -> GetLogInfo      end -> End
 *      open  -> OpenFile        read -> the pipe               close -> CloseFile      truncate -> TruncateLog
 *
 * A pipe that ends says nothing: stopped, failed, dead, done, all look the same to who reads. So the bytes are counted,
 * no end is waited for, and CloseFile is asked what was sent and how it ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client_call.h"

enum { LOOK_MS = 50, BITS_NORMAL = 0x1, BITS_ABORT = 0x2, BITS_NOT_RECORDED = 0x200, GRBIT_INCREMENTAL = 0x1 };

static struct client *from_context(void *context)
{
    return context;
}

/* Who stopped it has said why. Besides what the call itself said. */
static jet_err explain_stop(struct client *client, jet_err err)
{
    struct service_failure failure = client->service.failure;
    char reason[SERVICE_REASON_SIZE];
    jet_err ask_err;
    if (err != JET_errBackupAbortByServer || !client->backup_path[0] || client_is_stopped(client))
        return err;
    DBusMessage *properties = client_properties(client, client->backup_path, BUS_BACKUP_INTERFACE, &ask_err);
    if (properties) {
        client_property_text(properties, "StopReason", reason, sizeof reason);
        if (reason[0])
            (void)snprintf(failure.text, sizeof failure.text, "%s", reason);
        dbus_message_unref(properties);
    }
    failure.status = EXIT_STATUS_STOPPED;
    client->service.failure = failure;
    return err;
}

/* A call of the backup with one u, or none. */
static DBusMessage *ask_backup(struct client *client, const char *method, const uint32_t *argument,
                               const char *signature, int limit_ms, bool is_stoppable, jet_err *ret_err)
{
    struct bus_put put;
    DBusMessage *call = client_call_new(client->backup_path, BUS_BACKUP_INTERFACE, method);
    if (call && argument) {
        bus_put_init(&put, call);
        bus_put_u32(&put, *argument);
        if (!bus_put_done(&put)) {
            dbus_message_unref(call);
            call = NULL;
        }
    }
    DBusMessage *reply = client_ask(client, call, signature, limit_ms, is_stoppable, ret_err);
    if (!reply)
        *ret_err = explain_stop(client, *ret_err);
    return reply;
}

/* ---- begin ---- */

static DBusMessage *begin_call(const struct client *client, const char *instance_path)
{
    const struct service_backup_request *request = &client->request;
    struct bus_put put;
    DBusMessage *call = client_call_new(instance_path, BUS_INSTANCE_INTERFACE, "BeginBackup");
    if (!call)
        return NULL;
    bus_put_init(&put, call);
    bus_put_u32(&put, request->is_incremental ? GRBIT_INCREMENTAL : 0);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "{sv}");
    if (request->max_rate > 0) {
        bus_put_open_entry(&put, "max-rate", "t");
        bus_put_u64(&put, request->max_rate);
        bus_put_close_entry(&put);
    }
    bus_put_close(&put);
    if (bus_put_done(&put))
        return call;
    dbus_message_unref(call);
    return NULL;
}

static jet_err ask_to_begin(struct client *client)
{
    char instance_path[CLIENT_PATH_SIZE];
    DBusMessageIter arguments;
    jet_err err = client_find_instance(client, client->request.label, instance_path);
    if (err < JET_errSuccess)
        return err;
    DBusMessage *reply = client_ask(client, begin_call(client, instance_path), "o", CLIENT_LONG_MS, true, &err);
    if (!reply)
        return err;
    dbus_message_iter_init(reply, &arguments);
    (void)snprintf(client->backup_path, sizeof client->backup_path, "%s", bus_get_text(&arguments));
    dbus_message_unref(reply);
    return JET_errSuccess;
}

/* `stop` is the backup's, and goes with it. */
static jet_err begin(void *context, struct os_event *stop)
{
    struct client *client = from_context(context);
    client->stop = stop;
    jet_err err = ask_to_begin(client);
    if (err < JET_errSuccess)
        client->stop = NULL;
    return err;
}

/* ---- lists ---- */

/* One answer of a list: more entries, and how many there are. What stands behind those is left at `*ret_rest`. */
static jet_err take_list_part(struct client *client, DBusMessage *reply, struct sender_file **files, size_t *count,
                              uint32_t *ret_total, DBusMessageIter *ret_rest)
{
    const size_t before = *count;
    dbus_message_iter_init(reply, ret_rest);
    jet_err err = client_get_files(client, ret_rest, files, count);
    if (err < JET_errSuccess)
        return err;
    dbus_message_iter_next(ret_rest);
    *ret_total = bus_get_u32(ret_rest);
    if (*count == before && *count < *ret_total)
        return client_fail(client, EXIT_STATUS_FAILED, JET_errInternalError, "the service gives an incomplete list");
    return JET_errSuccess;
}

static jet_err databases(void *context, struct sender_list *ret_list)
{
    struct client *client = from_context(context);
    uint32_t total = 0;
    jet_err err;
    client_files_free(&client->databases, &client->database_count);
    do {
        const uint32_t first = (uint32_t)client->database_count;
        DBusMessageIter rest;
        DBusMessage *reply = ask_backup(client, "GetAttachInfo", &first, "a(ayt)u", CLIENT_SHORT_MS, true, &err);
        if (!reply)
            return err;
        err = take_list_part(client, reply, &client->databases, &client->database_count, &total, &rest);
        dbus_message_unref(reply);
    } while (err >= JET_errSuccess && client->database_count < total);
    *ret_list = (struct sender_list){client->databases, client->database_count};
    return err;
}

static jet_err logs(void *context, struct sender_list *ret_list, lgen_t *ret_first, lgen_t *ret_last)
{
    struct client *client = from_context(context);
    uint32_t total = 0;
    jet_err err;
    client_files_free(&client->logs, &client->log_count);
    do {
        const uint32_t first = (uint32_t)client->log_count;
        DBusMessageIter rest;
        DBusMessage *reply = ask_backup(client, "GetLogInfo", &first, "a(ayt)uuu", CLIENT_LONG_MS, true, &err);
        if (!reply)
            return err;
        err = take_list_part(client, reply, &client->logs, &client->log_count, &total, &rest);
        *ret_first = bus_get_u32(&rest);
        *ret_last = bus_get_u32(&rest);
        dbus_message_unref(reply);
    } while (err >= JET_errSuccess && client->log_count < total);
    *ret_list = (struct sender_list){client->logs, client->log_count};
    return err;
}

/* ---- files ---- */

static void close_pipe(struct client *client)
{
    if (client->fd >= 0)
        (void)close(client->fd);
    client->fd = -1;
}

/* What came must be the end of a pipe or a socket, and nothing that a read could hang in for ever. */
static jet_err take_pipe(struct client *client, int fd)
{
    struct stat info;
    close_pipe(client);
    client->fd = fd;
    if (fd < 0)
        return client_fail(client, EXIT_STATUS_FAILED, JET_errOutOfMemory, "no descriptor came: too many are open");
    if (fstat(fd, &info) < 0 || (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode)))
        return client_fail(client, EXIT_STATUS_FAILED, JET_errInternalError, "what the service opened is no pipe");
    const int flags = fcntl(fd, F_GETFL); /* of our end alone */
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return client_fail(client, EXIT_STATUS_FAILED, JET_errDiskIO, "the pipe cannot be read: %s", strerror(errno));
    return JET_errSuccess;
}

static DBusMessage *open_call(const struct client *client, const char *path)
{
    struct bus_put put;
    DBusMessage *call = client_call_new(client->backup_path, BUS_BACKUP_INTERFACE, "OpenFile");
    if (!call)
        return NULL;
    bus_put_init(&put, call);
    bus_put_name(&put, path);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "{sv}");
    bus_put_close(&put);
    if (bus_put_done(&put))
        return call;
    dbus_message_unref(call);
    return NULL;
}

static jet_err close_file(void *context);

static jet_err open_file(void *context, const char *path, uint64_t *ret_size)
{
    struct client *client = from_context(context);
    DBusMessageIter arguments;
    jet_err err;
    DBusMessage *reply = client_ask(client, open_call(client, path), "uht", CLIENT_LONG_MS, true, &err);
    if (!reply)
        return explain_stop(client, err);
    dbus_message_iter_init(reply, &arguments);
    client->file = bus_get_u32(&arguments);
    const int fd = bus_get_fd(&arguments);
    client->size = bus_get_u64(&arguments);
    client->received = 0;
    dbus_message_unref(reply);
    err = take_pipe(client, fd);
    if (err < JET_errSuccess) {
        const struct service_failure why = client->service.failure;
        jet_err_ignore(close_file(client));
        client->service.failure = why;
        return err;
    }
    *ret_size = client->size;
    return JET_errSuccess;
}

static jet_err wait_readable(struct client *client)
{
    struct pollfd wanted = {.fd = client->fd, .events = POLLIN};
    for (;;) {
        if (client_is_stopped(client))
            return client_fail(client, EXIT_STATUS_STOPPED, JET_errBackupAbortByServer, "interrupted");
        const int ready = poll(&wanted, 1, LOOK_MS);
        if (ready > 0)
            return JET_errSuccess;
        if (ready < 0 && errno != EINTR)
            return client_fail(client, EXIT_STATUS_FAILED, JET_errDiskIO, "the pipe cannot be read: %s",
                               strerror(errno));
    }
}

static jet_err read_file(void *context, void *buffer, size_t size, size_t *ret_actual)
{
    struct client *client = from_context(context);
    for (;;) {
        const ssize_t actual = client_is_stopped(client) ? -1 : read(client->fd, buffer, size);
        if (actual >= 0) {
            client->received += (uint64_t)actual;
            *ret_actual = (size_t)actual;
            return JET_errSuccess;
        }
        if (!client_is_stopped(client) && errno != EINTR && errno != EAGAIN)
            return client_fail(client, EXIT_STATUS_FAILED, JET_errDiskIO, "the pipe cannot be read: %s",
                               strerror(errno));
        jet_err err = wait_readable(client);
        if (err < JET_errSuccess)
            return err;
    }
}

/* Behind all of a file. The end of the pipe is not waited for: whatever was forked meanwhile may hold it open. */
static jet_err see_excess(struct client *client)
{
    char more;
    if (client->fd < 0 || read(client->fd, &more, 1) <= 0)
        return JET_errSuccess;
    return client_fail(client, EXIT_STATUS_FAILED, JET_errInternalError, "more came than was announced");
}

static jet_err judge_file(struct client *client, uint64_t sent, int32_t status)
{
    if (status < JET_errSuccess) {
        (void)client_fail(client, exit_status_of(status), status, "the service ended the file: %s",
                          jet_err_text(status));
        return explain_stop(client, status);
    }
    if (sent != client->received || sent != client->size)
        return client_fail(client, EXIT_STATUS_FAILED, JET_errFileIOBeyondEOF,
                           "%llu bytes were announced, %llu sent, %llu came", (unsigned long long)client->size,
                           (unsigned long long)sent, (unsigned long long)client->received);
    return JET_errSuccess;
}

static jet_err ask_to_close(struct client *client)
{
    DBusMessageIter arguments;
    jet_err err;
    if (client->received != client->size)
        close_pipe(client); /* nobody reads the rest */
    DBusMessage *reply = ask_backup(client, "CloseFile", &client->file, "tui", CLIENT_END_MS, false, &err);
    if (reply) {
        dbus_message_iter_init(reply, &arguments);
        const uint64_t sent = bus_get_u64(&arguments);
        (void)bus_get_u32(&arguments); /* a sum of the bytes: every page and segment has a better one */
        const int32_t status = bus_get_i32(&arguments);
        dbus_message_unref(reply);
        err = judge_file(client, sent, status);
        if (err >= JET_errSuccess)
            err = see_excess(client);
    }
    close_pipe(client);
    return err;
}

/* A file that is closed because something failed does not make that undone. */
static jet_err close_file(void *context)
{
    struct client *client = from_context(context);
    const struct service_failure why = client->service.failure;
    jet_err err = ask_to_close(client);
    if (why.status != EXIT_STATUS_DONE)
        client->service.failure = why;
    return err;
}

/* ---- truncation, end ---- */

static jet_err truncate_logs(void *context)
{
    struct client *client = from_context(context);
    jet_err err;
    DBusMessage *reply = ask_backup(client, "TruncateLog", NULL, "u", CLIENT_LONG_MS, false, &err);
    if (reply)
        dbus_message_unref(reply);
    return err;
}

/* What the failure was of stays: this is only the end of it. */
static void end(void *context, bool is_good)
{
    struct client *client = from_context(context);
    const struct service_failure why = client->service.failure;
    const uint32_t bits = is_good ? BITS_NORMAL | (client->request.is_copy ? BITS_NOT_RECORDED : 0u) : BITS_ABORT;
    jet_err err;
    close_pipe(client);
    DBusMessage *reply = ask_backup(client, "End", &bits, "", CLIENT_END_MS, false, &err);
    if (reply)
        dbus_message_unref(reply);
    client->backup_path[0] = '\0';
    client->stop = NULL;
    client_files_free(&client->databases, &client->database_count);
    client_files_free(&client->logs, &client->log_count);
    client->service.failure = why;
}

static const char *reason(void *context)
{
    const struct client *client = from_context(context);
    return client->service.failure.text[0] ? client->service.failure.text : NULL;
}

struct sender client_backup(struct service *service, const struct service_backup_request *request)
{
    struct client *client = client_of(service);
    client->request = *request;
    return (struct sender){
        .context = client,
        .name = request->label,
        .begin = begin,
        .databases = databases,
        .logs = logs,
        .open = open_file,
        .read = read_file,
        .close = close_file,
        .truncate = truncate_logs,
        .end = end,
        .reason = reason,
    };
}
