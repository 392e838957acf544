/* SPDX-License-Identifier: MIT */
/* vssapi_double_class.c - what vssapi.dll exports, as it is seen from C; the mangled names are in the .def files. */
#include <stdlib.h>

#include "vssapi_double.h"

typedef unsigned char answer; /* C++'s bool */

void *double_class_construct(void *self);
void double_class_destruct(void *self);
HRESULT double_class_initialize(void *self, VSS_ID id, const wchar_t *name, int usage, int source, int level,
                                DWORD freeze_timeout_ms, int alternate_writer_state, answer is_throttling_only,
                                const wchar_t *instance_name);
HRESULT double_class_subscribe(void *self, DWORD events);
HRESULT double_class_unsubscribe(void *self);
HRESULT double_class_set_failure(void *self, HRESULT failure);
int double_class_backup_type(const void *self);
answer double_class_are_components_selected(const void *self);
answer double_class_is_path_affected(const void *self, const wchar_t *path);
VSS_ID *double_class_snapshot_set_id(const void *self, VSS_ID *ret_id);
HRESULT STDMETHODCALLTYPE double_create_writer(void *object, IVssWriterImpl **ret_impl);

/* ---- the class ---- */

static void pure(void)
{
    abort(); /* the table of the base class: whoever leaves it in place has no methods */
}

void *double_class_construct(void *self)
{
    static void (*const table[16])(void) = {pure, pure, pure, pure, pure, pure, pure, pure,
                                            pure, pure, pure, pure, pure, pure, pure, pure};
    *(const void **)self = table;
    double_constructed(self);
    return self;
}

void double_class_destruct(void *self)
{
    double_destroyed(self);
}

HRESULT double_class_initialize(void *self, VSS_ID id, const wchar_t *name, int usage, int source, int level,
                                DWORD freeze_timeout_ms, int alternate_writer_state, answer is_throttling_only,
                                const wchar_t *instance_name)
{
    if (usage != VSS_UT_USERDATA || source != VSS_ST_TRANSACTEDDB || level != VSS_APP_BACK_END ||
        alternate_writer_state != VSS_AWS_NO_ALTERNATE_WRITER || is_throttling_only)
        return E_INVALIDARG;
    return double_initialized(self, &id, name, instance_name, freeze_timeout_ms);
}

HRESULT double_class_subscribe(void *self, DWORD events)
{
    return double_subscribed(self, events);
}

HRESULT double_class_unsubscribe(void *self)
{
    return double_unsubscribed(self);
}

HRESULT double_class_set_failure(void *self, HRESULT failure)
{
    return double_failed(self, failure);
}

int double_class_backup_type(const void *self)
{
    return double_may_ask(self) ? (int)double_request.type : VSS_BT_UNDEFINED;
}

answer double_class_are_components_selected(const void *self)
{
    return double_may_ask(self) && double_request.has_components;
}

answer double_class_is_path_affected(const void *self, const wchar_t *path)
{
    return double_may_ask(self) && double_is_affected(path);
}

VSS_ID *double_class_snapshot_set_id(const void *self, VSS_ID *ret_id)
{
    if (double_may_ask(self))
        double_take_set_id(ret_id);
    return ret_id;
}

/* ---- the interface of CreateWriter ---- */

struct impl {
    IVssWriterImpl iface;
    void *object;
};

static struct impl the_impl;

static void *object_of(IVssWriterImpl *iface)
{
    return ((struct impl *)(void *)iface)->object;
}

static ULONG STDMETHODCALLTYPE impl_release(IVssWriterImpl *iface)
{
    double_destroyed(object_of(iface));
    return 0;
}

static HRESULT STDMETHODCALLTYPE impl_initialize(IVssWriterImpl *iface, VSS_ID id, LPCWSTR name, LPCWSTR instance_name,
                                                 DWORD major, DWORD minor, VSS_USAGE_TYPE usage, VSS_SOURCE_TYPE source,
                                                 VSS_APPLICATION_LEVEL level, DWORD freeze_timeout_ms,
                                                 VSS_ALTERNATE_WRITER_STATE alternate_writer_state,
                                                 boolean is_throttling_only)
{
    if (major + minor == 0)
        return E_INVALIDARG;
    return double_class_initialize(object_of(iface), id, name, usage, source, level, freeze_timeout_ms,
                                   alternate_writer_state, is_throttling_only, instance_name);
}

