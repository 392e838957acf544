/* SPDX-License-Identifier: MIT */
/* instance_config.h - the parameters that do something: from a client's numbers and texts to the engine's settings. */
#ifndef COLDSTREAM_JET_INSTANCE_CONFIG_H
#define COLDSTREAM_JET_INSTANCE_CONFIG_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/engine.h"
#include "jet/param.h"

struct instance_config {
    struct engine_config engine; /* its texts are in `texts` */
    char *texts[8];
};

/* `instance` is the set of the instance, `process` that of the process. instance_config_done() frees, also after a
 * failure. JET_errInvalidPath, JET_errOutOfMemory. */
MUST_CHECK jet_err instance_config_init(struct instance_config *config, const struct param_set *instance,
                                        const struct param_set *process);
void instance_config_done(struct instance_config *config);

/* Makes the folders that are missing (JET_paramCreatePathIfNotExist). */
MUST_CHECK jet_err instance_config_make_folders(const struct instance_config *config);

/* Makes a folder, and those above it, where they are missing. */
MUST_CHECK jet_err instance_make_folder(const char *folder);

/* Makes the folder that the file is in, and those above it, where they are missing. */
MUST_CHECK jet_err instance_make_folder_of(const char *file);

#endif
