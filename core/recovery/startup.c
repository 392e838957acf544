/* SPDX-License-Identifier: MIT */
/* startup.c - the order of things when an instance starts.
 *
 *      look at the log --NEW-----> open --> Init2 --> run
 *                      --CLEAN---> the size and names that are wanted? --> open --> Init2 --> run
 *                      --RECOVER-> redo, undo --> (closed as by a clean shutdown) --> as CLEAN
 *
 * After a recovery the log stream is closed and looked at again: what it left is a clean log like any other, and the
 * way into the running state is one.
 */
#include "recovery/startup.h"

#include <stdlib.h>

#include "log/log_stream.h"
#include "recovery/checkpoint.h"
#include "recovery/log_settings.h"
#include "recovery/marks.h"
#include "recovery/recovery_internal.h"

static unsigned look_flags(const struct recovery_options *options)
{
    unsigned flags = 0;
    if (options->flags & RECOVERY_LOG_STREAM_MUST_EXIST)
        flags |= LOG_STARTUP_MUST_EXIST;
    if (options->flags & RECOVERY_ALLOW_MISSING_CURRENT)
        flags |= LOG_STARTUP_ALLOW_MISSING_CURRENT;
    return flags;
}

static jet_err look(const struct engine *engine, const struct recovery_options *options, struct log_config *ret_config,
                    struct log_startup *ret_startup)
{
    *ret_config = log_settings(&engine->config);
    return log_startup_look(ret_config, look_flags(options), options->listener, ret_startup);
}

/* A current log that cannot be read is a lost one, if lost ones may be ignored and there are others. */
static jet_err look_without_current(const struct recovery_options *options, const struct log_config *config,
                                    jet_err err, struct log_startup *ret_startup)
{
    const unsigned flags = look_flags(options) | LOG_STARTUP_WITHOUT_CURRENT | LOG_STARTUP_ALLOW_MISSING_CURRENT;
    if (err != JET_errLogFileCorrupt || !(options->flags & RECOVERY_IGNORE_LOST_LOGS))
        return err;
    if (log_startup_look(config, flags, options->listener, ret_startup) < JET_errSuccess ||
        ret_startup->kind == LOG_STARTUP_NEW)
        return err;
    ret_startup->kind = LOG_STARTUP_RECOVER;
    return JET_errSuccess;
}

/* ---- into the running state ---- */

/* The logs have another size or other names than the application wants. All databases are clean: with circular logging,
 * and if it agrees, nothing speaks against beginning anew. */
static jet_err settle_mismatch(const struct engine *engine, struct log_config *config, struct log_startup *startup)
{
    const bool other_size = engine->config.log_file_kib != 0 && startup->segments != config->segments;
    const bool other_names = startup->family != config->family;
    if (startup->kind == LOG_STARTUP_NEW)
        return JET_errSuccess;
    if (!other_size)
        config->segments = startup->segments;
    if (!other_size && !other_names)
        return JET_errSuccess;
    if (!engine->config.circular_log || !engine->config.cleanup_mismatched_logs)
        return JET_errLogFileSizeMismatchDatabasesConsistent;
    const lgen_t next = other_size ? 1 : startup->resume.generation + 1;
    struct log_config found = *config;
    found.family = startup->family;
    jet_err err = log_startup_delete(&found);
    startup->resume = (struct log_resume){.is_new = true, .generation = next};
    return err;
}

/* All closed logs go, and first the checkpoint leaves them: it may stand in the last of them. */
static jet_err truncate_logs(struct engine *engine)
{
    jet_err err = checkpoint_advance(engine, UINT64_MAX);
    return err == JET_errSuccess ? log_truncate(engine->log, log_generation(engine->log)) : err;
}

