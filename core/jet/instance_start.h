/* SPDX-License-Identifier: MIT */
/* instance_start.h - an instance starts and stops: from its parameters to a running engine, and back. */
#ifndef COLDSTREAM_JET_INSTANCE_START_H
#define COLDSTREAM_JET_INSTANCE_START_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/process.h"
#include "recovery/startup.h"

struct instance_config;

/* The settings of an instance that is about to open its files; instance_config_done() ends them, also after a failure.
 * `*ret_make_folders`: JET_paramCreatePathIfNotExist. JET_errSystemPathInUse, JET_errLogFilePathInUse,
 * JET_errTempPathInUse: another instance of this process uses the folder or file; instance_config_init()'s. */
MUST_CHECK jet_err instance_config_take(struct instance *instance, struct instance_config *config,
                                        bool *ret_make_folders);

/* Starts the engine of an instance that is in state STARTING and sets RUNNING, or CREATED on failure. Warnings and
 * errors of engine_start() and instance_config_take(); JET_errInvalidPath. */
MUST_CHECK jet_err instance_start(struct instance *instance, const struct recovery_options *options);

enum instance_stop {
    INSTANCE_STOP_COMPLETE, /* JET_errTooManyActiveUsers if a session is in a transaction: nothing has happened then */
    INSTANCE_STOP_ABRUPT,   /* open transactions are rolled back; then as clean as the other */
    INSTANCE_STOP_DIRTY,    /* nothing is written any more: the next start recovers */
};

/* Ends the sessions of an instance that is RUNNING, stops its engine, and takes it out of the process; after an error
 * of the engine, too. `ends_backup`: a backup that runs is stopped and ended, a snapshot waited for; else they refuse
 * the stop (JET_errBackupInProgress, JET_errSurrogateBackupInProgress), and nothing has happened.
 * JET_errTermInProgress, JET_errInitInProgress: not RUNNING. An instance that was never started is just freed. */
MUST_CHECK jet_err instance_stop(JET_INSTANCE handle, enum instance_stop how, bool ends_backup);

/* Who in this process hosts clients of instances that others stop (a registered writer), and must let go of them. One
 * for the process, set once; it stays valid for ever. Called by the thread that stops the instance, with nothing
 * locked.
 *      let_go    whatever is done with the instance is to be ended, and nothing new begins: before a stop that ends backups looks for them,
 *                else when nothing can refuse the stop any more. May wait, not for ever.
 *      go_on     the stop was refused: the instance runs on */
struct instance_stop_watch {
    void (*let_go)(JET_INSTANCE handle);
    void (*go_on)(JET_INSTANCE handle);
};
void instance_stop_watch_set(const struct instance_stop_watch *watch);

#endif