static HRESULT STDMETHODCALLTYPE impl_subscribe(IVssWriterImpl *iface, DWORD timeout_ms, DWORD events)
{
    return timeout_ms == 0 ? double_subscribed(object_of(iface), events) : E_INVALIDARG;
}

static HRESULT STDMETHODCALLTYPE impl_unsubscribe(IVssWriterImpl *iface)
{
    return double_unsubscribed(object_of(iface));
}

static void STDMETHODCALLTYPE impl_uninitialize(IVssWriterImpl *iface)
{
    (void)iface;
}

static VSS_ID *STDMETHODCALLTYPE impl_set_id(IVssWriterImpl *iface, VSS_ID *ret_id)
{
    return double_class_snapshot_set_id(object_of(iface), ret_id);
}

static boolean STDMETHODCALLTYPE impl_is_path_affected(IVssWriterImpl *iface, LPCWSTR path)
{
    return double_class_is_path_affected(object_of(iface), path);
}

static boolean STDMETHODCALLTYPE impl_are_components_selected(IVssWriterImpl *iface)
{
    return double_class_are_components_selected(object_of(iface));
}

static VSS_BACKUP_TYPE STDMETHODCALLTYPE impl_backup_type(IVssWriterImpl *iface)
{
    return (VSS_BACKUP_TYPE)double_class_backup_type(object_of(iface));
}

static HRESULT STDMETHODCALLTYPE impl_set_failure(IVssWriterImpl *iface, HRESULT failure)
{
    return double_failed(object_of(iface), failure);
}

HRESULT STDMETHODCALLTYPE double_create_writer(void *object, IVssWriterImpl **ret_impl)
{
    static IVssWriterImplVtbl table;
    table.Release = impl_release;
    table.Initialize = impl_initialize;
    table.Subscribe = impl_subscribe;
    table.Unsubscribe = impl_unsubscribe;
    table.Uninitialize = impl_uninitialize;
    table.GetCurrentSnapshotSetId = impl_set_id;
    table.IsPathAffected = impl_is_path_affected;
    table.AreComponentsSelected = impl_are_components_selected;
    table.GetBackupType = impl_backup_type;
    table.SetWriterFailure = impl_set_failure;
    the_impl.iface.lpVtbl = &table;
    the_impl.object = object;
    double_constructed(object);
    *ret_impl = &the_impl.iface;
    return S_OK;
}

/* ---- the methods of the derived class ---- */

struct methods {
    void *destroy;
    answer (*identify)(void *self, IVssCreateWriterMetadata *metadata);
    answer (*prepare_backup)(void *self, IVssWriterComponents *components);
    answer (*prepare_snapshot)(void *self);
    answer (*freeze)(void *self);
    answer (*thaw)(void *self);
    answer (*abort)(void *self);
    answer (*backup_complete)(void *self, IVssWriterComponents *components);
    answer (*backup_shutdown)(void *self, VSS_ID set_id);
    answer (*pre_restore)(void *self, IVssWriterComponents *components);
    answer (*post_restore)(void *self, IVssWriterComponents *components);
    answer (*post_snapshot)(void *self, IVssWriterComponents *components);
};

bool double_call(void *self, enum double_event event, IVssCreateWriterMetadata *metadata,
                 IVssWriterComponents *components, VSS_ID set_id)
{
    const struct methods *methods = *(const struct methods *const *)self;
    switch (event) {
    case DOUBLE_IDENTIFY: return methods->identify(self, metadata);
    case DOUBLE_PREPARE_BACKUP: return methods->prepare_backup(self, components);
    case DOUBLE_PREPARE_SNAPSHOT: return methods->prepare_snapshot(self);
    case DOUBLE_FREEZE: return methods->freeze(self);
    case DOUBLE_THAW: return methods->thaw(self);
    case DOUBLE_POST_SNAPSHOT: return methods->post_snapshot(self, components);
    case DOUBLE_BACKUP_COMPLETE: return methods->backup_complete(self, components);
    case DOUBLE_BACKUP_SHUTDOWN: return methods->backup_shutdown(self, set_id);
    case DOUBLE_ABORT: return methods->abort(self);
    case DOUBLE_PRE_RESTORE: return methods->pre_restore(self, components);
    case DOUBLE_POST_RESTORE: return methods->post_restore(self, components);
    default: return false;
    }
}
