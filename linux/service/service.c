/* SPDX-License-Identifier: MIT */
/* service.c - the life of the service: connect, take the name, open instances; signals; end everything in order.
 *
 * The end, for whatever reason: freezes are aborted and backups ended at once; when those have let go, instances are
 * closed; when they are, the loop ends. service_step() is called whenever something is gone. */
#include "service.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "backup.h"
#include "call.h"
#include "dispatch.h"
#include "instance.h"
#include "log.h"
#include "manager.h"
#include "marker.h"
#include "notify.h"
#include "snapshot.h"
#include "writer.h"

/* A client that sends more descriptors than the connection takes would disconnect the service: dbus-broker passes up to
 * 253. */
enum { DESCRIPTORS_MAX = 253, LOG_RETRY_MS = 500, NS_PER_MS = 1000000 };

void service_send(struct service *service, DBusMessage *message)
{
    if (!message)
        return;
    if (service->connection)
        (void)dbus_connection_send(service->connection, message, NULL);
    dbus_message_unref(message);
}

static bool any_recovers(const struct service *service)
{
    const struct instance *instance = service->instances;
    while (instance && (instance->is_closing || instance->info.state != HOST_INSTANCE_RECOVERING))
        instance = instance->next;
    return instance != NULL;
}

const char *service_state(const struct service *service)
{
    if (service->is_stopping)
        return "stopping";
    if (served_snapshot_any_frozen(service))
        return "frozen";
    return any_recovers(service) ? "starting" : "running";
}

/* --- the end --- */

static void close_instances(struct service *service)
{
    for (struct instance *instance = service->instances, *next; instance; instance = next) {
        next = instance->next;
        served_instance_close(instance);
    }
}

void service_step(struct service *service)
{
    if (!service->is_stopping || service->snapshots || service->backups)
        return;
    close_instances(service);
    if (!service->instances && !service->reload)
        bus_loop_quit(service->loop);
}

void service_stop(struct service *service, int exit_status)
{
    if (service->is_stopping)
        return;
    service->is_stopping = true;
    service->exit_status = exit_status;
    object_touch(&service->root, "State");
    notify_send("STOPPING=1");
    service_log(LOG_LEVEL_NOTICE, "stopping status=%d", exit_status);
    served_snapshot_close_all(service);
    for (struct backup *backup = service->backups, *next; backup; backup = next) {
        next = backup->next;
        served_backup_close(backup, JET_errBackupAbortByServer);
    }
    writer_close_all(service);
    service_step(service);
}

/* --- signals --- */

static void signal_is_ready(struct bus_source *source, short events)
{
    struct service *service = (struct service *)(void *)((char *)source - offsetof(struct service, signals));
    struct signalfd_siginfo info;
    (void)events;
    while (read(source->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGHUP)
            service_stop(service, 0);
        else if (!manager_reload(service))
            service_log(LOG_LEVEL_WARNING,
                        "the configuration is not read again now: there is a freeze, or it is being read");
    }
}

static bool open_signals(struct service *service)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL); /* in front of any thread */
    (void)signal(SIGPIPE, SIG_IGN);
    service->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    service->signals.events = POLLIN;
    service->signals.ready = signal_is_ready;
    if (service->signals.fd < 0)
        return false;
    bus_source_add(service->loop, &service->signals);
    return true;
}

/* --- timers --- */

static void ping_watchdog(struct bus_timer *timer)
{
    struct service *service = (struct service *)(void *)((char *)timer - offsetof(struct service, watchdog));
    const uint64_t interval = notify_watchdog_ns();
    notify_send("WATCHDOG=1");
    bus_timer_set(service->loop, timer, bus_loop_now_ns() + interval);
}

static void start_watchdog(struct service *service)
{
    service->watchdog.fire = ping_watchdog;
    if (notify_watchdog_ns() > 0)
        bus_timer_set(service->loop, &service->watchdog, 0);
}

static void retry_log(struct bus_timer *timer)
{
    (void)timer; /* the turn's idle call tries, and sets it again */
}

static void be_idle(void *context)
{
    struct service *service = context;
    object_tell_changes(service);
    if (service_log_flush() && !service->log_retry.is_set)
        bus_timer_set(service->loop, &service->log_retry, bus_loop_now_ns() + (uint64_t)LOG_RETRY_MS * NS_PER_MS);
}

/* --- start: the only place that waits --- */

static DBusConnection *connect_to(const char *address, DBusError *error)
{
    if (!address)
        return dbus_bus_get_private(DBUS_BUS_SYSTEM, error);
    DBusConnection *connection = dbus_connection_open_private(address, error);
    if (connection && !dbus_bus_register(connection, error)) {
        dbus_connection_close(connection);
        dbus_connection_unref(connection);
        return NULL;
    }
    return connection;
}

