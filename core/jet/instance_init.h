/* SPDX-License-Identifier: MIT */
/* instance_init.h - JetInit in all its forms: which instance is meant, and what the client wants of recovery. */
#ifndef COLDSTREAM_JET_INSTANCE_INIT_H
#define COLDSTREAM_JET_INSTANCE_INIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"
#include "recovery/startup.h"

/* Whom to tell how far recovery is: one of the two callbacks, or none. */
struct init_status {
    JET_PFNSTATUS status;         /* JetInit3 */
    JET_PFNINITCALLBACK callback; /* JetInit4 */
    void *context;                /* of `callback` */
};

/* `pinstance` may be NULL, or point to 0 or JET_instanceNil: then there is no instance yet, or there is the one of the
 * one-instance mode. `maps`: absolute paths. `status` may be NULL. An instance that could not be started is gone, and
 * `*pinstance` is 0, as with the reference engine; not so if it is running already, or the arguments are wrong. Errors:
 * those of the API, and instance_start()'s. */
MUST_CHECK jet_err instance_init(JET_INSTANCE *pinstance, const struct recovery_map *maps, size_t map_count,
                                 JET_GRBIT grbit, const struct init_status *status);

/* JetCreateInstance: a new instance, for the mode of many. JET_errRunningInOneInstanceMode; instance_new()'s. */
MUST_CHECK jet_err instance_create(const char *name, const char *display_name, JET_INSTANCE *ret_handle);

/* JetEnableMultiInstance: decides for many. JET_errRunningInOneInstanceMode; JET_errSystemParamsAlreadySet:
 * `with_params`, and that was done before, or there is an instance. */
MUST_CHECK jet_err instance_enable_many(bool with_params);

/* One entry of a restore map: paths made absolute; `new_path` may be NULL. JET_errInvalidPath, JET_errOutOfMemory. */
MUST_CHECK jet_err restore_map_set(struct recovery_map *map, const char *path, const char *new_path);
void restore_map_free(struct recovery_map *maps, size_t count); /* takes NULL */

#endif
