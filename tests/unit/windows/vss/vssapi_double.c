/* SPDX-License-Identifier: MIT */
#include "vssapi_double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the one writer, and the rules ---- */

struct double_request double_request;

static struct {
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    /* guarded by lock */
    void *object;
    bool is_initialized, is_subscribed;
    unsigned running; /* methods */
    wchar_t instance_name[64];
    char fault[160];
} state = {.lock = SRWLOCK_INIT, .changed = CONDITION_VARIABLE_INIT};

static bool is_inactive;

/* The event whose method this thread is in. */
static __thread enum double_event current;
static __thread HRESULT current_failure;

static void broken(const char *rule)
{
    AcquireSRWLockExclusive(&state.lock);
    if (!state.fault[0])
        snprintf(state.fault, sizeof state.fault, "%s", rule);
    ReleaseSRWLockExclusive(&state.lock);
}

static bool need(bool holds, const char *rule)
{
    if (!holds)
        broken(rule);
    return holds;
}

static bool is_ours(const void *self)
{
    AcquireSRWLockShared(&state.lock);
    const bool is = state.object == self;
    ReleaseSRWLockShared(&state.lock);
    return is;
}

/* ---- the life of the writer ---- */

void double_constructed(void *self)
{
    need(state.object == NULL, "a second writer is constructed");
    AcquireSRWLockExclusive(&state.lock);
    state.object = self;
    state.is_initialized = state.is_subscribed = false;
    ReleaseSRWLockExclusive(&state.lock);
}

void double_destroyed(void *self)
{
    need(is_ours(self), "destroyed, and was not constructed");
    need(!state.is_subscribed, "destroyed while it is subscribed");
    AcquireSRWLockExclusive(&state.lock);
    state.object = NULL;
    ReleaseSRWLockExclusive(&state.lock);
}

HRESULT double_initialized(void *self, const VSS_ID *id, const wchar_t *name, const wchar_t *instance_name,
                           DWORD freeze_timeout_ms)
{
    static const VSS_ID nothing;
    need(is_ours(self) && !state.is_initialized, "initialised twice, or not constructed");
    need(memcmp(id, &nothing, sizeof *id) != 0 && name && *name, "a class has an id and a name");
    need(instance_name && *instance_name, "one of many processes has a name");
    need(freeze_timeout_ms == 60000, "the time-out of a freeze is a minute");
    if (is_inactive)
        return S_FALSE;
    wcsncpy(state.instance_name, instance_name, sizeof state.instance_name / sizeof *state.instance_name - 1);
    state.is_initialized = true;
    return S_OK;
}

HRESULT double_subscribed(void *self, DWORD events)
{
    need(is_ours(self) && state.is_initialized, "subscribed, and not initialised");
    need(events == (VSS_SM_BACKUP_EVENTS_FLAG | VSS_SM_RESTORE_EVENTS_FLAG), "backup and restore events");
    if (!need(!state.is_subscribed, "subscribed twice"))
        return VSS_E_WRITER_ALREADY_SUBSCRIBED;
    AcquireSRWLockExclusive(&state.lock);
    state.is_subscribed = true;
    ReleaseSRWLockExclusive(&state.lock);
    return S_OK;
}

/* No event comes any more, and the methods that run are waited for. */
HRESULT double_unsubscribed(void *self)
{
    need(is_ours(self) && state.is_subscribed, "unsubscribed, and not subscribed");
    need(current == DOUBLE_NONE, "unsubscribed by a method, which then waits for itself");
    AcquireSRWLockExclusive(&state.lock);
    state.is_subscribed = false;
    while (state.running > 0)
        SleepConditionVariableSRW(&state.changed, &state.lock, INFINITE, 0);
    ReleaseSRWLockExclusive(&state.lock);
    return S_OK;
}

/* ---- what a method may do ---- */

HRESULT double_failed(const void *self, HRESULT failure)
{
    need(is_ours(self) && current != DOUBLE_NONE, "SetWriterFailure outside of a method");
    need(current != DOUBLE_IDENTIFY, "SetWriterFailure in OnIdentify");
    need(FAILED(failure), "SetWriterFailure without a failure");
    current_failure = failure;
    return S_OK;
}

bool double_may_ask(const void *self)
{
    return need(is_ours(self) && current != DOUBLE_NONE && current != DOUBLE_IDENTIFY,
                "a helper is asked outside of a method that may");
}

bool double_is_affected(const wchar_t *path)
{
    return !double_request.affected || _wcsnicmp(path, double_request.affected, wcslen(double_request.affected)) == 0;
}

void double_take_set_id(VSS_ID *ret_id)
{
    need(current >= DOUBLE_PREPARE_SNAPSHOT && current <= DOUBLE_POST_SNAPSHOT,
         "the id of the set is known from PrepareSnapshot to PostSnapshot");
    *ret_id = double_request.set_id;
}

