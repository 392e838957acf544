/* SPDX-License-Identifier: MIT */
/* An application that lends its instance to a service, on a bus of its own. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../../linux/bus/bus_names.h"
#include "../../../../linux/host/crc32c.h"
#include "../../../../linux/host/host.h"
#include "jet/coldstream_writer.h"
#include "os/os_thread.h"
#include "private_bus.h"
#include "support/temp_folder.h"

#define OK(call)    assert_int_equal((call), JET_errSuccess)
#define ERROR(name) BUS_ERROR_PREFIX name

enum { PATIENCE_MS = 30000 };

struct application {
    struct private_bus bus;
    struct fake_service service;
    struct temp_folder *folder;
    const char *database;
    JET_INSTANCE instance;
    JET_SESID sesid;
    struct cs_writer *writer;
};

static void pause_ms(int64_t ms)
{
    struct os_event *never;
    OK(os_event_new(&never));
    (void)os_event_wait(never, ms);
    os_event_free(never);
}

static void open_instance(struct application *app)
{
    JET_DBID dbid;
    OK(JetCreateInstanceA(&app->instance, "application"));
    OK(JetSetSystemParameterA(&app->instance, 0, JET_paramSystemPath, 0, temp_folder_root(app->folder)));
    OK(JetSetSystemParameterA(&app->instance, 0, JET_paramLogFilePath, 0, temp_folder_root(app->folder)));
    OK(JetSetSystemParameterA(&app->instance, 0, JET_paramTempPath, 0, temp_folder_path(app->folder, "tmp.edb")));
    OK(JetSetSystemParameterA(&app->instance, 0, JET_paramLogFileSize, 64, NULL));
    OK(JetInit(&app->instance));
    OK(JetBeginSessionA(app->instance, &app->sesid, NULL, NULL));
    if (JetAttachDatabaseA(app->sesid, app->database, 0) == JET_errFileNotFound)
        OK(JetCreateDatabase2A(app->sesid, app->database, 512, &dbid, 0)); /* 2 MiB: more than a pipe takes */
}

static int setup(void **state)
{
    struct application *app = calloc(1, sizeof *app);
    void *folder = NULL;
    if (!app || temp_folder_setup(&folder) != 0)
        return -1;
    *state = app;
    app->folder = folder;
    app->database = temp_folder_path(folder, "app.edb");
    open_instance(app);
    return 0;
}

static int teardown(void **state)
{
    struct application *app = *state;
    void *folder = app->folder;
    if (app->instance)
        OK(JetTerm(app->instance));
    OK(cs_writer_unregister(app->writer));
    if (app->service.connection)
        fake_service_stop(&app->service);
    if (app->bus.folder[0])
        private_bus_free(&app->bus);
    temp_folder_teardown(&folder);
    free(app);
    return 0;
}

static void start_bus(struct application *app)
{
    if (private_bus_start(&app->bus))
        return;
    print_message("there is no dbus-daemon\n");
    skip();
}

static void lend(struct application *app)
{
    const struct cs_writer_options options = {sizeof options, app->bus.address};
    OK(cs_writer_register(app->instance, "mail", &options, &app->writer));
}

static void wait_state(struct application *app, enum cs_writer_state state)
{
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    while (cs_writer_state(app->writer) != state && host_now_us() < until_us)
        if (app->service.connection)
            fake_service_serve(&app->service, 5);
        else
            pause_ms(5);
    assert_int_equal(cs_writer_state(app->writer), state);
}

/* Bus, service, registration. */
static void start(struct application *app)
{
    start_bus(app);
    fake_service_start(&app->service, &app->bus);
    lend(app);
    fake_service_wait(&app->service, &app->service.registrations, 1);
    wait_state(app, CS_WRITER_REGISTERED);
}

/* ---- calls of the service ---- */

static void must_be(DBusMessage *reply, const char *name)
{
    assert_string_equal(error_name(reply), name);
    dbus_message_unref(reply);
}

