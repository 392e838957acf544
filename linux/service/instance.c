/* SPDX-License-Identifier: MIT */
#include "instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "backup.h"
#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "../bus/bus_path.h"
#include "call.h"
#include "introspection.h"
#include "log.h"
#include "peer.h"
#include "service.h"
#include "writer.h"

static const char *const state_names[] = {
    [HOST_INSTANCE_CLOSED] = "closed", [HOST_INSTANCE_RECOVERING] = "recovering", [HOST_INSTANCE_RUNNING] = "running",
    [HOST_INSTANCE_FROZEN] = "frozen", [HOST_INSTANCE_FAILED] = "failed",
};

const char *served_instance_state_name(enum host_instance_state state)
{
    return state_names[state];
}

bool served_instance_state_of_name(const char *name, enum host_instance_state *ret_state)
{
    for (size_t i = 0; i < COUNT_OF(state_names); i++) {
        if (strcmp(state_names[i], name) != 0)
            continue;
        *ret_state = (enum host_instance_state)i;
        return true;
    }
    return false;
}

enum host_instance_state served_instance_state(const struct instance *instance)
{
    return instance->host ? host_instance_state(instance->host) : instance->info.state;
}

struct instance *served_instance_find(const struct service *service, const char *label)
{
    struct instance *instance = service->instances;
    while (instance && (instance->is_closing || strcmp(instance->info.label, label) != 0))
        instance = instance->next;
    return instance;
}