static jet_err run(struct engine *engine, const struct recovery_options *options, struct log_config *config,
                   struct log_startup *startup)
{
    jet_err err = settle_mismatch(engine, config, startup);
    if (err == JET_errSuccess && !startup->resume.is_new)
        err = log_startup_repair(config, startup);
    if (err == JET_errSuccess)
        err = open_log(engine, config, &startup->resume);
    if (err == JET_errSuccess)
        err = log_state(engine->log);
    if (err == JET_errLogSequenceEnd)
        err = JET_errLogSequenceEndDatabasesConsistent;
    if (err == JET_errSuccess)
        err = mark_init(engine->log, &engine->lgpos_init);
    if (err == JET_errSuccess && (options->flags & RECOVERY_TRUNCATE_LOGS))
        err = truncate_logs(engine);
    if (err == JET_errSuccess)
        err = checkpoint_start(engine);
    return err == JET_errSuccess ? engine_run(engine) : err;
}

/* ---- recovery ---- */

/* From a log that was looked at to clean databases. Warnings as engine_start(). */
static jet_err recover_from(struct engine *engine, const struct recovery_options *options,
                            const struct log_config *config, const struct log_startup *startup)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    if (!recovery)
        return JET_errOutOfMemory;
    recovery->engine = engine;
    recovery->options = options;
    recovery->config = *config;
    recovery->config.family = startup->family;
    recovery->config.segments = startup->segments;
    recovery->startup = *startup;
    jet_err err = recover(recovery);
    if (err == JET_errSuccess)
        err = recovery->warning;
    free(recovery);
    return err;
}

static jet_err recover_and_look_again(struct engine *engine, const struct recovery_options *options,
                                      struct log_config *config, struct log_startup *startup)
{
    const jet_err warning = recover_from(engine, options, config, startup);
    if (warning < JET_errSuccess)
        return warning;
    cache_set_log(engine->cache, NULL);
    log_stream_close(engine->log);
    engine->log = NULL;
    jet_err err = look(engine, options, config, startup);
    return err < JET_errSuccess ? err : warning;
}

static jet_err start_logged(struct engine *engine, const struct recovery_options *options)
{
    struct log_config config;
    struct log_startup startup;
    jet_err warning = JET_errSuccess;
    jet_err err = look(engine, options, &config, &startup);
    if (err < JET_errSuccess)
        err = look_without_current(options, &config, err, &startup);
    if (err < JET_errSuccess)
        return err;
    if (startup.kind == LOG_STARTUP_RECOVER) {
        warning = recover_and_look_again(engine, options, &config, &startup);
        if (warning < JET_errSuccess)
            return warning;
    }
    err = run(engine, options, &config, &startup);
    return err < JET_errSuccess ? err : warning;
}

jet_err engine_start(const struct engine_config *config, const struct recovery_options *options,
                     struct engine **ret_engine)
{
    static const struct recovery_options nothing_special = {0};
    struct engine *engine;
    jet_err err = engine_new(config, &engine);
    if (err < JET_errSuccess)
        return err;
    err = open_cache(engine);
    if (err == JET_errSuccess)
        err = config->recovery_on ? start_logged(engine, options ? options : &nothing_special) : engine_run(engine);
    if (err < JET_errSuccess) {
        jet_err_ignore(engine_stop(engine, ENGINE_STOP_ABRUPT)); /* the first error is the one to tell */
        return err;
    }
    *ret_engine = engine;
    return err;
}

/* ---- restore ---- */

static jet_err restore_logged(struct engine *engine, const struct recovery_options *options)
{
    struct log_config config = log_settings(&engine->config);
    struct log_startup startup;
    config.family = options->restore->family;
    jet_err err = log_restore_forget_checkpoint(&config);
    if (err == JET_errSuccess)
        err = log_restore_look(&config, &options->restore->logs, options->listener, &startup);
    return err == JET_errSuccess ? recover_from(engine, options, &config, &startup) : err;
}

jet_err engine_restore(const struct engine_config *config, const struct recovery_options *options)
{
    struct engine *engine;
    jet_err err = engine_new(config, &engine);
    if (err < JET_errSuccess)
        return err;
    err = open_cache(engine);
    if (err == JET_errSuccess)
        err = restore_logged(engine, options);
    jet_err_ignore(engine_stop(engine, ENGINE_STOP_ABRUPT)); /* all that there was to bring to disk is there */
    return err;
}
