/* SPDX-License-Identifier: MIT */
/* service.c - see service.h. The order of the end: backups are stopped, the VSS writer lets go, then clients,
 * freezes, instances. */
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include "../os/os_text.h"
#include "config/config.h"
#include "engine_events.h"
#include "host/hosting.h"
#include "os/os_error.h"
#include "os/os_file.h"
#include "pipe.h"
#include "shadow.h"

enum { STEP_MS = 1000 };

/* Labels are paths of components to VSS. */
static const char *label_fault(const char *label)
{
    return strchr(label, '\\') ? "have no backslash" : NULL;
}

static const struct config_platform platform = {.label_fault = label_fault, .labels_are_one = os_text_is_same_name};

/* ---- the configuration ---- */

/* %ProgramData%\Coldstream\coldstream.conf. NULL: no memory. */
static char *usual_config(void)
{
    wchar_t folder[MAX_PATH];
    char *text = NULL, *own, *path;
    const DWORD length = GetEnvironmentVariableW(L"ProgramData", folder, MAX_PATH);
    const wchar_t *base = length > 0 && length < MAX_PATH ? folder : L"C:\\ProgramData";
    if (os_text_from_wide(base, wcslen(base), &text) < JET_errSuccess)
        return NULL;
    own = os_path_join(text, "Coldstream");
    path = own ? os_path_join(own, "coldstream.conf") : NULL;
    free(own);
    free(text);
    return path;
}

/* The usual file need not be there: a service that was only installed hosts nothing. For `free()`: `*ret_path`. */
static jet_err read_config(const wchar_t *given, char **ret_path, struct config **ret_config,
                           char error[CONFIG_ERROR_SIZE])
{
    struct os_path_info info;
    char *path = NULL;
    jet_err err = JET_errOutOfMemory;
    (void)snprintf(error, CONFIG_ERROR_SIZE, "out of memory");
    if (given)
        err = os_text_from_wide(given, wcslen(given), &path);
    else
        path = usual_config();
    if (!path)
        return err;
    err = !given && os_path_stat(path, &info) == JET_errFileNotFound
              ? config_defaults(ret_config)
              : config_read_files(path, &platform, ret_config, error);
    if (err < JET_errSuccess)
        free(path);
    else
        *ret_path = path;
    return err;
}

enum service_exit service_check_config(const wchar_t *given)
{
    char error[CONFIG_ERROR_SIZE];
    struct config *config;
    char *path;
    if (read_config(given, &path, &config, error) < JET_errSuccess) {
        (void)fprintf(stderr, "coldstreamd: %s\n", error);
        return SERVICE_EXIT_CONFIGURATION;
    }
    for (const struct config_file *file = config->files; file; file = file->next)
        printf("file %s\n", file->path);
    for (const struct config_instance *instance = config->instances; instance; instance = instance->next)
        printf("instance %s (%s:%u)\n", instance->label, instance->file, instance->line);
    config_free(config);
    free(path);
    return fflush(stdout) == 0 ? SERVICE_EXIT_DONE : SERVICE_EXIT_FAILED;
}

/* ---- events ---- */

static void report(struct event_log *log, unsigned long id, const char *one, const char *two)
{
    const char *const texts[] = {one, two};
    event_report(log, id, texts, two ? 2 : one ? 1 : 0);
}

static const char *words_of(jet_err err, char words[160])
{
    const char *name = jet_err_name(err);
    (void)snprintf(words, 160, "%s (%s, %ld)", jet_err_text(err), name ? name : "?", (long)err);
    return words;
}

static void freezing(void *log)
{
    event_log_hold(log);
}

static void released(void *log)
{
    event_log_release(log);
}

static void instance_changed(void *log, const char *label, enum host_instance_state state, jet_err err)
{
    char words[160];
    switch (state) {
    case HOST_INSTANCE_RUNNING: report(log, EVENT_INSTANCE_RUNNING, label, NULL); break;
    case HOST_INSTANCE_FAILED: report(log, EVENT_INSTANCE_FAILED, label, words_of(err, words)); break;
    case HOST_INSTANCE_CLOSED: report(log, EVENT_INSTANCE_CLOSED, label, NULL); break;
    default: break; /* those that are frozen are told together */
    }
}

static void frozen(void *log, uint32_t count, uint32_t timeout_ms)
{
    char number[16], limit[16];
    (void)snprintf(number, sizeof number, "%lu", (unsigned long)count);
    (void)snprintf(limit, sizeof limit, "%lu", (unsigned long)timeout_ms);
    report(log, EVENT_FROZEN, number, limit);
}