/* --- what changes --- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_databases(const struct host_instance_info *a, const struct host_instance_info *b)
{
    bool same = a->database_count == b->database_count;
    for (size_t i = 0; same && i < a->database_count; i++)
        same = same_text(a->databases[i].path, b->databases[i].path) &&
               a->databases[i].size_bytes == b->databases[i].size_bytes;
    return same;
}

static bool same_last(const struct host_last_backup *a, const struct host_last_backup *b)
{
    return a->time_us == b->time_us && a->first_generation == b->first_generation &&
           a->last_generation == b->last_generation;
}

/* The properties that are told, and what each looks at. */
static void touch_changes(struct instance *instance, const struct host_instance_info *before)
{
    const struct host_instance_info *now = &instance->info;
    /* clang-format off */
    const struct {
        const char *property;
        bool same;
    } rows[] = {
        {"State", before->state == now->state},
        {"Error", before->error == now->error},
        {"SystemPath", same_text(before->system_path, now->system_path)},
        {"LogPath", same_text(before->log_path, now->log_path)},
        {"BaseName", same_text(before->base_name, now->base_name)},
        {"Databases", same_databases(before, now)},
        {"CircularLogging", before->is_circular == now->is_circular},
        {"LogGenerationFirst", before->first_generation == now->first_generation},
        {"LogGenerationCurrent", before->current_generation == now->current_generation},
        {"LastFullBackup", same_last(&before->last_full, &now->last_full)},
        {"LastIncrementalBackup", same_last(&before->last_incremental, &now->last_incremental)},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (!rows[i].same)
            object_touch(&instance->object, rows[i].property);
    if (before->state != now->state) {
        service_log(now->state == HOST_INSTANCE_FAILED ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
                    "instance %s instance=%s code=%ld", served_instance_state_name(now->state), now->label,
                    (long)now->error);
        object_touch(&instance->service->root, "State");
    }
}

void served_instance_set_info(struct instance *instance, struct host_instance_info *info)
{
    struct host_instance_info before = instance->info;
    instance->info = *info;
    touch_changes(instance, &before);
    host_instance_info_done(&before);
}

/* In the loop: the host's threads have said that something may be different. */
static void look_again(struct bus_job *job)
{
    struct instance *instance = (struct instance *)(void *)((char *)job - offsetof(struct instance, changed));
    struct host_instance_info info;
    atomic_store(&instance->is_changed, false);
    if (instance->is_closing || host_instance_info_get(instance->host, &info) < JET_errSuccess)
        return; /* without memory: the next change tells it */
    served_instance_set_info(instance, &info);
}

static void changed(void *context, struct host_instance *host)
{
    struct instance *instance = context;
    (void)host;
    if (!atomic_exchange(&instance->is_changed, true))
        bus_loop_post(instance->service->loop, &instance->changed);
}

/* --- coming --- */

static bool put_on_bus(struct instance *instance)
{
    char element[BUS_ELEMENT_SIZE];
    char path[sizeof BUS_INSTANCE_FOLDER + BUS_ELEMENT_SIZE];
    if (!bus_path_escape(instance->info.label, element))
        return false;
    (void)snprintf(path, sizeof path, "%s%s", BUS_INSTANCE_FOLDER, element);
    return object_add(instance->service, &instance->object, path, &instance_interface, instance);
}

static void end_job(struct bus_job *job);

static struct instance *new_instance(struct service *service)
{
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return NULL;
    instance->service = service;
    instance->changed.run = look_again;
    instance->end.run = end_job;
    return instance;
}

static void link_instance(struct instance *instance)
{
    struct instance **last = &instance->service->instances;
    while (*last)
        last = &(*last)->next;
    *last = instance;
}

static void closed(void *context, struct host_answer *answer);

static jet_err open_host(struct instance *instance, const struct config_instance *config)
{
    struct host_instance_config host_config = {0};
    host_config.label = config->label;
    host_config.system_path = config->system_path;
    host_config.log_path = config->log_path;
    host_config.temporary_path = config->temporary_path;
    host_config.base_name = config->base_name;
    host_config.databases = (const char *const *)config->databases;
    host_config.database_count = config->count_databases;
    host_config.is_circular = config->circular_logging;
    host_config.make_missing = config->make_missing;
    host_config.log_file_kib = config->log_file_kib;
    const struct host_instance_listener listener = {instance, changed};
    if (!answer_expect(instance->service, closed, instance, &instance->close_call))
        return JET_errOutOfMemory;
    jet_err err = host_instance_open(&host_config, &listener, &instance->host);
    if (err < JET_errSuccess) {
        answer_forget(&instance->close_call);
        return err;
    }
    return host_instance_info_get(instance->host, &instance->info);
}

static void open_one(struct service *service, const struct config_instance *config)
{
    jet_err err = JET_errOutOfMemory;
    struct instance *instance = new_instance(service);
    if (instance)
        err = open_host(instance, config);
    if (err >= JET_errSuccess) {
        link_instance(instance);
        if (!put_on_bus(instance))
            served_instance_close(instance);
        return;
    }
    service_log(LOG_LEVEL_ERROR, "the instance cannot be opened instance=%s file=%s:%u code=%ld", config->label,
                config->file, config->line, (long)err);
    if (instance && instance->host) { /* the copy of what is known failed */
        link_instance(instance);
        served_instance_close(instance);
        return;
    }
    free(instance);
}

/* Of any state: the files of one that is closing are still in use. */
static bool is_there(const struct service *service, const char *label)
{
    for (const struct instance *instance = service->instances; instance; instance = instance->next)
        if (instance->info.label && strcmp(instance->info.label, label) == 0)
            return true;
    return false;
}

void served_instance_open_missing(struct service *service)
{
    if (service->is_stopping)
        return;
    for (const struct config_instance *config = service->config->instances; config; config = config->next)
        if (!is_there(service, config->label))
            open_one(service, config);
}

struct instance *served_instance_add_registered(struct service *service, struct writer *writer,
                                                const struct host_instance_info *info)
{
    struct instance *instance = new_instance(service);
    if (!instance)
        return NULL;
    instance->writer = writer;
    instance->info = *info;
    instance->object.owner = writer->peer;
    if (!put_on_bus(instance)) {
        free(instance);
        return NULL;
    }
    link_instance(instance);
    return instance;
}

/* --- going --- */

/* Behind every job that could still look at it. */
static void end_job(struct bus_job *job)
{
    struct instance *instance = (struct instance *)(void *)((char *)job - offsetof(struct instance, end));
    struct service *service = instance->service;
    for (struct instance **link = &service->instances; *link; link = &(*link)->next) {
        if (*link != instance)
            continue;
        *link = instance->next;
        break;
    }
    host_instance_info_done(&instance->info);
    free(instance);
    served_instance_open_missing(service);
    service_step(service);
}

static void free_when_unused(struct instance *instance)
{
    if (!instance->is_closed || instance->users > 0)
        return;
    host_instance_free(instance->host);
    instance->host = NULL;
    bus_loop_post(instance->service->loop, &instance->end);
}

static void closed(void *context, struct host_answer *answer)
{
    struct instance *instance = context;
    service_log(answer->err < JET_errSuccess ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "instance ended instance=%s code=%ld",
                instance->info.label ? instance->info.label : "?", (long)answer->err);
    host_answer_free(answer);
    instance->is_closed = true;
    free_when_unused(instance);
}

void served_instance_close(struct instance *instance)
{
    if (instance->is_closing)
        return;
    instance->is_closing = true;
    if (instance->parked)
        call_fail(instance->parked, JET_errTermInProgress, NULL);
    instance->parked = NULL;
    for (struct backup *backup = instance->service->backups, *next; backup; backup = next) {
        next = backup->next;
        if (backup->instance == instance)
            served_backup_close(backup, JET_errBackupAbortByServer);
    }
    object_remove(instance->service, &instance->object);
    instance->object.owner = NULL;
    instance->writer = NULL;
    if (instance->host) {
        host_instance_close(instance->host, &instance->close_call);
        return;
    }
    instance->is_closed = true;
    free_when_unused(instance);
}

static const struct config_instance *config_of(const struct config *config, const char *label)
{
    const struct config_instance *instance = config->instances;
    while (instance && strcmp(instance->label, label) != 0)
        instance = instance->next;
    return instance;
}

/* Does the new configuration have it the same way? */
static bool is_wanted(const struct instance *instance, const struct config *next)
{
    const struct config_instance *before = config_of(instance->service->config, instance->info.label);
    const struct config_instance *then = config_of(next, instance->info.label);
    return before && then && config_instance_equal(before, then);
}

void served_instance_close_unwanted(struct service *service, const struct config *config)
{
    for (struct instance *instance = service->instances, *next; instance; instance = next) {
        next = instance->next;
        if (instance->host && !is_wanted(instance, config))
            served_instance_close(instance);
    }
}

void served_instance_hold(struct instance *instance)
{
    instance->users++;
}

void served_instance_release(struct instance *instance)
{
    instance->users--;
    free_when_unused(instance);
}

/* --- methods --- */

static void begin_backup(struct call *call, void *self, DBusMessageIter *args)
{
    served_backup_begin(call, self, args);
}

static void stopped(void *context, struct host_answer *answer)
{
    struct call *call = context;
    if (answer->err < JET_errSuccess)
        call_fail_answer(call, answer);
    else
        call_reply_u32(call, answer->count);
    host_answer_free(answer);
}

static void stop_backups(struct call *call, void *self, DBusMessageIter *args)
{
    struct instance *instance = self;
    const char *reason = bus_get_text(args);
    struct host_call host_call;
    if (instance->writer) {
        writer_stop(instance->writer, call, reason);
        return;
    }
    if (!answer_expect(call->service, stopped, call, &host_call)) {
        call_fail(call, JET_errOutOfMemory, NULL);
        return;
    }
    service_log(LOG_LEVEL_NOTICE, "backups are stopped instance=%s uid=%lu reason=%s", instance->info.label,
                (unsigned long)call->peer->uid, reason);
    host_instance_stop_backups(instance->host, reason, &host_call);
}

static const struct method methods[] = {
    {"BeginBackup", "ua{sv}", "o", ACCESS_BACKUP, 0, begin_backup},
    {"StopBackups", "s",      "u", ACCESS_STOP,   0, stop_backups},
};

/* --- properties --- */

static void get_label(void *self, struct bus_put *put)
{
    bus_put_text(put, ((struct instance *)self)->info.label);
}

static void get_kind(void *self, struct bus_put *put)
{
    bus_put_text(put, ((struct instance *)self)->host ? "configured" : "registered");
}

static void get_state(void *self, struct bus_put *put)
{
    bus_put_text(put, served_instance_state_name(((struct instance *)self)->info.state));
}

static void get_owner(void *self, struct bus_put *put)
{
    const struct peer *owner = ((struct instance *)self)->object.owner;
    bus_put_text(put, owner ? owner->name : "");
}

static void get_owner_uid(void *self, struct bus_put *put)
{
    const struct peer *owner = ((struct instance *)self)->object.owner;
    bus_put_u32(put, owner ? owner->uid : UINT32_MAX);
}

static void get_owner_pid(void *self, struct bus_put *put)
{
    const struct peer *owner = ((struct instance *)self)->object.owner;
    bus_put_u32(put, owner ? owner->pid : 0);
}

static void put_optional_name(struct bus_put *put, const char *name)
{
    bus_put_name(put, name ? name : "");
}

static void get_system_path(void *self, struct bus_put *put)
{
    put_optional_name(put, ((struct instance *)self)->info.system_path);
}

static void get_log_path(void *self, struct bus_put *put)
{
    put_optional_name(put, ((struct instance *)self)->info.log_path);
}

static void get_base_name(void *self, struct bus_put *put)
{
    const char *name = ((struct instance *)self)->info.base_name;
    bus_put_text(put, name ? name : "");
}

static void get_databases(void *self, struct bus_put *put)
{
    const struct host_instance_info *info = &((struct instance *)self)->info;
    served_backup_put_files(put, info->databases, info->database_count);
}

static void get_first(void *self, struct bus_put *put)
{
    bus_put_u32(put, ((struct instance *)self)->info.first_generation);
}

static void get_current(void *self, struct bus_put *put)
{
    bus_put_u32(put, ((struct instance *)self)->info.current_generation);
}

static void get_circular(void *self, struct bus_put *put)
{
    bus_put_bool(put, ((struct instance *)self)->info.is_circular);
}

static void put_last(struct bus_put *put, const struct host_last_backup *last)
{
    bus_put_open(put, DBUS_TYPE_STRUCT, NULL);
    bus_put_u64(put, last->time_us);
    bus_put_u32(put, last->first_generation);
    bus_put_u32(put, last->last_generation);
    bus_put_close(put);
}

static void get_last_full(void *self, struct bus_put *put)
{
    put_last(put, &((struct instance *)self)->info.last_full);
}

static void get_last_incremental(void *self, struct bus_put *put)
{
    put_last(put, &((struct instance *)self)->info.last_incremental);
}

static void get_active_backup(void *self, struct bus_put *put)
{
    const struct backup *backup = ((struct instance *)self)->backup;
    bus_put_path(put, backup && backup->object.path ? backup->object.path : "/");
}

static void get_error(void *self, struct bus_put *put)
{
    bus_put_i32(put, ((struct instance *)self)->info.error);
}

static const struct property properties[] = {
    {"Label",                 "s",      EMITS_CONST, get_label           },
    {"Kind",                  "s",      EMITS_CONST, get_kind            },
    {"State",                 "s",      EMITS_TRUE,  get_state           },
    {"Owner",                 "s",      EMITS_CONST, get_owner           },
    {"OwnerUid",              "u",      EMITS_CONST, get_owner_uid       },
    {"OwnerPid",              "u",      EMITS_CONST, get_owner_pid       },
    {"SystemPath",            "ay",     EMITS_TRUE,  get_system_path     },
    {"LogPath",               "ay",     EMITS_TRUE,  get_log_path        },
    {"BaseName",              "s",      EMITS_TRUE,  get_base_name       },
    {"Databases",             "a(ayt)", EMITS_TRUE,  get_databases       },
    {"LogGenerationFirst",    "u",      EMITS_TRUE,  get_first           },
    {"LogGenerationCurrent",  "u",      EMITS_TRUE,  get_current         },
    {"CircularLogging",       "b",      EMITS_TRUE,  get_circular        },
    {"LastFullBackup",        "(tuu)",  EMITS_TRUE,  get_last_full       },
    {"LastIncrementalBackup", "(tuu)",  EMITS_TRUE,  get_last_incremental},
    {"ActiveBackup",          "o",      EMITS_TRUE,  get_active_backup   },
    {"Error",                 "i",      EMITS_TRUE,  get_error           },
};

const struct interface instance_interface = {
    BUS_INSTANCE_INTERFACE, introspection_instance, methods, COUNT_OF(methods), properties, COUNT_OF(properties),
};