static bool take_name(struct service *service)
{
    DBusError error = DBUS_ERROR_INIT;
    const int result = dbus_bus_request_name(service->connection, BUS_SERVICE, DBUS_NAME_FLAG_DO_NOT_QUEUE, &error);
    if (result == DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER)
        return true;
    service_log(LOG_LEVEL_ERROR, "the name cannot be taken name=%s error=%s", BUS_SERVICE,
                dbus_error_is_set(&error) ? error.message : "another service has it");
    dbus_error_free(&error);
    return false;
}

static bool connect_service(struct service *service, const char *address)
{
    DBusError error = DBUS_ERROR_INIT;
    service->connection = connect_to(address, &error);
    if (!service->connection) {
        service_log(LOG_LEVEL_ERROR, "the bus cannot be reached error=%s", error.message ? error.message : "?");
        dbus_error_free(&error);
        return false;
    }
    dbus_connection_set_exit_on_disconnect(service->connection, FALSE);
    dbus_connection_set_max_message_unix_fds(service->connection, DESCRIPTORS_MAX);
    return dbus_connection_add_filter(service->connection, dispatch_message, service, NULL) &&
           bus_loop_attach(service->loop, service->connection) >= JET_errSuccess;
}

static void find_marker(struct service *service)
{
    struct marker marker;
    char path[4200];
    const char *folder = service->config->runtime_path ? service->config->runtime_path : getenv("RUNTIME_DIRECTORY");
    if (!folder || *folder != '/')
        return;
    (void)snprintf(path, sizeof path, "%.4000s/frozen", folder);
    service->marker_path = strdup(path);
    if (!marker_read(service->marker_path, &marker))
        return;
    service_log(LOG_LEVEL_WARNING, "the last run of the service ended while there was a freeze snapshots=%lu..%lu",
                (unsigned long)marker.first, (unsigned long)marker.last);
    service->freeze_expired = true;
    service->thaw_writers = true;
    service->thaw_writers_first = marker.first;
    service->thaw_writers_last = marker.last;
    service->thaw_writers_until_us = marker.until_us;
    service->last_snapshot = marker.last; /* a late call must not meet another freeze of the same number */
}

static bool start(struct service *service, const char *address)
{
    if (bus_loop_new(&service->loop) < JET_errSuccess || !open_signals(service) || !connect_service(service, address))
        return false;
    if (!object_add(service, &service->root, BUS_ROOT_PATH, &manager_interface, service))
        return false;
    find_marker(service);
    const struct config *config = service->config;
    const jet_err err = host_process_configure(config->max_instances, config->page_size, config->cache_pages_max);
    if (err < JET_errSuccess) {
        service_log(LOG_LEVEL_ERROR, "the engine refuses page_size, cache_pages_max or max_instances code=%ld",
                    (long)err);
        return false;
    }
    if (!take_name(service))
        return false;
    service->log_retry.fire = retry_log;
    bus_loop_set_idle(service->loop, be_idle, service);
    start_watchdog(service);
    served_instance_open_missing(service);
    notify_send("READY=1\nSTATUS=serving " BUS_SERVICE);
    service_log(LOG_LEVEL_INFO, "ready version=%s", COLDSTREAM_VERSION);
    return true;
}

static void finish(struct service *service)
{
    if (service->connection) {
        object_tell_changes(service);
        dbus_connection_flush(service->connection); /* the last signals; the loop has ended */
        bus_loop_detach(service->loop);
        DBusConnection *connection = service->connection;
        service->connection = NULL; /* what is still asked has nobody to tell */
        dbus_connection_remove_filter(connection, dispatch_message, service);
        dbus_connection_close(connection);
        dbus_connection_unref(connection);
    }
    while (service->calls)
        call_drop(service->calls);
    object_remove(service, &service->root);
    if (service->signals.fd >= 0)
        (void)close(service->signals.fd);
    bus_loop_free(service->loop);
    config_free(service->config);
    free(service->config_path);
    free(service->marker_path);
    service_log_end();
    dbus_shutdown();
}

int service_run(struct config *config, const char *config_path, const char *address)
{
    static struct service service; /* one in a program */
    service =
        (struct service){.config = config, .config_path = strdup(config_path), .exit_status = 1, .signals = {.fd = -1}};
    (void)dbus_threads_init_default();
    if (service.config_path && start(&service, address)) {
        service.exit_status = 0;
        bus_loop_run(service.loop);
    }
    finish(&service);
    return service.exit_status;
}
