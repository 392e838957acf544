/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../../linux/bus/bus_names.h"
#include "../../../../linux/host/host.h"
#include "private_bus.h"

enum { PATIENCE_MS = 30000 };

static void write_config(const struct private_bus *bus)
{
    char path[80];
    (void)snprintf(path, sizeof path, "%s/bus.conf", bus->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fprintf(file,
                  "<busconfig><type>session</type><listen>unix:path=%s/socket</listen><auth>EXTERNAL</auth>"
                  "<policy context='default'><allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/>"
                  "<allow own='*'/></policy></busconfig>\n",
                  bus->folder);
    (void)fclose(file);
}

static pid_t spawn(const struct private_bus *bus)
{
    char config[90], ready[10] = "";
    int ends[2];
    (void)snprintf(config, sizeof config, "--config-file=%s/bus.conf", bus->folder);
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], 3);
        (void)freopen("/dev/null", "w", stderr); /* it complains about limits of descriptors */
        (void)execlp("dbus-daemon", "dbus-daemon", config, "--nofork", "--print-address=3", (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    const ssize_t got = read(ends[0], ready, sizeof ready - 1); /* until it listens */
    (void)close(ends[0]);
    if (got > 0)
        return pid;
    (void)waitpid(pid, NULL, 0);
    return 0;
}

bool private_bus_start(struct private_bus *bus)
{
    (void)strcpy(bus->folder, "/tmp/cs-bus-XXXXXX"); /* short: a socket's path is limited */
    assert_non_null(mkdtemp(bus->folder));
    (void)snprintf(bus->address, sizeof bus->address, "unix:path=%s/socket", bus->folder);
    write_config(bus);
    bus->pid = spawn(bus);
    return bus->pid > 0;
}

static void remove_name(const struct private_bus *bus, const char *name)
{
    char path[90];
    (void)snprintf(path, sizeof path, "%s/%s", bus->folder, name);
    (void)unlink(path);
}

void private_bus_stop(struct private_bus *bus)
{
    if (bus->pid > 0) {
        (void)kill(bus->pid, SIGKILL);
        (void)waitpid(bus->pid, NULL, 0);
    }
    bus->pid = 0;
    remove_name(bus, "socket");
}

void private_bus_restart(struct private_bus *bus)
{
    private_bus_stop(bus);
    bus->pid = spawn(bus);
    assert_true(bus->pid > 0);
}

void private_bus_free(struct private_bus *bus)
{
    private_bus_stop(bus);
    remove_name(bus, "bus.conf");
    (void)rmdir(bus->folder);
}

DBusConnection *private_bus_connect(const struct private_bus *bus)
{
    DBusConnection *connection = dbus_connection_open_private(bus->address, NULL);
    assert_non_null(connection);
    assert_true(dbus_bus_register(connection, NULL));
    dbus_connection_set_exit_on_disconnect(connection, FALSE);
    return connection;
}

void private_bus_disconnect(DBusConnection *connection)
{
    dbus_connection_close(connection);
    dbus_connection_unref(connection);
}

/* ---- the service ---- */

void fake_service_start(struct fake_service *service, const struct private_bus *bus)
{
    memset(service, 0, sizeof *service);
    service->connection = private_bus_connect(bus);
    assert_int_equal(dbus_bus_request_name(service->connection, BUS_SERVICE, DBUS_NAME_FLAG_DO_NOT_QUEUE, NULL),
                     DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER);
}

void fake_service_stop(struct fake_service *service)
{
    private_bus_disconnect(service->connection);
    service->connection = NULL;
}

static void text_at(DBusMessageIter *iter, char *text, size_t size)
{
    const char *value = "";
    dbus_message_iter_get_basic(iter, &value);
    (void)snprintf(text, size, "%s", value);
    (void)dbus_message_iter_next(iter);
}

static void take_registration(struct fake_service *service, DBusMessage *call)
{
    const char *path = BUS_INSTANCE_FOLDER "x";
    DBusMessageIter iter;
    assert_string_equal(dbus_message_get_signature(call), "soa{sv}");
    (void)dbus_message_iter_init(call, &iter);
    text_at(&iter, service->label, sizeof service->label);
    text_at(&iter, service->writer, sizeof service->writer);
    (void)snprintf(service->sender, sizeof service->sender, "%s", dbus_message_get_sender(call));
    DBusMessage *reply = service->refuses ? dbus_message_new_error(call, BUS_ERROR_LABEL_IN_USE, "somebody has it")
                                          : dbus_message_new_method_return(call);
    if (!service->refuses)
        (void)dbus_message_append_args(reply, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
    (void)dbus_connection_send(service->connection, reply, NULL);
    dbus_message_unref(reply);
    service->registrations++;
}

static void take(struct fake_service *service, DBusMessage *message)
{
    DBusMessageIter iter;
    (void)dbus_message_iter_init(message, &iter);
    if (dbus_message_is_method_call(message, BUS_MANAGER_INTERFACE, "RegisterWriter"))
        take_registration(service, message);
    else if (dbus_message_is_method_call(message, BUS_MANAGER_INTERFACE, "UnregisterWriter"))
        service->withdrawals++;
    else if (dbus_message_is_signal(message, BUS_WRITER_INTERFACE, "StateChanged"))
        text_at(&iter, service->state, sizeof service->state);
    else if (dbus_message_is_signal(message, BUS_WRITER_INTERFACE, "Progress"))
        service->progress++;
    else if (dbus_message_is_signal(message, BUS_WRITER_INTERFACE, "Stopped")) {
        (void)dbus_message_iter_next(&iter);
        text_at(&iter, service->reason, sizeof service->reason);
        service->stops++;
    }
}

static void turn(struct fake_service *service, DBusPendingCall *pending)
{
    DBusMessage *message;
    assert_true(dbus_connection_read_write(service->connection, 10));
    if (pending)
        (void)dbus_connection_dispatch(service->connection); /* the reply among them */
    while (!pending && (message = dbus_connection_pop_message(service->connection)) != NULL) {
        take(service, message);
        dbus_message_unref(message);
    }
}

void fake_service_wait(struct fake_service *service, const unsigned *number, unsigned least)
{
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    while (*number < least && host_now_us() < until_us)
        turn(service, NULL);
    assert_true(*number >= least);
}

void fake_service_serve(struct fake_service *service, int ms)
{
    const uint64_t until_us = host_now_us() + (uint64_t)ms * 1000;
    do
        turn(service, NULL);
    while (host_now_us() < until_us);
}

static DBusHandlerResult filter(DBusConnection *connection, DBusMessage *message, void *data)
{
    (void)connection;
    if (dbus_message_get_type(message) == DBUS_MESSAGE_TYPE_METHOD_RETURN ||
        dbus_message_get_type(message) == DBUS_MESSAGE_TYPE_ERROR)
        return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
    take(data, message);
    return DBUS_HANDLER_RESULT_HANDLED;
}

DBusMessage *fake_service_call(struct fake_service *service, const char *method, int first_type, ...)
{
    DBusPendingCall *pending = NULL;
    DBusMessage *call = dbus_message_new_method_call(service->sender, service->writer, BUS_WRITER_INTERFACE, method);
    va_list arguments;
    va_start(arguments, first_type);
    assert_true(dbus_message_append_args_valist(call, first_type, arguments));
    va_end(arguments);
    if (strcmp(method, "OpenFile") == 0) { /* no options */
        DBusMessageIter iter, options;
        dbus_message_iter_init_append(call, &iter);
        (void)dbus_message_iter_open_container(&iter, DBUS_TYPE_ARRAY, "{sv}", &options);
        (void)dbus_message_iter_close_container(&iter, &options);
    }
    assert_true(dbus_connection_add_filter(service->connection, filter, service, NULL));
    assert_true(dbus_connection_send_with_reply(service->connection, call, &pending, PATIENCE_MS));
    assert_non_null(pending);
    while (!dbus_pending_call_get_completed(pending))
        turn(service, pending);
    dbus_connection_remove_filter(service->connection, filter, service);
    DBusMessage *reply = dbus_pending_call_steal_reply(pending);
    dbus_pending_call_unref(pending);
    dbus_message_unref(call);
    assert_non_null(reply);
    return reply;
}

const char *error_name(DBusMessage *reply)
{
    const char *name = dbus_message_get_error_name(reply);
    return name ? name : "";
}