static DBusMessage *call_u(struct application *app, const char *method, uint32_t number)
{
    return fake_service_call(&app->service, method, DBUS_TYPE_UINT32, &number, DBUS_TYPE_INVALID);
}

static DBusMessage *call_uu(struct application *app, const char *method, uint32_t number, uint32_t more)
{
    return fake_service_call(&app->service, method, DBUS_TYPE_UINT32, &number, DBUS_TYPE_UINT32, &more,
                             DBUS_TYPE_INVALID);
}

struct stream {
    uint32_t file;
    int fd;
    uint64_t size;
};

static DBusMessage *call_open(struct application *app, uint32_t number, const char *path)
{
    return fake_service_call(&app->service, "OpenFile", DBUS_TYPE_UINT32, &number, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE,
                             &path, (int)strlen(path), DBUS_TYPE_INVALID);
}

static struct stream open_stream(struct application *app, uint32_t number, const char *path)
{
    struct stream stream = {.fd = -1};
    DBusMessage *reply = call_open(app, number, path);
    assert_string_equal(error_name(reply), "");
    assert_true(dbus_message_get_args(reply, NULL, DBUS_TYPE_UINT32, &stream.file, DBUS_TYPE_UNIX_FD, &stream.fd,
                                      DBUS_TYPE_UINT64, &stream.size, DBUS_TYPE_INVALID));
    dbus_message_unref(reply);
    assert_true(stream.fd >= 0);
    return stream;
}

static void close_stream(struct application *app, uint32_t number, const struct stream *stream, uint64_t *ret_bytes,
                         uint32_t *ret_crc, int32_t *ret_status)
{
    DBusMessage *reply = call_uu(app, "CloseFile", number, stream->file);
    assert_true(dbus_message_get_args(reply, NULL, DBUS_TYPE_UINT64, ret_bytes, DBUS_TYPE_UINT32, ret_crc,
                                      DBUS_TYPE_INT32, ret_status, DBUS_TYPE_INVALID));
    dbus_message_unref(reply);
    (void)close(stream->fd);
}

static uint64_t read_to_end(int fd, uint32_t *crc)
{
    static uint8_t buffer[65536];
    uint64_t sum = 0;
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        *crc = crc32c(*crc, buffer, (size_t)got);
        sum += (uint64_t)got;
    }
    assert_int_equal(got, 0);
    return sum;
}

/* The writer ends the stream by itself: who reads before it does may still get all of it. */
static void wait_hangup(int fd)
{
    struct pollfd end = {.fd = fd};
    assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
    assert_true(end.revents & POLLHUP);
}

static void copy(struct application *app, uint32_t number, const char *path)
{
    const struct stream stream = open_stream(app, number, path);
    uint32_t crc = 0, said = 0;
    uint64_t bytes = 0;
    int32_t status = -1;
    assert_int_equal(read_to_end(stream.fd, &crc), stream.size);
    close_stream(app, number, &stream, &bytes, &said, &status);
    assert_int_equal(bytes, stream.size);
    assert_int_equal(said, crc);
    OK(status);
}

/* The paths of a list reply, one by one. */
static void copy_list(struct application *app, uint32_t number, DBusMessage *reply)
{
    DBusMessageIter iter, list, entry, bytes;
    assert_string_equal(error_name(reply), "");
    (void)dbus_message_iter_init(reply, &iter);
    dbus_message_iter_recurse(&iter, &list);
    for (; dbus_message_iter_get_arg_type(&list) == DBUS_TYPE_STRUCT; dbus_message_iter_next(&list)) {
        char path[600] = "";
        const char *data;
        int size;
        dbus_message_iter_recurse(&list, &entry);
        dbus_message_iter_recurse(&entry, &bytes);
        dbus_message_iter_get_fixed_array(&bytes, &data, &size);
        memcpy(path, data, (size_t)size);
        copy(app, number, path);
    }
    dbus_message_unref(reply);
}

/* ---- tests ---- */

