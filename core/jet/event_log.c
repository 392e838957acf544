/* SPDX-License-Identifier: MIT */
#include "jet/event_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backup/snapshot.h"
#include "base/compiler.h"
#include "isam/engine.h"
#include "os/os_event_log.h"

enum { LINE_MAX_SIZE = 1200 };

/* What the number of an event is about, if it has one. */
enum number_kind { NO_NUMBER, PAGE, GENERATION };

struct event_text {
    unsigned id;
    enum os_event_severity severity;
    const char *text;
    enum number_kind number;
};

/* clang-format off */
static const struct event_text texts[] = {
    {EVENT_LOG_INSTANCE_STOPPED,            OS_EVENT_INFORMATION, "the instance has stopped",                        NO_NUMBER},
    {EVENT_LOG_INSTANCE_STOPPED_WITH_ERROR, OS_EVENT_ERROR,       "the instance has stopped with an error",          NO_NUMBER},
    {EVENT_LOG_INSTANCE_STARTED,            OS_EVENT_INFORMATION, "the instance has started",                        NO_NUMBER},
    {EVENT_LOG_RESTORE_STARTED,             OS_EVENT_INFORMATION, "a restore has begun",                             NO_NUMBER},
    {EVENT_LOG_RESTORE_STOPPED,             OS_EVENT_INFORMATION, "a restore has ended",                             NO_NUMBER},
    {EVENT_LOG_RESTORE_FAILED,              OS_EVENT_ERROR,       "a restore has failed",                            NO_NUMBER},
    {ENGINE_BACKUP_NO_FULL,                 OS_EVENT_ERROR,       "an incremental backup without a full one before", NO_NUMBER},
    {ENGINE_BACKUP_BEGUN_FULL,              OS_EVENT_INFORMATION, "a full backup has begun",                         NO_NUMBER},
    {ENGINE_BACKUP_BEGUN_INCREMENTAL,       OS_EVENT_INFORMATION, "an incremental backup has begun",                 NO_NUMBER},
    {ENGINE_BACKUP_DONE,                    OS_EVENT_INFORMATION, "the backup has been completed",                   NO_NUMBER},
    {ENGINE_BACKUP_FAILED,                  OS_EVENT_ERROR,       "the backup has failed",                           NO_NUMBER},
    {ENGINE_BACKUP_ABORTED,                 OS_EVENT_WARNING,     "the backup was aborted by its client",            NO_NUMBER},
    {ENGINE_BACKUP_DATABASE_FAILED,         OS_EVENT_ERROR,       "a database could not be backed up",               NO_NUMBER},
    {ENGINE_BACKUP_LOG_FAILED,              OS_EVENT_ERROR,       "a log file could not be backed up",               NO_NUMBER},
    {ENGINE_BACKUP_HEADER_FAILED,           OS_EVENT_ERROR,       "the backup could not be noted in the headers",    NO_NUMBER},
    {ENGINE_BACKUP_FILE_BEGUN,              OS_EVENT_INFORMATION, "a file is being backed up",                       NO_NUMBER},
    {ENGINE_BACKUP_FILE_DONE,               OS_EVENT_INFORMATION, "a file has been backed up",                       NO_NUMBER},
    {ENGINE_BACKUP_FILE_INCOMPLETE,         OS_EVENT_WARNING,     "a file was not read to its end",                  NO_NUMBER},
    {ENGINE_BACKUP_LOGS,                    OS_EVENT_INFORMATION, "the log files to be backed up are known",         NO_NUMBER},
    {ENGINE_BACKUP_TRUNCATED,               OS_EVENT_INFORMATION, "log files that were backed up are deleted",       NO_NUMBER},
    {ENGINE_BACKUP_NOTHING_TO_TRUNCATE,     OS_EVENT_INFORMATION, "no log file can be deleted",                      NO_NUMBER},
    {ENGINE_BACKUP_STOPPED,                 OS_EVENT_WARNING,     "the backup was stopped by the server",            NO_NUMBER},
    {ENGINE_BACKUP_BEGUN_COPY,              OS_EVENT_INFORMATION, "an internal copy has begun",                      NO_NUMBER},
    {ENGINE_BACKUP_DONE_COPY,               OS_EVENT_INFORMATION, "the internal copy has been completed",            NO_NUMBER},
    {ENGINE_BACKUP_INCOMPLETE_COPY,         OS_EVENT_WARNING,     "a file was not read to its end",                  NO_NUMBER},
    {ENGINE_BACKUP_STOPPED_COPY,            OS_EVENT_WARNING,     "the internal copy was stopped by the server",     NO_NUMBER},
    {ENGINE_BACKUP_FILE_MISSING,            OS_EVENT_ERROR,       "a file to back up is missing",                    NO_NUMBER},
    {SNAPSHOT_EVENT_FREEZE_START,           OS_EVENT_INFORMATION, "the freeze begins",                               NO_NUMBER},
    {SNAPSHOT_EVENT_FREEZE_FAILED,          OS_EVENT_ERROR,       "the freeze has failed",                           NO_NUMBER},
    {SNAPSHOT_EVENT_FREEZE_STOP,            OS_EVENT_INFORMATION, "the freeze has ended",                            NO_NUMBER},
    {SNAPSHOT_EVENT_TIMED_OUT,              OS_EVENT_ERROR,       "the freeze took too long and was ended",          NO_NUMBER},
    {SNAPSHOT_EVENT_FULL,                   OS_EVENT_INFORMATION, "a full snapshot is being prepared",               NO_NUMBER},
    {SNAPSHOT_EVENT_END,                    OS_EVENT_INFORMATION, "the snapshot has been completed",                 NO_NUMBER},
    {SNAPSHOT_EVENT_ABORT,                  OS_EVENT_WARNING,     "the snapshot was aborted",                        NO_NUMBER},
    {SNAPSHOT_EVENT_INCREMENTAL,            OS_EVENT_INFORMATION, "an incremental snapshot is being prepared",       NO_NUMBER},
    {SNAPSHOT_EVENT_COPY,                   OS_EVENT_INFORMATION, "a copy snapshot is being prepared",               NO_NUMBER},
    {SNAPSHOT_EVENT_DIFFERENTIAL,           OS_EVENT_INFORMATION, "a differential snapshot is being prepared",       NO_NUMBER},
};

