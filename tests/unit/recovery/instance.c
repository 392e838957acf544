/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "instance.h"

#include "support/temp_folder.h"

static void on_event(void *context, const struct engine_event_info *info)
{
    struct instance *instance = context;
    if (info->event == ENGINE_EVENT_RECOVERY_BEGUN)
        instance->recoveries++;
    if (info->event == ENGINE_EVENT_FAILED)
        instance->failure = info->err;
}

void instance_init(struct instance *instance, struct temp_folder *folder)
{
    *instance = (struct instance){.engine = NULL};
    instance->config = (struct engine_config){
        .system_path = temp_folder_root(folder),
        .temporary_path = temp_folder_path(folder, "tmp.edb"),
        .log_path = temp_folder_root(folder),
        .base_name = "edb",
        .event_source = "",
        .page_size = 4096,
        .cache_pages_min = 64,
        .cache_pages_max = 512,
        .extension_pages = 64,
        .log_file_kib = 64,
        .log_buffers = 126,
        .checkpoint_depth = 256 * 1024,
        .legacy_names = 3,
        .log_create_asynch = true,
        .sessions_max = 16,
        .open_tables_max = 300,
        .cursors_max = 1024,
        .version_pages_max = 2048,
        .version_pages_preferred = 1024,
        .recovery_on = true,
        .callbacks = {.context = instance, .event = on_event},
    };
}

jet_err instance_try(struct instance *instance)
{
    instance->recoveries = 0;
    return engine_start(&instance->config, &instance->options, &instance->engine);
}

void instance_start(struct instance *instance)
{
    assert_int_equal(instance_try(instance), JET_errSuccess);
    assert_int_equal(instance->recoveries, 0);
}

void instance_start_recovering(struct instance *instance)
{
    assert_int_equal(instance_try(instance), JET_errSuccess);
    assert_int_equal(instance->recoveries, 1);
}

void instance_stop(struct instance *instance)
{
    assert_int_equal(engine_stop(instance->engine, ENGINE_STOP_CLEAN), JET_errSuccess);
    instance->engine = NULL;
}

void instance_crash(struct instance *instance)
{
    jet_err_ignore(engine_stop(instance->engine, ENGINE_STOP_ABRUPT)); /* whatever it says, it is gone */
    instance->engine = NULL;
}
