/* SPDX-License-Identifier: MIT */
#include "manager.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "backup.h"
#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "call.h"
#include "config.h"
#include "instance.h"
#include "introspection.h"
#include "log.h"
#include "os/os_thread.h"
#include "peer.h"
#include "service.h"
#include "snapshot.h"
#include "writer.h"

/* --- instances --- */

static void list_instances(struct call *call, void *self, DBusMessageIter *args)
{
    struct service *service = self;
    struct bus_put put;
    (void)args;
    DBusMessage *reply = call_reply_begin(call, &put);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "(sos)");
    for (const struct instance *instance = service->instances; instance; instance = instance->next) {
        if (instance->is_closing)
            continue;
        bus_put_open(&put, DBUS_TYPE_STRUCT, NULL);
        bus_put_text(&put, instance->info.label);
        bus_put_path(&put, instance->object.path);
        bus_put_text(&put, served_instance_state_name(instance->info.state));
        bus_put_close(&put);
    }
    bus_put_close(&put);
    call_reply_end(call, reply, &put);
}

static void get_instance(struct call *call, void *self, DBusMessageIter *args)
{
    const struct instance *instance = served_instance_find(self, bus_get_text(args));
    if (instance)
        call_reply_path(call, instance->object.path);
    else
        call_fail_named(call, BUS_ERROR_NO_SUCH_INSTANCE, "there is no instance of this label");
}

/* --- freeze, thaw --- */

static void freeze(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    served_snapshot_freeze(call, args);
}

static void thaw(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    (void)args;
    served_snapshot_thaw_all(call);
}

/* --- StopAllBackups --- */

struct stop_all {
    struct call *call;
    unsigned waiting;
    uint32_t count;
    jet_err err; /* the first */
};

static void one_less(struct stop_all *stop)
{
    if (--stop->waiting > 0)
        return;
    if (stop->err < JET_errSuccess && stop->count == 0)
        call_fail(stop->call, stop->err, NULL);
    else
        call_reply_u32(stop->call, stop->count);
    free(stop);
}

static void one_stopped(void *context, struct host_answer *answer)
{
    struct stop_all *stop = context;
    /* One that does not run has no backups. */
    if (answer->err >= JET_errSuccess)
        stop->count += answer->count;
    else if (answer->err != JET_errInvalidParameter && stop->err >= JET_errSuccess)
        stop->err = answer->err;
    host_answer_free(answer);
    one_less(stop);
}

static void stop_one(struct stop_all *stop, struct instance *instance, const char *reason)
{
    struct host_call host_call;
    if (instance->is_closing)
        return;
    if (instance->writer) {
        stop->count += instance->backup && !instance->backup->was_stopped;
        writer_stop_quietly(instance->writer, reason);
        return;
    }
    if (!answer_expect(stop->call->service, one_stopped, stop, &host_call)) {
        stop->err = JET_errOutOfMemory;
        return;
    }
    stop->waiting++;
    host_instance_stop_backups(instance->host, reason, &host_call);
}