static void without_a_bus_everything_works_and_nothing_is_registered(void **state)
{
    struct application *app = *state;
    const struct cs_writer_options options = {sizeof options, "unix:path=/nonexistent/socket"};
    char text[200] = "x";
    OK(cs_writer_register(app->instance, "mail", &options, &app->writer));
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    do {
        pause_ms(5);
        cs_writer_error(app->writer, text, sizeof text);
    } while (text[0] == '\0' && host_now_us() < until_us);
    assert_true(text[0] != '\0');
    assert_int_equal(cs_writer_state(app->writer), CS_WRITER_PENDING);
    OK(JetBeginTransaction(app->sesid));
    OK(JetCommitTransaction(app->sesid, 0));
    const uint64_t before_us = host_now_us();
    OK(cs_writer_unregister(app->writer));
    app->writer = NULL;
    assert_true(host_now_us() - before_us < 2000 * 1000);
}

static void wrong_registrations_are_refused(void **state)
{
    struct application *app = *state;
    const struct cs_writer_options options = {sizeof options, "unix:path=/nonexistent/socket"}, small = {4, NULL},
                                   other = {sizeof other, "unix:path=/nonexistent/other"};
    struct cs_writer *second = NULL;
    assert_int_equal(cs_writer_register(app->instance, "", &options, &second), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(app->instance, "\xff", &options, &second), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(app->instance, "mail", &small, &second), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(app->instance, "mail", &options, NULL), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(app->instance + 1000, "mail", &options, &second), JET_errInvalidParameter);
    OK(cs_writer_register(app->instance, "mail", &options, &app->writer));
    assert_int_equal(cs_writer_register(app->instance, "mail", &options, &second), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(app->instance, "mail", &other, &second), JET_errInvalidParameter);
    OK(cs_writer_unregister(NULL));
}

static void the_service_backs_the_instance_up(void **state)
{
    struct application *app = *state;
    start(app);
    assert_string_equal(app->service.label, "mail");
    must_be(call_uu(app, "BeginBackup", 7, 0), "");
    must_be(call_uu(app, "BeginBackup", 8, 0), ERROR("BackupInProgress"));
    must_be(call_uu(app, "GetAttachInfo", 6, 0), ERROR("NoBackup"));
    must_be(call_open(app, 7, "/etc/passwd"), ERROR("FileNotFound"));
    copy_list(app, 7, call_uu(app, "GetAttachInfo", 7, 0));
    copy_list(app, 7, call_uu(app, "GetLogInfo", 7, 0));
    must_be(call_u(app, "TruncateLog", 7), "");
    must_be(call_uu(app, "End", 7, JET_bitBackupEndNormal), "");
    must_be(call_uu(app, "End", 7, JET_bitBackupEndNormal), ERROR("NoBackup"));
    fake_service_wait(&app->service, &app->service.registrations, 2); /* told of the new state of the logs */
    must_be(call_u(app, "NoSuchMethod", 7), DBUS_ERROR_UNKNOWN_METHOD);
    must_be(call_u(app, "BeginBackup", 7), DBUS_ERROR_INVALID_ARGS);
}

static void the_service_stops_a_stream_that_nobody_reads(void **state)
{
    struct application *app = *state;
    const char *reason = "night shift";
    uint64_t bytes;
    uint32_t crc, count = 0;
    int32_t status;
    start(app);
    must_be(call_uu(app, "BeginBackup", 1, 0), "");
    const struct stream stream = open_stream(app, 1, app->database);
    fake_service_wait(&app->service, &app->service.progress, 1);
    const uint64_t before_us = host_now_us();
    DBusMessage *reply = fake_service_call(&app->service, "Stop", DBUS_TYPE_STRING, &reason, DBUS_TYPE_INVALID);
    assert_true(host_now_us() - before_us < 1000 * 1000);
    assert_true(dbus_message_get_args(reply, NULL, DBUS_TYPE_UINT32, &count, DBUS_TYPE_INVALID));
    dbus_message_unref(reply);
    assert_int_equal(count, 1);
    fake_service_wait(&app->service, &app->service.stops, 1);
    assert_string_equal(app->service.reason, reason);
    must_be(call_open(app, 1, app->database), ERROR("BackupAbortByServer"));
    close_stream(app, 1, &stream, &bytes, &crc, &status);
    assert_int_equal(status, JET_errBackupAbortByServer);
    assert_true(bytes < stream.size);
    must_be(call_uu(app, "End", 1, JET_bitBackupEndNormal), "");
}

