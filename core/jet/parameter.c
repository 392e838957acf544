/* SPDX-License-Identifier: MIT */
#include "jet/parameter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isam/session.h"
#include "jet/handle.h"
#include "jet/jet_session.h"
#include "jet/process.h"

/* The instance a client means; NULL: none, so it is about the process or the instances to come. The lock is held. */
static jet_err instance_meant(struct process *process, JET_INSTANCE handle, JET_SESID sesid,
                              struct instance **ret_instance)
{
    *ret_instance = NULL;
    if (process->mode == PROCESS_ONE_INSTANCE) {
        *ret_instance = process->instances;
        return JET_errSuccess;
    }
    if (sesid != 0 && sesid != JET_sesidNil) {
        handle = handle_owner(sesid, HANDLE_SESSION);
        if (handle == 0)
            return JET_errInvalidSesid;
    } else if (handle == 0 || handle == JET_instanceNil) {
        return JET_errSuccess;
    }
    return instance_find(process, handle, ret_instance);
}

jet_err parameter_set(JET_INSTANCE handle, JET_SESID sesid, uint32_t id, JET_API_PTR number, const char *text)
{
    struct process *process;
    struct instance *instance;
    const struct param_info *info = param_info(id);
    if (!info || info->use == PARAM_USE_RO)
        return JET_errInvalidParameter;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instance_meant(process, handle, sesid, &instance);
    if (err < JET_errSuccess)
        goto out;
    if (param_is_global(info)) {
        err = param_is_fixed(info) && process->instances ? JET_errAlreadyInitialized : JET_errSuccess;
        instance = NULL;
    } else if (instance && param_is_fixed(info) && instance_is_started(instance)) {
        err = JET_errAlreadyInitialized;
    } else if (!instance && id == JET_paramConfiguration && process->instances) {
        err = JET_errAlreadyInitialized;
    }
    struct param_set *set = instance ? &instance->params : &process->params;
    if (err >= JET_errSuccess)
        err = id == JET_paramUnicodeIndexDefault ? param_set_order(set, (const JET_UNICODEINDEX *)number)
                                                 : param_set_value(set, id, number, text);
out:
    process_unlock(process);
    return err;
}

/* "JET_errOutOfMemory, out of memory". */
static jet_err error_to_text(jet_err code, char **ret_text)
{
    const char *name = jet_err_name(code);
    const char *meaning = jet_err_text(code);
    size_t size = (name ? strlen(name) : 0) + strlen(meaning) + 3;
    char *text = malloc(size);
    if (!text)
        return JET_errOutOfMemory;
    snprintf(text, size, "%s%s%s", name ? name : "", name ? ", " : "", meaning);
    *ret_text = text;
    return JET_errSuccess;
}

enum { LV_OVERHEAD_LARGE = 122 }; /* of a long value's chunk on pages of 16 and 32 KiB */

/* Numbers that follow from the page size, and are not in the set. */
static uintptr_t key_most(uintptr_t page_size)
{
    if (page_size <= 2048)
        return JET_cbKeyMost2KBytePage;
    return page_size <= 4096 ? JET_cbKeyMost4KBytePage : JET_cbKeyMost8KBytePage;
}

/* How many pages the cache has is how many it has been told to have: it takes memory as pages come, and none before. */
static uintptr_t cache_size(const struct param_set *process)
{
    const uintptr_t least = param_number(process, JET_paramCacheSizeMin);
    const uintptr_t most = param_number(process, JET_paramCacheSizeMax);
    const uintptr_t wish =
        process->values[JET_paramCacheSize].is_set ? param_number(process, JET_paramCacheSize) : least;
    const uintptr_t size = wish < most ? wish : most;
    return size < least ? least : size;
}

static uintptr_t number_now(const struct process *process, const struct param_set *set, uint32_t id)
{
    uintptr_t page_size = param_number(&process->params, JET_paramDatabasePageSize);
    switch (id) {
    case JET_paramKeyMost: return key_most(page_size);
    case JET_paramCacheSize: return cache_size(&process->params);
    case JET_paramLVChunkSizeMost:
        return page_size - (page_size > 8192 ? LV_OVERHEAD_LARGE : JET_cbColumnLVPageOverhead);
    default: return param_number(set, id);
    }
}

static jet_err transaction_level(JET_SESID sesid, JET_API_PTR *ret_level)
{
    struct jet_session *session;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    *ret_level = session->session->level;
    jet_session_leave(session);
    return JET_errSuccess;
}

/* Where a number would go lies a JET_UNICODEINDEX. */
static jet_err order_get(const struct param_set *set, JET_API_PTR *number, size_t room, JET_API_PTR *ret_value)
{
    JET_UNICODEINDEX order;
    if (!number)
        return JET_errInvalidParameter;
    if (room < sizeof order)
        return JET_errBufferTooSmall;
    param_order(set, &order);
    memcpy((void *)number, &order, sizeof order);
    *ret_value = *number;
    return JET_errSuccess;
}

jet_err parameter_get(JET_INSTANCE handle, JET_SESID sesid, uint32_t id, JET_API_PTR *number, size_t room,
                      char **ret_text)
{
    struct process *process;
    struct instance *instance;
    JET_API_PTR value = 0;
    char *text = NULL;
    const struct param_info *info = param_info(id);
    if (!info)
        return JET_errInvalidParameter;
    if (id == JET_paramErrorToString)
        return number ? error_to_text((jet_err)*number, ret_text) : JET_errInvalidParameter;
    if (id == JET_paramTransactionLevel) {
        *ret_text = NULL;
        return number ? transaction_level(sesid, number) : JET_errInvalidParameter;
    }
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instance_meant(process, handle, sesid, &instance);
    const struct param_set *set = &process->params;
    if (err >= JET_errSuccess && instance && !param_is_global(info))
        set = &instance->params;
    if (err >= JET_errSuccess && id == JET_paramUnicodeIndexDefault)
        err = order_get(set, number, room, &value);
    else if (err >= JET_errSuccess && param_is_text(info))
        err = param_text_absolute(set, id, &text);
    else if (err >= JET_errSuccess)
        value = number_now(process, set, id);
    process_unlock(process);
    if (err < JET_errSuccess)
        return err;
    if (number && !text)
        *number = value;
    *ret_text = text;
    return JET_errSuccess;
}