static void stop_all_backups(struct call *call, void *self, DBusMessageIter *args)
{
    struct service *service = self;
    const char *reason = bus_get_text(args);
    struct stop_all *stop = calloc(1, sizeof *stop);
    if (!stop) {
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    service_log(LOG_LEVEL_NOTICE, "all backups are stopped uid=%lu reason=%s", (unsigned long)call->peer->uid, reason);
    *stop = (struct stop_all){.call = call, .waiting = 1};
    for (struct instance *instance = service->instances; instance; instance = instance->next)
        stop_one(stop, instance, reason);
    one_less(stop);
}

/* --- writers --- */

static void register_writer(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    writer_register(call, args);
}

static void unregister_writer(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    writer_unregister(call, args);
}

/* --- Reload --- */

/* One at a time, as the service has it. */
struct reload {
    struct bus_job job;
    struct service *service;
    struct call *call; /* NULL: SIGHUP */
    struct os_thread *thread;
    struct config *config;
    jet_err err;
    char error[CONFIG_ERROR_SIZE];
};

static void take_config(struct service *service, struct config *config)
{
    served_instance_close_unwanted(service, config);
    config_free(service->config);
    service->config = config;
    service_log_set_level((enum log_level)config->log_level);
    served_instance_open_missing(service);
    service_log(LOG_LEVEL_NOTICE, "the configuration was read again file=%s", service->config_path);
}

static void refuse_config(const struct reload *reload)
{
    service_log(LOG_LEVEL_ERROR, "the configuration stays as it was error=%s", reload->error);
    if (reload->call)
        call_fail_named(reload->call, BUS_ERROR_CONFIG_INVALID, reload->error);
}

/* In the loop. */
static void config_was_read(struct bus_job *job)
{
    struct reload *reload = (struct reload *)job;
    struct service *service = reload->service;
    os_thread_join(reload->thread);
    service->reload = NULL;
    if (reload->err >= JET_errSuccess && !service->is_stopping) {
        take_config(service, reload->config);
        if (reload->call)
            call_reply_empty(reload->call);
    } else if (reload->err >= JET_errSuccess) {
        config_free(reload->config);
        if (reload->call)
            call_fail(reload->call, JET_errTermInProgress, NULL);
    } else {
        refuse_config(reload);
    }
    free(reload);
    service_step(service);
}

/* In a thread of its own: the files may lie on a slow disk, and users in a slow database. */
static void read_config(void *context)
{
    struct reload *reload = context;
    reload->err = config_read_here(reload->service->config_path, &reload->config, reload->error);
    bus_loop_post(reload->service->loop, &reload->job);
}

static bool start_reload(struct service *service, struct call *call)
{
    struct reload *reload = service->reload ? NULL : calloc(1, sizeof *reload);
    if (!reload)
        return false;
    reload->job.run = config_was_read;
    reload->service = service;
    reload->call = call;
    service->reload = reload;
    if (os_thread_start(read_config, reload, &reload->thread) >= JET_errSuccess)
        return true;
    service->reload = NULL;
    free(reload);
    return false;
}

bool manager_reload(struct service *service)
{
    return !served_snapshot_any_frozen(service) && start_reload(service, NULL);
}

static void reload(struct call *call, void *self, DBusMessageIter *args)
{
    (void)args;
    if (!start_reload(self, call))
        call_fail_named(call, BUS_ERROR_BUSY, "the configuration is being read already");
}

/* clang-format off */
static const struct method methods[] = {
    {"ListInstances",    "",         "a(sos)", ACCESS_STATUS, METHOD_WHEN_STOPPING, list_instances},
    {"GetInstance",      "s",        "o",      ACCESS_STATUS, METHOD_WHEN_STOPPING, get_instance},
    {"Freeze",           "asa{sv}",  "o",      ACCESS_FREEZE, 0,                    freeze},
    {"Thaw",             "",         "u",      ACCESS_FREEZE, METHOD_WHEN_STOPPING, thaw},
    {"StopAllBackups",   "s",        "u",      ACCESS_STOP,   METHOD_WHEN_STOPPING, stop_all_backups},
    {"RegisterWriter",   "soa{sv}",  "o",      ACCESS_WRITER, 0,                    register_writer},
    {"UnregisterWriter", "o",        "",       ACCESS_WRITER, METHOD_WHEN_STOPPING, unregister_writer},
    {"Reload",           "",         "",       ACCESS_ADMIN,  METHOD_NOT_FROZEN,    reload},
};
/* clang-format on */

/* --- properties --- */

static void get_version(void *self, struct bus_put *put)
{
    (void)self;
    bus_put_text(put, COLDSTREAM_VERSION);
}

static void get_api_version(void *self, struct bus_put *put)
{
    (void)self;
    bus_put_u32(put, 1);
}

static void get_state(void *self, struct bus_put *put)
{
    bus_put_text(put, service_state(self));
}

static void get_active_backups(void *self, struct bus_put *put)
{
    uint32_t count = 0;
    for (const struct backup *backup = ((struct service *)self)->backups; backup; backup = backup->next)
        count += backup->object.path != NULL;
    bus_put_u32(put, count);
}

static void get_freeze_deadline(void *self, struct bus_put *put)
{
    bus_put_u64(put, served_snapshot_deadline_us(self));
}

static const struct property properties[] = {
    {"Version",        "s", EMITS_CONST, get_version        },
    {"ApiVersion",     "u", EMITS_CONST, get_api_version    },
    {"State",          "s", EMITS_TRUE,  get_state          },
    {"ActiveBackups",  "u", EMITS_TRUE,  get_active_backups },
    {"FreezeDeadline", "t", EMITS_TRUE,  get_freeze_deadline},
};

const struct interface manager_interface = {
    BUS_MANAGER_INTERFACE, introspection_manager, methods, COUNT_OF(methods), properties, COUNT_OF(properties),
};