static void only_the_service_is_obeyed(void **state)
{
    struct application *app = *state;
    start(app);
    DBusConnection *stranger = private_bus_connect(&app->bus);
    DBusError error = DBUS_ERROR_INIT;
    const uint32_t number = 1, grbit = 0;
    DBusMessage *call =
        dbus_message_new_method_call(app->service.sender, app->service.writer, BUS_WRITER_INTERFACE, "BeginBackup");
    (void)dbus_message_append_args(call, DBUS_TYPE_UINT32, &number, DBUS_TYPE_UINT32, &grbit, DBUS_TYPE_INVALID);
    assert_null(dbus_connection_send_with_reply_and_block(stranger, call, PATIENCE_MS, &error));
    assert_string_equal(error.name, DBUS_ERROR_ACCESS_DENIED);
    dbus_error_free(&error);
    dbus_message_unref(call);
    private_bus_disconnect(stranger);
    must_be(call_uu(app, "End", 1, 0), ERROR("NoBackup"));
}

static void the_service_freezes_and_thaws(void **state)
{
    struct application *app = *state;
    start(app);
    must_be(call_u(app, "Thaw", 3), ERROR("OSSnapshotInvalidSnapId"));
    must_be(call_uu(app, "BeginBackup", 1, 0), "");
    const struct stream stream = open_stream(app, 1, app->database); /* whose client sleeps */
    must_be(call_uu(app, "Prepare", 3, JET_bitCopySnapshot | JET_bitContinueAfterThaw), "");
    must_be(call_u(app, "Thaw", 3), ERROR("OSSnapshotInvalidSequence"));
    must_be(call_uu(app, "Freeze", 3, 60000), "");
    fake_service_serve(&app->service, 50);
    assert_string_equal(app->service.state, "frozen");
    must_be(call_uu(app, "BeginBackup", 2, 0), BUS_ERROR_FROZEN);
    must_be(call_uu(app, "Prepare", 4, 0), "");
    must_be(call_uu(app, "Freeze", 4, 1000), ERROR("OSSnapshotInvalidSequence"));
    must_be(call_u(app, "Thaw", 3), "");
    must_be(call_u(app, "Thaw", 3), ERROR("OSSnapshotInvalidSequence"));
    must_be(call_uu(app, "SnapshotEnd", 3, 0), "");
    must_be(call_uu(app, "SnapshotEnd", 3, 0), ERROR("OSSnapshotInvalidSnapId"));
    must_be(call_uu(app, "End", 1, 0), "");
    (void)close(stream.fd);

    must_be(call_uu(app, "Prepare", 5, JET_bitCopySnapshot), ""); /* nobody thaws */
    must_be(call_uu(app, "Freeze", 5, 30), "");
    fake_service_serve(&app->service, 150);
    must_be(call_u(app, "Thaw", 5), ERROR("OSSnapshotTimeOut"));
    must_be(call_u(app, "Abort", 5), "");
    must_be(call_u(app, "Abort", 5), ERROR("OSSnapshotInvalidSnapId"));
    OK(JetBeginTransaction(app->sesid));
    OK(JetCommitTransaction(app->sesid, 0));
}

