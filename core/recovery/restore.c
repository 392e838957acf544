/* SPDX-License-Identifier: MIT */
#include "recovery/restore.h"

#include <stdlib.h>
#include <string.h>

#include "log/log_path.h"
#include "recovery/log_settings.h"
#include "recovery/restore_internal.h"

/* ---- what both share ---- */

jet_err restore_run_prepare(struct restore_run *run)
{
    struct logheader_disk header;
    jet_err err = log_restore_check(&run->log, &run->logs);
    if (err == JET_errSuccess)
        err = log_restore_header(&run->log, run->logs.folder, run->logs.low, &header);
    if (err < JET_errSuccess)
        return err;
    run->terms = (struct backup_copy_terms){
        .page_size = run->config->page_size,
        .log_signature = header.signature,
        .low = run->logs.low,
        .high = run->logs.high,
    };
    return JET_errSuccess;
}

jet_err restore_run_tidy(const struct restore_run *run)
{
    return log_restore_tidy(&run->log, &run->logs);
}

/* The last generation that will be replayed, by the names in the folder. */
static lgen_t last_generation(const struct restore_run *run)
{
    struct log_folder look;
    lgen_t last = run->logs.high;
    if (run->logs.target_folder)
        return run->logs.target_last > last ? run->logs.target_last : last;
    if (log_folder_look(&run->log, run->log.log_folder, &look) < JET_errSuccess)
        return last;
    if (look.newest > last)
        last = look.newest;
    return look.has_current ? last + 1 : last;
}

static void tell(const struct restore_run *run, enum restore_moment moment, unsigned percent)
{
    if (run->listener->tell)
        run->listener->tell(run->listener->context, moment, percent);
}

void restore_run_begin(struct restore_run *run)
{
    run->expected = last_generation(run) - run->logs.low + 1;
    tell(run, RESTORE_BEGUN, 0);
}

/* All copies together take as long as a tenth of the logs. */
void restore_run_expect_copies(struct restore_run *run, unsigned copies)
{
    run->copies = copies;
    run->copy_worth = run->expected / 10 / copies > 0 ? run->expected / 10 / copies : 1;
}

void restore_run_complete(struct restore_run *run)
{
    tell(run, RESTORE_COMPLETE, 100);
}

static void tell_progress(struct restore_run *run)
{
    const uint64_t all = ((uint64_t)run->expected + (uint64_t)run->copies * run->copy_worth) * 1000;
    const uint64_t done = (uint64_t)run->expected * run->permille + (uint64_t)run->copies_done * run->copy_worth * 1000;
    const unsigned percent = (unsigned)(done * 100 / all);
    if (percent <= run->percent)
        return;
    run->percent = percent;
    tell(run, RESTORE_PROGRESS, percent);
}

void restore_run_copied(struct restore_run *run)
{
    if (run->copies_done < run->copies)
        run->copies_done++;
    tell_progress(run);
}

static jet_err hear_progress(void *context, unsigned permille)
{
    struct restore_run *run = context;
    run->permille = permille;
    tell_progress(run);
    return JET_errSuccess;
}

static jet_err find_place(void *context, const char *path, const char **ret_path)
{
    const struct restore_run *run = context;
    return run->place(run->context, path, ret_path);
}

jet_err restore_run_replay(struct restore_run *run)
{
    const struct recovery_restore restore = {.logs = run->logs, .family = run->log.family};
    const struct recovery_options options = {
        .place = find_place, .restore = &restore, .progress = hear_progress, .context = run};
    return engine_restore(run->config, &options);
}

/* ---- databases that are at their places ---- */

struct external {
    const struct restore_external *options;
    bool *is_met; /* by the logs; for each entry of the map */
};

static jet_err place(void *context, const char *path, const char **ret_path)
{
    const struct external *external = context;
    *ret_path = NULL;
    for (size_t i = 0; i < external->options->map_count; i++) {
        if (strcmp(external->options->maps[i].path, path) != 0)
            continue;
        external->is_met[i] = true;
        *ret_path = external->options->maps[i].new_path;
        break;
    }
    return JET_errSuccess;
}

/* All of them are checked before one is changed. */
static jet_err for_each_copy(const struct restore_external *options, const struct backup_copy_terms *terms,
                             jet_err (*action)(const char *path, const struct backup_copy_terms *terms))
{
    for (size_t i = 0; i < options->map_count; i++) {
        jet_err err = options->maps[i].new_path ? action(options->maps[i].new_path, terms) : JET_errSuccess;
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err check_met(const struct external *external)
{
    for (size_t i = 0; i < external->options->map_count; i++)
        if (external->options->maps[i].new_path && !external->is_met[i])
            return JET_errAttachedDatabaseMismatch;
    return JET_errSuccess;
}

/* Where nobody said which logs, all that are there. */
static jet_err find_logs(struct restore_run *run, struct restore_external *options)
{
    lgen_t low, high;
    jet_err err = log_restore_range(&run->log, options->log_folder, &low, &high);
    if (err < JET_errSuccess)
        return err == JET_errInvalidPath ? JET_errFileNotFound : err;
    if (options->low == 0)
        options->low = low;
    if (options->high == 0)
        options->high = high;
    run->logs = (struct log_restore){
        .folder = options->log_folder,
        .low = options->low,
        .high = options->high,
        .target_folder = options->target_folder,
        .target_last = options->target_last,
    };
    return JET_errSuccess;
}

static jet_err run_external(struct restore_run *run, struct restore_external *options, struct external *external)
{
    jet_err err = find_logs(run, options);
    if (err == JET_errSuccess)
        err = restore_run_prepare(run);
    if (err == JET_errSuccess)
        err = for_each_copy(options, &run->terms, backup_copy_check);
    if (err == JET_errSuccess)
        err = restore_run_tidy(run);
    if (err == JET_errSuccess)
        err = for_each_copy(options, &run->terms, backup_copy_patch);
    if (err < JET_errSuccess)
        return err;
    run->place = place;
    run->context = external;
    restore_run_begin(run);
    err = restore_run_replay(run);
    if (err == JET_errSuccess)
        err = check_met(external);
    if (err == JET_errSuccess)
        restore_run_complete(run);
    return err;
}

jet_err restore_external(const struct engine_config *config, struct restore_external *options)
{
    struct restore_run run = {.config = config, .listener = &options->listener, .log = log_settings(config)};
    struct external external = {.options = options};
    external.is_met = calloc(options->map_count + 1, sizeof *external.is_met);
    if (!external.is_met)
        return JET_errOutOfMemory;
    jet_err err = run_external(&run, options, &external);
    free(external.is_met);
    return err;
}