/* By enum engine_event. Id 0: not for the log (every generation would fill it), or told by its own number. */
static const struct event_text engine_texts[] = {
    [ENGINE_EVENT_FAILED]            = {492, OS_EVENT_ERROR,       "a fatal error: the instance must be restarted",   NO_NUMBER},
    [ENGINE_EVENT_VERSIONS_FULL]     = {623, OS_EVENT_ERROR,       "the version store is full",                       NO_NUMBER},
    [ENGINE_EVENT_PAGE_MENDED]       = {399, OS_EVENT_WARNING,     "a flipped bit was mended",                        PAGE},
    [ENGINE_EVENT_PAGE_DAMAGED]      = {474, OS_EVENT_ERROR,       "damage was found",                                PAGE},
    [ENGINE_EVENT_LOG_DISK_FULL]     = {429, OS_EVENT_ERROR,       "the disk of the log is full",                     NO_NUMBER},
    [ENGINE_EVENT_RECOVERY_BEGUN]    = {300, OS_EVENT_INFORMATION, "recovery begins",                                 GENERATION},
    [ENGINE_EVENT_RECOVERY_DONE]     = {302, OS_EVENT_INFORMATION, "recovery has ended",                              GENERATION},
    [ENGINE_EVENT_GENERATION_BEGUN]  = {0,   OS_EVENT_INFORMATION, NULL,                                              NO_NUMBER},
    [ENGINE_EVENT_DATABASE_ATTACHED] = {326, OS_EVENT_INFORMATION, "a database was attached",                         NO_NUMBER},
    [ENGINE_EVENT_DATABASE_DETACHED] = {327, OS_EVENT_INFORMATION, "a database was detached",                         NO_NUMBER},
    [ENGINE_EVENT_BACKUP]            = {0,   OS_EVENT_INFORMATION, NULL,                                              NO_NUMBER},
};
/* clang-format on */

void event_log_init(struct event_log *log, const struct param_set *set)
{
    const char *source = param_text(set, JET_paramEventSource);
    snprintf(log->source, sizeof log->source, "%s", source && *source ? source : "ESENT");
    log->is_silent = param_number(set, JET_paramEventLoggingLevel) == JET_EventLoggingDisable;
    log->no_information = param_number(set, JET_paramNoInformationEvent) != 0;
}

static void add(char *line, const char *format, const char *text)
{
    const size_t used = strlen(line);
    snprintf(line + used, LINE_MAX_SIZE - used, format, text);
}

/* "bank: a flipped bit was mended: page 71: /srv/bank.edb: JET_errReadVerifyFailure" */
static void write_line(const struct event_log *log, const char *instance, const struct event_text *event,
                       const struct engine_event_info *info)
{
    static const char *const number_names[] = {[PAGE] = ": page %s", [GENERATION] = ": generation %s"};
    char line[LINE_MAX_SIZE] = "";
    char number[24];
    if (log->is_silent || (log->no_information && event->severity == OS_EVENT_INFORMATION))
        return;
    if (*instance)
        add(line, "%s: ", instance);
    add(line, "%s", event->text);
    snprintf(number, sizeof number, "%" PRIu64, info->number);
    if (event->number != NO_NUMBER)
        add(line, number_names[event->number], number);
    if (info->text)
        add(line, ": %s", info->text);
    if (info->err < JET_errSuccess)
        add(line, ": %s", jet_err_text(info->err));
    os_event_log_write(log->source, event->severity, event->id, line);
}

static void write_by_id(const struct event_log *log, const char *instance, unsigned id,
                        const struct engine_event_info *info)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].id == id)
            write_line(log, instance, &texts[i], info);
}

void event_log_write(const struct event_log *log, const char *instance, unsigned id, jet_err err)
{
    const struct engine_event_info info = {.err = err};
    write_by_id(log, instance, id, &info);
}

void event_log_engine(const struct event_log *log, const char *instance, const struct engine_event_info *info)
{
    const struct event_text *event = &engine_texts[info->event];
    if (info->event == ENGINE_EVENT_BACKUP)
        write_by_id(log, instance, (unsigned)info->number, info);
    else if (event->id != 0)
        write_line(log, instance, event, info);
}