/* ---- the document of Identify ---- */

static wchar_t *lines[DOUBLE_LINES_MOST];
static size_t line_count;

static void add_line(const wchar_t *what, const wchar_t *path, const wchar_t *component, const wchar_t *folder,
                     const wchar_t *file)
{
    wchar_t line[1024];
    need(current == DOUBLE_IDENTIFY, "the document is written outside of OnIdentify");
    if (folder)
        need(folder[wcslen(folder) - 1] != L'\\' && !wcschr(folder, L'*') && !wcschr(folder, L'/'),
             "a folder ends in a backslash, or is a pattern");
    _snwprintf(line, sizeof line / sizeof *line, L"%ls|%ls|%ls|%ls|%ls", what, path ? path : L"",
               component ? component : L"", folder ? folder : L"", file ? file : L"");
    if (line_count < DOUBLE_LINES_MOST)
        lines[line_count++] = _wcsdup(line);
}

static bool has_component(const wchar_t *path, const wchar_t *name)
{
    wchar_t line[1024];
    _snwprintf(line, sizeof line / sizeof *line, L"component|%ls|%ls||", path, name);
    size_t i = 0;
    while (i < line_count && wcscmp(lines[i], line) != 0)
        i++;
    return i < line_count;
}

static HRESULT STDMETHODCALLTYPE exclude(IVssCreateWriterMetadata *self, LPCWSTR folder, LPCWSTR file,
                                         boolean recursive)
{
    (void)self;
    (void)recursive;
    add_line(L"exclude", NULL, NULL, folder, file);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE add_component(IVssCreateWriterMetadata *self, VSS_COMPONENT_TYPE type, LPCWSTR path,
                                               LPCWSTR name, LPCWSTR caption, const BYTE *icon, UINT icon_size,
                                               boolean restore_metadata, boolean notify, boolean selectable,
                                               boolean selectable_for_restore, DWORD flags)
{
    (void)self;
    (void)caption;
    (void)icon;
    (void)icon_size;
    if (!need(!has_component(path, name), "a component is added twice"))
        return VSS_E_OBJECT_ALREADY_EXISTS;
    need(type == VSS_CT_DATABASE && !restore_metadata && notify && selectable && selectable_for_restore && flags == 0,
         "a database's component is selectable and notified");
    add_line(L"component", path, name, NULL, NULL);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE add_database(IVssCreateWriterMetadata *self, LPCWSTR path, LPCWSTR name,
                                              LPCWSTR folder, LPCWSTR file, DWORD mask)
{
    (void)self;
    if (!need(has_component(path, name) && mask == 0xF0F, "files of a component that is there, in all backups"))
        return VSS_E_OBJECT_NOT_FOUND;
    add_line(L"database", path, name, folder, file);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE add_logs(IVssCreateWriterMetadata *self, LPCWSTR path, LPCWSTR name, LPCWSTR folder,
                                          LPCWSTR file, DWORD mask)
{
    (void)self;
    if (!need(has_component(path, name) && mask == 0xF0F, "logs of a component that is there, in all backups"))
        return VSS_E_OBJECT_NOT_FOUND;
    add_line(L"logs", path, name, folder, file);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE set_restore_method(IVssCreateWriterMetadata *self, VSS_RESTOREMETHOD_ENUM method,
                                                    LPCWSTR service, LPCWSTR procedure, VSS_WRITERRESTORE_ENUM when,
                                                    boolean reboot)
{
    (void)self;
    need((method == VSS_RME_STOP_RESTORE_START) == (service != NULL) && !procedure && !reboot,
         "a service is stopped for a restore, if there is one");
    need((when == VSS_WRE_NEVER) == (service != NULL) && (service || when == VSS_WRE_ALWAYS),
         "a writer that goes with its service has no part in the restore");
    add_line(L"restore", service, NULL, NULL, NULL);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE set_schema(IVssCreateWriterMetadata *self, DWORD schema)
{
    (void)self;
    need(schema == (VSS_BS_COPY | VSS_BS_INCREMENTAL), "copies and incremental backups");
    add_line(L"schema", NULL, NULL, NULL, NULL);
    return S_OK;
}

static IVssCreateWriterMetadataVtbl metadata_table = {
    .AddExcludeFiles = exclude,
    .AddComponent = add_component,
    .AddDatabaseFiles = add_database,
    .AddDatabaseLogFiles = add_logs,
    .SetRestoreMethod = set_restore_method,
    .SetBackupSchema = set_schema,
};

/* ---- the document of the requester ---- */

struct component {
    IVssComponent iface;
    struct double_component *about;
};

static LONG components_out;

static struct double_component *about(IVssComponent *iface)
{
    return ((struct component *)(void *)iface)->about;
}

static ULONG STDMETHODCALLTYPE component_release(IVssComponent *self)
{
    InterlockedDecrement(&components_out);
    free(self);
    return 0;
}

static HRESULT STDMETHODCALLTYPE component_path(IVssComponent *self, BSTR *ret_path)
{
    *ret_path = SysAllocString(about(self)->path);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE component_name(IVssComponent *self, BSTR *ret_name)
{
    *ret_name = SysAllocString(about(self)->name);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE component_succeeded(IVssComponent *self, boolean *ret_is)
{
    need(current == DOUBLE_BACKUP_COMPLETE, "success is known in BackupComplete");
    *ret_is = about(self)->is_saved;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE component_stamp(IVssComponent *self, LPCWSTR stamp)
{
    need(current == DOUBLE_POST_SNAPSHOT && stamp && *stamp, "components are stamped in PostSnapshot");
    about(self)->is_stamped = true;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE component_for_restore(IVssComponent *self, boolean *ret_is)
{
    *ret_is = about(self)->is_for_restore;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE component_refuse(IVssComponent *self, LPCWSTR text)
{
    need(current == DOUBLE_PRE_RESTORE && text && *text, "the reason is told before the restore");
    about(self)->is_refused = true;
    return S_OK;
}

static IVssComponentVtbl component_table = {
    .Release = component_release,
    .GetLogicalPath = component_path,
    .GetComponentName = component_name,
    .GetBackupSucceeded = component_succeeded,
    .SetBackupStamp = component_stamp,
    .IsSelectedForRestore = component_for_restore,
    .SetPreRestoreFailureMsg = component_refuse,
};

static HRESULT STDMETHODCALLTYPE components_count(IVssWriterComponents *self, UINT *ret_count)
{
    (void)self;
    *ret_count = (UINT)double_request.component_count;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE components_get(IVssWriterComponents *self, UINT index, IVssComponent **ret_component)
{
    (void)self;
    struct component *component = calloc(1, sizeof *component);
    if (!component || index >= double_request.component_count)
        abort();
    component->iface.lpVtbl = &component_table;
    component->about = &double_request.components[index];
    InterlockedIncrement(&components_out);
    *ret_component = &component->iface;
    return S_OK;
}

static IVssWriterComponentsVtbl components_table = {
    .GetComponentCount = components_count,
    .GetComponent = components_get,
};

/* ---- events ---- */

struct double_event_run {
    HANDLE thread;
    void *object;
    enum double_event event;
    bool answer;
    HRESULT failure;
};

static void drop_lines(void)
{
    while (line_count > 0)
        free(lines[--line_count]);
}

static DWORD WINAPI run_event(void *context)
{
    struct double_event_run *run = context;
    IVssCreateWriterMetadata metadata = {.lpVtbl = &metadata_table};
    IVssWriterComponents components = {.lpVtbl = &components_table};
    current = run->event;
    current_failure = S_OK;
    if (run->event == DOUBLE_IDENTIFY)
        drop_lines();
    run->answer = double_call(run->object, run->event, &metadata, double_request.component_count ? &components : NULL,
                              double_request.set_id);
    run->failure = current_failure;
    current = DOUBLE_NONE;
    AcquireSRWLockExclusive(&state.lock);
    state.running--;
    WakeAllConditionVariable(&state.changed);
    ReleaseSRWLockExclusive(&state.lock);
    return 0;
}

/* NULL: nobody is subscribed. */
static struct double_event_run *begin(enum double_event event)
{
    struct double_event_run *run = calloc(1, sizeof *run);
    if (!run)
        abort();
    run->event = event;
    AcquireSRWLockExclusive(&state.lock);
    const bool is_subscribed = state.is_subscribed;
    run->object = state.object;
    state.running += is_subscribed ? 1 : 0;
    ReleaseSRWLockExclusive(&state.lock);
    if (!is_subscribed) {
        free(run);
        return NULL;
    }
    run->thread = CreateThread(NULL, 0, run_event, run, 0, NULL);
    if (!run->thread)
        abort();
    return run;
}

static bool end(struct double_event_run *run, HRESULT *ret_failure)
{
    WaitForSingleObject(run->thread, INFINITE);
    CloseHandle(run->thread);
    const bool answer = run->answer;
    *ret_failure = run->failure;
    free(run);
    return answer;
}

/* ---- controls ---- */

static unsigned subscribed(void)
{
    return state.is_subscribed ? 1 : 0;
}

static const wchar_t *instance_name(void)
{
    return state.instance_name;
}

static size_t get_lines(const wchar_t *const **ret_lines)
{
    *ret_lines = (const wchar_t *const *)(void *)lines;
    return line_count;
}

static const char *fault(void)
{
    if (components_out != 0)
        broken("a component is not released");
    return state.fault;
}

const struct double_controls *vssapi_double(void);

const struct double_controls *vssapi_double(void)
{
    static const struct double_controls controls = {
        begin, end, subscribed, instance_name, get_lines, fault, &double_request, &is_inactive,
    };
    return &controls;
}
