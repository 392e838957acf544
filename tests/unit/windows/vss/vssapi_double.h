/* SPDX-License-Identifier: MIT */
/* vssapi_double.h - a vssapi.dll that keeps VSS's rules, and whose events a test fires.
 *
 *   vssapi_double.c           the rules, the documents, the threads that events come on
 *   vssapi_double_class.c     the exported class, as C makes it
 *   vssapi_double_class.cpp   the same as a compiler for Microsoft's ABI makes it
 *
 * Built four times: with the class and its helpers, in C and in C++; with the class alone as Wine has it; with
 * CreateWriter alone.
 *
 * The first rule that the writer breaks is kept as a text: double_fault. */
#ifndef TESTS_VSSAPI_DOUBLE_H
#define TESTS_VSSAPI_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include <windows.h>

#define COBJMACROS
#include <vss.h>
#include <vswriter.h>

enum double_event {
    DOUBLE_NONE,
    DOUBLE_IDENTIFY,
    DOUBLE_PREPARE_BACKUP,
    DOUBLE_PREPARE_SNAPSHOT,
    DOUBLE_FREEZE,
    DOUBLE_THAW,
    DOUBLE_POST_SNAPSHOT,
    DOUBLE_BACKUP_COMPLETE,
    DOUBLE_BACKUP_SHUTDOWN,
    DOUBLE_ABORT,
    DOUBLE_PRE_RESTORE,
    DOUBLE_POST_RESTORE,
    DOUBLE_EVENT_COUNT,
};

enum { DOUBLE_COMPONENTS_MOST = 8, DOUBLE_LINES_MOST = 64 };

struct double_component {
    const wchar_t *path, *name;
    bool is_saved, is_for_restore;
    /* what the writer did */
    bool is_stamped, is_refused;
};

/* What the requester has said, for the events that follow. */
struct double_request {
    bool has_components;
    VSS_BACKUP_TYPE type;
    struct double_component *components;
    size_t component_count;
    const wchar_t *affected; /* paths with this in front are in the set; NULL: all */
    VSS_ID set_id;
};

struct double_event_run;

struct double_controls {
    /* One event, as VSS sends it: on a thread of its own. begin returns when that runs, end waits for the method's
     * answer. */
    struct double_event_run *(*begin)(enum double_event event);
    bool (*end)(struct double_event_run *run, HRESULT *ret_failure); /* S_OK: no SetWriterFailure */
    /* Writers that are subscribed. */
    unsigned (*subscribed)(void);
    const wchar_t *(*instance_name)(void);
    /* Lines of the last Identify's document: "what|path|component|folder|file". */
    size_t (*lines)(const wchar_t *const **ret_lines);
    const char *(*fault)(void); /* "": none */
    struct double_request *request;
    bool *is_inactive; /* VSS does not work in this mode of the system */
};

/* The one export that is not vssapi's: "vssapi_double". */
typedef const struct double_controls *double_controls_get(void);

/* ---- between the files of the double ---- */

void double_constructed(void *self);
void double_destroyed(void *self);
HRESULT double_initialized(void *self, const VSS_ID *id, const wchar_t *name, const wchar_t *instance_name,
                           DWORD freeze_timeout_ms);
HRESULT double_subscribed(void *self, DWORD events);
HRESULT double_unsubscribed(void *self);
HRESULT double_failed(const void *self, HRESULT failure);
bool double_may_ask(const void *self); /* a helper is called */
bool double_is_affected(const wchar_t *path);
void double_take_set_id(VSS_ID *ret_id);
extern struct double_request double_request;

/* Calls the object's method as compiled C++ does. */
bool double_call(void *self, enum double_event event, IVssCreateWriterMetadata *metadata,
                 IVssWriterComponents *components, VSS_ID set_id);

#endif
