/* SPDX-License-Identifier: MIT */
/* instance.h - an engine in a test's folder, and what it told about itself. */
#ifndef COLDSTREAM_TESTS_INSTANCE_H
#define COLDSTREAM_TESTS_INSTANCE_H

#include "recovery/startup.h"

struct temp_folder;

struct instance {
    struct engine_config config;
    struct recovery_options options;
    struct engine *engine;
    unsigned recoveries; /* begun since instance_init() */
    jet_err failure;     /* of ENGINE_EVENT_FAILED */
};

/* Settings for small files: 64 KiB logs, 4096-byte pages. Nothing is started. */
void instance_init(struct instance *instance, struct temp_folder *folder);

/* engine_start(); the code is the caller's to judge. */
jet_err instance_try(struct instance *instance);

/* Must succeed, and recover or not. */
void instance_start(struct instance *instance);
void instance_start_recovering(struct instance *instance);

/* Must succeed. */
void instance_stop(struct instance *instance);

/* As if the process had ended: nothing is brought to disk. */
void instance_crash(struct instance *instance);

#endif
