/* SPDX-License-Identifier: MIT */
/* vss_library.h - vssapi.dll and COM, loaded when a writer is opened and not before: programs load where neither is.
 *
 * vssapi.dll makes writers in two ways. The old one are the methods of its class CVssWriter, exported under their
 * mangled names; today's headers call CreateWriter and get an interface. Both have the same object (vss_object.h). The
 * old way is taken if its five life-cycle methods are all there, else the new one: never both for one object. */
#ifndef COLDSTREAM_WINDOWS_VSS_LIBRARY_H
#define COLDSTREAM_WINDOWS_VSS_LIBRARY_H

#include <stdbool.h>

#include <windows.h>

#define COBJMACROS
#include <vss.h>
#include <vswriter.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* C++'s bool is one byte, of which callers read nothing else. */
typedef unsigned char vss_bool;

/* As C calls what is exported mangled: on x64 there is one convention, with `self` first. A struct that is returned by
 * a method comes in memory that the caller names behind `self`. */
typedef HRESULT vss_initialize(void *self, VSS_ID id, const wchar_t *name, int usage, int source, int level,
                               DWORD freeze_timeout_ms, int alternate_writer_state, vss_bool is_throttling_only,
                               const wchar_t *instance_name);
typedef VSS_ID *vss_snapshot_set_id(const void *self, VSS_ID *ret_id);
typedef HRESULT STDMETHODCALLTYPE vss_create_writer(void *object, IVssWriterImpl **ret_impl);

/* Of COM; what those of the headers are called, which we do not link. */
typedef HRESULT STDMETHODCALLTYPE vss_co_initialize(void *reserved, DWORD model);
typedef void STDMETHODCALLTYPE vss_co_uninitialize(void);
typedef HRESULT STDMETHODCALLTYPE vss_co_secure(void *descriptor, LONG services, void *service_list, void *reserved,
                                                DWORD authentication, DWORD impersonation, void *list,
                                                DWORD capabilities, void *reserved2);
typedef HRESULT STDMETHODCALLTYPE vss_co_create(const GUID *class_id, void *outer, DWORD context,
                                                const GUID *interface_id, void **ret_object);
typedef void STDMETHODCALLTYPE vss_free_string(BSTR text);

struct vss_library {
    HMODULE vssapi, ole32, oleaut32;
    /* the old way: all five, or none is used */
    void *(*construct)(void *self);
    void (*destruct)(void *self);
    vss_initialize *initialize;
    HRESULT (*subscribe)(void *self, DWORD events);
    HRESULT (*unsubscribe)(void *self);
    /* its helpers; each may be NULL */
    HRESULT (*set_failure)(void *self, HRESULT failure);
    int (*backup_type)(const void *self);
    vss_bool (*are_components_selected)(const void *self);
    vss_bool (*is_path_affected)(const void *self, const wchar_t *path);
    vss_snapshot_set_id *snapshot_set_id;
    /* the new way; NULL if it is not there */
    vss_create_writer *create_writer;
    /* COM */
    vss_co_initialize *co_initialize;
    vss_co_uninitialize *co_uninitialize;
    vss_co_secure *co_initialize_security;
    vss_co_create *co_create_instance;
    vss_free_string *free_string; /* takes NULL */
};

/* `path` NULL: the system's vssapi.dll. JET_errFeatureNotAvailable. On success vss_library_close() ends it. */
MUST_CHECK jet_err vss_library_open(const wchar_t *path, struct vss_library *library);
void vss_library_close(struct vss_library *library);

static inline bool vss_library_has_class(const struct vss_library *library)
{
    return library->construct && library->destruct && library->initialize && library->subscribe && library->unsubscribe;
}

/* The security of COM for the whole process, once, before the first writer: everybody may call in, and nobody's crash
 * is swallowed. */
void vss_library_secure(const struct vss_library *library);

#endif
