/* SPDX-License-Identifier: MIT */
#include "vss_object.h"

#include <stdio.h>
#include <string.h>

#include "vss_writer.h"

/* The class of all our writers, made once and for all: what was backed up under it is found again under no other. */
static const VSS_ID class_id = {
    0x6c1f5f0e, 0x3a27, 0x4f0b, {0x9d, 0x52, 0x8e, 0x0c, 0x71, 0xd4, 0xa9, 0x35}
};
static const wchar_t class_name[] = L"Coldstream ESE Writer";

enum {
    FREEZE_TIMEOUT_MS = 60000, /* VSS aborts then; the engine's own time-out is behind it */
    MAJOR_VERSION = 1,
    MINOR_VERSION = 0,
    EVENTS = VSS_SM_BACKUP_EVENTS_FLAG | VSS_SM_RESTORE_EVENTS_FLAG,
};

/* ---- answers of VSS ---- */

static jet_err told(const char *what, HRESULT result, char *text)
{
    if (result == S_OK)
        return JET_errSuccess;
    snprintf(text, VSS_WRITER_TEXT_SIZE, "%s: VSS answers 0x%08lX", what, (unsigned long)result);
    if (result == E_ACCESSDENIED)
        return JET_errAccessDenied;
    if (result == E_OUTOFMEMORY)
        return JET_errOutOfMemory;
    return SUCCEEDED(result) ? JET_errFeatureNotAvailable : JET_errInternalError; /* S_FALSE: safe mode, set-up */
}

/* ---- life ---- */

static HRESULT initialize_by_class(struct vss_object *object, const wchar_t *instance_name)
{
    return object->library->initialize(object, class_id, class_name, VSS_UT_USERDATA, VSS_ST_TRANSACTEDDB,
                                       VSS_APP_BACK_END, FREEZE_TIMEOUT_MS, VSS_AWS_NO_ALTERNATE_WRITER, false,
                                       instance_name);
}

static HRESULT initialize_by_interface(struct vss_object *object, const wchar_t *instance_name)
{
    return object->impl->lpVtbl->Initialize(object->impl, class_id, class_name, instance_name, MAJOR_VERSION,
                                            MINOR_VERSION, VSS_UT_USERDATA, VSS_ST_TRANSACTEDDB, VSS_APP_BACK_END,
                                            FREEZE_TIMEOUT_MS, VSS_AWS_NO_ALTERNATE_WRITER, false);
}

/* The constructor leaves its own table behind. */
static HRESULT construct(struct vss_object *object, const struct vss_methods *methods)
{
    HRESULT result = S_OK;
    if (vss_library_has_class(object->library)) {
        (void)object->library->construct(object);
        object->is_constructed = true;
    }
    object->methods = methods;
    if (!object->is_constructed)
        result = object->library->create_writer(object, &object->impl);
    return result;
}

jet_err vss_object_init(struct vss_object *object, const struct vss_library *library, const struct vss_methods *methods,
                        void *context, const wchar_t *instance_name, char *text)
{
    memset(object, 0, sizeof *object);
    object->library = library;
    object->context = context;
    jet_err err = told("making a writer", construct(object, methods), text);
    if (err >= JET_errSuccess)
        err = told("initialising the writer",
                   object->impl ? initialize_by_interface(object, instance_name)
                                : initialize_by_class(object, instance_name),
                   text);
    if (err < JET_errSuccess)
        vss_object_done(object);
    return err;
}

jet_err vss_object_subscribe(struct vss_object *object, char *text)
{
    enum { AT_ONCE = 0 };
    return told("subscribing the writer",
                object->impl ? object->impl->lpVtbl->Subscribe(object->impl, AT_ONCE, EVENTS)
                             : object->library->subscribe(object, EVENTS),
                text);
}

void vss_object_unsubscribe(struct vss_object *object)
{
    if (object->impl)
        (void)object->impl->lpVtbl->Unsubscribe(object->impl);
    else
        (void)object->library->unsubscribe(object);
}

void vss_object_done(struct vss_object *object)
{
    if (object->impl) {
        object->impl->lpVtbl->Uninitialize(object->impl);
        (void)object->impl->lpVtbl->Release(object->impl);
        object->impl = NULL;
    }
    if (object->is_constructed)
        object->library->destruct(object);
    object->is_constructed = false;
}

/* ---- helpers ---- */

void vss_object_fail(struct vss_object *object, HRESULT failure)
{
    if (object->impl)
        (void)object->impl->lpVtbl->SetWriterFailure(object->impl, failure);
    else if (object->library->set_failure)
        (void)object->library->set_failure(object, failure);
}

VSS_BACKUP_TYPE vss_object_backup_type(const struct vss_object *object)
{
    if (object->impl)
        return object->impl->lpVtbl->GetBackupType(object->impl);
    return object->library->backup_type ? (VSS_BACKUP_TYPE)object->library->backup_type(object) : VSS_BT_COPY;
}

bool vss_object_has_components(const struct vss_object *object)
{
    if (object->impl)
        return object->impl->lpVtbl->AreComponentsSelected(object->impl);
    return object->library->are_components_selected && object->library->are_components_selected(object);
}

bool vss_object_affects(const struct vss_object *object, const wchar_t *path)
{
    if (object->impl)
        return object->impl->lpVtbl->IsPathAffected(object->impl, path);
    return !object->library->is_path_affected || object->library->is_path_affected(object, path);
}

bool vss_object_set_id(const struct vss_object *object, VSS_ID *ret_id)
{
    if (object->impl)
        (void)object->impl->lpVtbl->GetCurrentSnapshotSetId(object->impl, ret_id);
    else if (object->library->snapshot_set_id)
        (void)object->library->snapshot_set_id(object, ret_id);
    else
        return false;
    return true;
}