static void a_service_that_dies_leaves_no_backup(void **state)
{
    struct application *app = *state;
    uint32_t crc = 0;
    start(app);
    must_be(call_uu(app, "BeginBackup", 1, 0), "");
    const struct stream stream = open_stream(app, 1, app->database);
    fake_service_stop(&app->service);
    wait_state(app, CS_WRITER_PENDING);
    wait_hangup(stream.fd);
    assert_true(read_to_end(stream.fd, &crc) < stream.size);
    (void)close(stream.fd);
    JET_ERR err;
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    while ((err = JetBeginExternalBackupInstance(app->instance, 0)) != JET_errSuccess && host_now_us() < until_us)
        pause_ms(2);
    OK(err);
    OK(JetEndExternalBackupInstance2(app->instance, JET_bitBackupEndAbort));
    fake_service_start(&app->service, &app->bus); /* the next one */
    fake_service_wait(&app->service, &app->service.registrations, 1);
    wait_state(app, CS_WRITER_REGISTERED);
    must_be(call_uu(app, "BeginBackup", 1, 0), "");
    must_be(call_uu(app, "End", 1, JET_bitBackupEndAbort), "");
}

/* One is thawed and not ended, one only prepared: the instance is free of both. */
/* What a dead service had is ended beside the calls of the next one, which may come a little too early: then with
 * another number. */
static uint32_t freeze_when_allowed(struct application *app, uint32_t number)
{
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    for (;; number++) {
        must_be(call_uu(app, "Prepare", number, JET_bitCopySnapshot), "");
        DBusMessage *reply = call_uu(app, "Freeze", number, 60000);
        const bool is_early = strcmp(error_name(reply), "org.coldstream.Backup1.Error.OSSnapshotNotAllowed") == 0;
        if (!is_early || host_now_us() >= until_us) {
            must_be(reply, "");
            return number;
        }
        dbus_message_unref(reply);
        pause_ms(2);
    }
}

static void a_service_that_dies_leaves_no_snapshot(void **state)
{
    struct application *app = *state;
    start(app);
    must_be(call_uu(app, "Prepare", 1, JET_bitCopySnapshot | JET_bitContinueAfterThaw), "");
    must_be(call_uu(app, "Freeze", 1, 60000), "");
    must_be(call_u(app, "Thaw", 1), "");
    must_be(call_uu(app, "Prepare", 2, JET_bitCopySnapshot), "");
    fake_service_stop(&app->service);
    wait_state(app, CS_WRITER_PENDING);
    JET_ERR err;
    const uint64_t until_us = host_now_us() + 10 * 1000000ull;
    while ((err = JetBeginExternalBackupInstance(app->instance, 0)) != JET_errSuccess && host_now_us() < until_us)
        pause_ms(2);
    OK(err);
    OK(JetEndExternalBackupInstance2(app->instance, JET_bitBackupEndAbort));
    fake_service_start(&app->service, &app->bus); /* the next one */
    fake_service_wait(&app->service, &app->service.registrations, 1);
    wait_state(app, CS_WRITER_REGISTERED);
    must_be(call_u(app, "Thaw", freeze_when_allowed(app, 2)), "");
}

static void a_bus_that_dies_is_found_again(void **state)
{
    struct application *app = *state;
    start(app);
    private_bus_stop(&app->bus);
    fake_service_stop(&app->service);
    wait_state(app, CS_WRITER_PENDING);
    OK(JetBeginTransaction(app->sesid));
    OK(JetCommitTransaction(app->sesid, 0));
    private_bus_restart(&app->bus);
    fake_service_start(&app->service, &app->bus);
    fake_service_wait(&app->service, &app->service.registrations, 1);
    wait_state(app, CS_WRITER_REGISTERED);
}

static void a_service_that_came_late_or_refuses(void **state)
{
    struct application *app = *state;
    char text[200];
    start_bus(app);
    lend(app);
    pause_ms(50);
    assert_int_equal(cs_writer_state(app->writer), CS_WRITER_PENDING);
    fake_service_start(&app->service, &app->bus);
    app->service.refuses = true;
    wait_state(app, CS_WRITER_REFUSED);
    cs_writer_error(app->writer, text, sizeof text);
    assert_string_equal(text, BUS_ERROR_LABEL_IN_USE ": somebody has it");
}

