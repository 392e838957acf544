/* SPDX-License-Identifier: MIT */
#include "vss_library.h"

#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

/* ---- names ---- */

struct entry {
    const char *name;
    size_t offset; /* of its pointer */
};

#define AT(member) offsetof(struct vss_library, member)

static const struct entry vssapi_entries[] = {
    {"??0CVssWriter@@QEAA@XZ",                                  AT(construct)              },
    {"??1CVssWriter@@UEAA@XZ",                                  AT(destruct)               },
    {"?Initialize@CVssWriter@@QEAAJU_GUID@@PEBGW4VSS_USAGE_TYPE@@W4VSS_SOURCE_TYPE@@W4_VSS_APPLICATION_LEVEL@@K"
     "W4VSS_ALTERNATE_WRITER_STATE@@_N1@Z",                AT(initialize)             },
    {"?Subscribe@CVssWriter@@QEAAJK@Z",                         AT(subscribe)              },
    {"?Unsubscribe@CVssWriter@@QEAAJXZ",                        AT(unsubscribe)            },
    {"?SetWriterFailure@CVssWriter@@IEAAJJ@Z",                  AT(set_failure)            },
    {"?GetBackupType@CVssWriter@@IEBA?AW4_VSS_BACKUP_TYPE@@XZ", AT(backup_type)            },
    {"?AreComponentsSelected@CVssWriter@@IEBA_NXZ",             AT(are_components_selected)},
    {"?IsPathAffected@CVssWriter@@IEBA_NPEBG@Z",                AT(is_path_affected)       },
    {"?GetCurrentSnapshotSetId@CVssWriter@@IEBA?AU_GUID@@XZ",   AT(snapshot_set_id)        },
    {"CreateWriter",                                            AT(create_writer)          },
};

static const struct entry ole32_entries[] = {
    {"CoInitializeEx",       AT(co_initialize)         },
    {"CoUninitialize",       AT(co_uninitialize)       },
    {"CoInitializeSecurity", AT(co_initialize_security)},
    {"CoCreateInstance",     AT(co_create_instance)    },
};

static const struct entry oleaut32_entries[] = {
    {"SysFreeString", AT(free_string)},
};

/* False: one at least is missing. */
static bool take(struct vss_library *library, HMODULE module, const struct entry *entries, size_t count)
{
    bool has_all = true;
    for (size_t i = 0; i < count; i++) {
        const FARPROC found = GetProcAddress(module, entries[i].name);
        memcpy((char *)library + entries[i].offset, &found, sizeof found);
        has_all = has_all && found;
    }
    return has_all;
}

/* ---- life ---- */

static HMODULE load_of_system(const wchar_t *name)
{
    return LoadLibraryExW(name, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

jet_err vss_library_open(const wchar_t *path, struct vss_library *library)
{
    *library = (struct vss_library){.vssapi = NULL};
    library->ole32 = load_of_system(L"ole32.dll");
    library->oleaut32 = load_of_system(L"oleaut32.dll");
    library->vssapi = path ? LoadLibraryExW(path, NULL, 0) : load_of_system(L"vssapi.dll");
    bool is_usable = library->ole32 && library->oleaut32 && library->vssapi &&
                     take(library, library->ole32, ole32_entries, COUNT_OF(ole32_entries)) &&
                     take(library, library->oleaut32, oleaut32_entries, COUNT_OF(oleaut32_entries));
    if (is_usable) {
        (void)take(library, library->vssapi, vssapi_entries, COUNT_OF(vssapi_entries));
        is_usable = vss_library_has_class(library) || library->create_writer;
    }
    if (is_usable)
        return JET_errSuccess;
    vss_library_close(library);
    return JET_errFeatureNotAvailable;
}

void vss_library_close(struct vss_library *library)
{
    if (library->vssapi)
        (void)FreeLibrary(library->vssapi);
    if (library->oleaut32)
        (void)FreeLibrary(library->oleaut32);
    if (library->ole32)
        (void)FreeLibrary(library->ole32);
    *library = (struct vss_library){.vssapi = NULL};
}

/* ---- security ---- */

static void let_crashes_be_seen(const struct vss_library *library)
{
    static const GUID class_id = {
        0x0000034B, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}
    };
    static const GUID interface_id = {
        0x0000015B, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}
    };
    void *object = NULL;
    if (FAILED(library->co_create_instance(&class_id, NULL, CLSCTX_INPROC_SERVER, &interface_id, &object)))
        return; /* older than the option, or Wine */
    IGlobalOptions *options = object;
    (void)options->lpVtbl->Set(options, COMGLB_EXCEPTION_HANDLING, COMGLB_EXCEPTION_DONOT_HANDLE);
    (void)options->lpVtbl->Release(options);
}

/* No descriptor: VSS runs under more accounts than could be named; who may be a requester it decides itself. */
void vss_library_secure(const struct vss_library *library)
{
    enum { EVERY_SERVICE = -1 };
    (void)library->co_initialize_security(NULL, EVERY_SERVICE, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                          RPC_C_IMP_LEVEL_IDENTIFY, NULL, EOAC_NONE, NULL);
    let_crashes_be_seen(library);
}