static void thawed(void *log, uint32_t count, jet_err err)
{
    char number[16], words[160];
    (void)snprintf(number, sizeof number, "%lu", (unsigned long)count);
    if (err >= JET_errSuccess)
        report(log, EVENT_THAWED, number, NULL);
    else if (err == JET_errOSSnapshotTimeOut)
        report(log, EVENT_THAWED_BY_DEADLINE, number, NULL);
    else
        report(log, EVENT_THAWED_BADLY, number, words_of(err, words));
}

static void backup_begun(void *log, const char *label)
{
    report(log, EVENT_BACKUP_BEGUN, label, NULL);
}

static void backup_ended(void *log, const char *label, jet_err err, const char *reason)
{
    char words[160];
    if (err >= JET_errSuccess)
        report(log, EVENT_BACKUP_DONE, label, NULL);
    else if (err == JET_errBackupAbortByServer)
        report(log, EVENT_BACKUP_STOPPED, label, *reason ? reason : "no reason was given");
    else
        report(log, EVENT_BACKUP_FAILED, label, words_of(err, words));
}

static const struct hosting_listener listener = {
    .freezing = freezing,
    .released = released,
    .instance_changed = instance_changed,
    .frozen = frozen,
    .thawed = thawed,
    .backup_begun = backup_begun,
    .backup_ended = backup_ended,
};

/* ---- running ---- */

static void tell_stopping(void *context)
{
    const struct service_order *order = context;
    order->tell(order->context, SERVICE_PHASE_STOPPING);
}

static void tell_started(const struct service_order *order, const char *path, const struct hosting *hosting)
{
    char count[24];
    const char *const texts[] = {COLDSTREAM_VERSION, path, count};
    (void)snprintf(count, sizeof count, "%llu", (unsigned long long)hosting_count(hosting));
    event_report(order->log, EVENT_STARTED, texts, COUNT_OF(texts));
}

static void stop_all_backups(struct hosting *hosting)
{
    struct hosting_failure failure;
    uint32_t count;
    jet_err_ignore(hosting_stop_backups(hosting, "", "the service ends", &count, &failure)); /* all: it cannot fail */
}

/* Clients may come while instances recover: they are told so. */
static void serve(const struct service_order *order, const char *path, struct hosting *hosting)
{
    while (!hosting_wait_opened(hosting, STEP_MS) && !os_event_wait(order->stop, 0))
        order->tell(order->context, SERVICE_PHASE_STARTING);
    struct shadow *shadow = shadow_open(order->name, hosting, order->log);
    order->tell(order->context, SERVICE_PHASE_RUNNING);
    tell_started(order, path, hosting);
    (void)os_event_wait(order->stop, OS_WAIT_FOREVER);
    order->tell(order->context, SERVICE_PHASE_STOPPING);
    stop_all_backups(hosting);
    shadow_close(shadow);
}

static enum service_exit fail_to_start(const struct service_order *order, const char *what, jet_err err)
{
    char words[160], text[400];
    (void)snprintf(text, sizeof text, "%s: %s", what, words_of(err, words));
    report(order->log, EVENT_START_FAILED, text, NULL);
    return SERVICE_EXIT_FAILED;
}

static enum service_exit host(const struct service_order *order, const char *path, const struct config *config)
{
    struct hosting_listener told = listener;
    struct hosting *hosting;
    struct pipe_server *pipe;
    enum service_exit status = SERVICE_EXIT_DONE;
    told.context = order->log;
    jet_err err = hosting_open(config, &told, &hosting);
    if (err < JET_errSuccess)
        return fail_to_start(order, "the engine", err);
    err = pipe_server_start(order->name, hosting, &pipe);
    if (err < JET_errSuccess) {
        status = fail_to_start(order, "the pipe", err);
    } else {
        serve(order, path, hosting);
        pipe_server_stop(pipe);
    }
    hosting_close(hosting, tell_stopping, (void *)(uintptr_t)order);
    return status;
}

enum service_exit service_run(const struct service_order *order)
{
    char error[CONFIG_ERROR_SIZE];
    struct config *config;
    char *path;
    order->tell(order->context, SERVICE_PHASE_STARTING);
    if (read_config(order->config, &path, &config, error) < JET_errSuccess) {
        report(order->log, EVENT_CONFIGURATION_WRONG, error, NULL);
        return SERVICE_EXIT_CONFIGURATION;
    }
    engine_events_to(order->log);
    const enum service_exit status = host(order, path, config);
    engine_events_to(NULL);
    config_free(config);
    free(path);
    if (status == SERVICE_EXIT_DONE)
        report(order->log, EVENT_STOPPED, NULL, NULL);
    return status;
}