static void the_end_of_the_instance_ends_everything(void **state)
{
    struct application *app = *state;
    uint32_t crc = 0;
    start(app);
    must_be(call_uu(app, "BeginBackup", 1, 0), "");
    const struct stream stream = open_stream(app, 1, app->database);
    OK(JetEndSession(app->sesid, 0));
    assert_int_equal(JetTerm2(app->instance, JET_bitTermComplete), JET_errBackupInProgress); /* as ever */
    assert_int_equal(cs_writer_state(app->writer), CS_WRITER_REGISTERED);
    const uint64_t before_us = host_now_us();
    OK(JetTerm2(app->instance, JET_bitTermComplete | JET_bitTermStopBackup));
    assert_true(host_now_us() - before_us < 4000 * 1000);
    app->instance = 0;
    assert_true(read_to_end(stream.fd, &crc) < stream.size);
    (void)close(stream.fd);
    assert_int_equal(cs_writer_state(app->writer), CS_WRITER_ENDED);
    fake_service_wait(&app->service, &app->service.withdrawals, 1);
    must_be(call_uu(app, "BeginBackup", 2, 0), DBUS_ERROR_UNKNOWN_OBJECT);
    OK(cs_writer_unregister(app->writer));
    app->writer = NULL;
}

/* A snapshot that waits for its end would keep JetTerm for ever. */
static void a_snapshot_of_the_service_does_not_hold_up_the_end(void **state)
{
    struct application *app = *state;
    start(app);
    must_be(call_uu(app, "Prepare", 1, JET_bitCopySnapshot | JET_bitContinueAfterThaw), "");
    must_be(call_uu(app, "Freeze", 1, 60000), "");
    const uint64_t before_us = host_now_us();
    OK(JetTerm(app->instance));
    assert_true(host_now_us() - before_us < 4000 * 1000);
    app->instance = 0;
}

/* A termination that is refused leaves the registration, if it had taken it back. */
static void a_refused_end_is_taken_back(void **state)
{
    struct application *app = *state;
    start(app);
    const unsigned before = app->service.registrations;
    OK(JetBeginTransaction(app->sesid));
    assert_int_equal(JetTerm2(app->instance, JET_bitTermComplete | JET_bitTermStopBackup), JET_errTooManyActiveUsers);
    OK(JetCommitTransaction(app->sesid, 0));
    fake_service_wait(&app->service, &app->service.registrations, before + 1);
    wait_state(app, CS_WRITER_REGISTERED);
    must_be(call_uu(app, "BeginBackup", 1, 0), "");
    must_be(call_uu(app, "End", 1, JET_bitBackupEndAbort), "");
}

static void a_child_has_no_writer(void **state)
{
    struct application *app = *state;
    int status = -1;
    start(app);
    const pid_t child = fork();
    if (child == 0)
        _exit(cs_writer_state(app->writer) == CS_WRITER_ENDED && cs_writer_unregister(app->writer) == JET_errSuccess
                  ? 0
                  : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    must_be(call_uu(app, "BeginBackup", 1, 0), ""); /* the parent's works on */
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH(without_a_bus_everything_works_and_nothing_is_registered),
        WITH(wrong_registrations_are_refused),
        WITH(the_service_backs_the_instance_up),
        WITH(the_service_stops_a_stream_that_nobody_reads),
        WITH(only_the_service_is_obeyed),
        WITH(the_service_freezes_and_thaws),
        WITH(a_service_that_dies_leaves_no_backup),
        WITH(a_service_that_dies_leaves_no_snapshot),
        WITH(a_bus_that_dies_is_found_again),
        WITH(a_service_that_came_late_or_refuses),
        WITH(the_end_of_the_instance_ends_everything),
        WITH(a_snapshot_of_the_service_does_not_hold_up_the_end),
        WITH(a_refused_end_is_taken_back),
        WITH(a_child_has_no_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
