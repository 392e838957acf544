/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jet/instance_status.h"
#include "writer_fixture.h"

const wchar_t *writer_fixture_library;

/* ---- the host ---- */

static jet_err each(void *context, jet_err (*visit)(void *visit_context, const struct vss_named_instance *instance),
                    void *visit_context)
{
    const struct writer_fixture *fixture = context;
    const struct vss_named_instance gone = {(JET_INSTANCE)-2, "gone"}; /* it stopped a moment ago */
    struct vss_named_instance named = {.name = "bank"};
    jet_err err = visit(visit_context, &gone);
    if (err < JET_errSuccess || fixture->has_no_instance ||
        instance_very_handle(fixture->backup.api.instance, &named.handle) < JET_errSuccess)
        return err;
    return visit(visit_context, &named);
}

static void report(void *context, const struct vss_report *told)
{
    struct writer_fixture *fixture = context;
    if (atomic_load(&fixture->is_held) || !told->text[0])
        atomic_store(&fixture->is_wrong, true);
    atomic_fetch_add(&fixture->reports[told->event], 1);
    os_event_set(fixture->reported);
}

static void hold(void *context, bool is_held)
{
    struct writer_fixture *fixture = context;
    atomic_store(&fixture->is_held, is_held);
    if (!is_held || !fixture->held)
        return;
    os_event_set(fixture->held);
    (void)os_event_wait(fixture->go_on, OS_WAIT_FOREVER);
}

/* ---- the double ---- */

static const struct double_controls *load_double(void)
{
    double_controls_get *get;
    const HMODULE module = LoadLibraryW(writer_fixture_library); /* and stays: the writer comes and goes */
    assert_non_null(module);
    const FARPROC found = GetProcAddress(module, "vssapi_double");
    assert_non_null(found);
    memcpy(&get, &found, sizeof get);
    return get();
}

static bool knows_requests(void)
{
    const HMODULE module = LoadLibraryW(writer_fixture_library);
    return GetProcAddress(module, "CreateWriter") ||
           GetProcAddress(module, "?GetBackupType@CVssWriter@@IEBA?AW4_VSS_BACKUP_TYPE@@XZ");
}

void writer_fixture_open(struct writer_fixture *fixture, uint32_t until_thaw_ms, uint32_t until_end_ms)
{
    const struct vss_writer_options options = {
        .name = "Coldstream test",
        .service_name = fixture->service_name,
        .until_thaw_ms = until_thaw_ms,
        .until_end_ms = until_end_ms,
        .library = writer_fixture_library,
    };
    vss_writer_close(fixture->writer);
    fixture->writer = NULL;
    OK(vss_writer_open(&options, &fixture->host, fixture->text, &fixture->writer));
}

void writer_fixture_select(struct writer_fixture *fixture, VSS_BACKUP_TYPE type)
{
    static const struct double_component bank[BANK_COMPONENTS] = {
        {L"bank", L"test.edb", true, false, false, false},
        {L"bank", L"Logs",     true, false, false, false},
    };
    static VSS_ID set_id = {1, 2, 3, {4}};
    set_id.Data1++;
    memcpy(fixture->components, bank, sizeof bank);
    *fixture->vss->request = (struct double_request){
        .has_components = true,
        .type = type,
        .components = fixture->components,
        .component_count = BANK_COMPONENTS,
        .set_id = set_id,
    };
}

/* ---- the fixture ---- */

int writer_fixture_setup(void **state)
{
    struct writer_fixture *fixture = calloc(1, sizeof *fixture);
    void *backup = NULL;
    if (!fixture || backup_fixture_setup(&backup) != 0)
        return -1;
    fixture->backup = *(struct backup_fixture *)backup;
    free(backup);
    fixture->host = (struct vss_writer_host){.context = fixture, .each = each, .hold = hold, .report = report};
    OK(os_event_new(&fixture->reported));
    fixture->vss = load_double();
    fixture->has_helpers = knows_requests();
    writer_fixture_select(fixture, VSS_BT_FULL);
    writer_fixture_open(fixture, 0, 0);
    *state = fixture;
    return 0;
}

/* The backup's teardown frees what begins with it: the whole fixture. */
int writer_fixture_teardown(void **state)
{
    struct writer_fixture *fixture = *state;
    vss_writer_close(fixture->writer);
    *fixture->vss->is_inactive = false;
    const bool is_right = fixture->vss->fault()[0] == '\0' && !atomic_load(&fixture->is_wrong);
    if (!is_right)
        print_error("the double: %s; reports while held: %d\n", fixture->vss->fault(), atomic_load(&fixture->is_wrong));
    os_event_free(fixture->reported);
    return backup_fixture_teardown(state) == 0 && is_right ? 0 : -1;
}

/* ---- events ---- */

bool writer_fixture_fire(struct writer_fixture *fixture, enum double_event event, HRESULT *ret_failure)
{
    struct double_event_run *run = fixture->vss->begin(event);
    assert_non_null(run);
    return fixture->vss->end(run, ret_failure);
}

void fire_well(struct writer_fixture *fixture, enum double_event event)
{
    HRESULT failure;
    const bool answer = writer_fixture_fire(fixture, event, &failure);
    assert_int_equal(failure, S_OK);
    assert_true(answer);
}

void fire_badly(struct writer_fixture *fixture, enum double_event event, HRESULT failure)
{
    HRESULT told;
    assert_false(writer_fixture_fire(fixture, event, &told));
    assert_int_equal(told, fixture->has_helpers ? failure : S_OK);
}

/* ---- the instance ---- */

void writer_fixture_insert(struct writer_fixture *fixture, int id)
{
    OK(JetBeginTransaction(fixture->backup.api.sesid));
    api_things_insert(fixture->backup.api.sesid, &fixture->backup.things, id, "x");
    OK(JetCommitTransaction(fixture->backup.api.sesid, JET_bitNil));
}

void assert_nothing_is_held(struct writer_fixture *fixture)
{
    static int id = 100000;
    const JET_INSTANCE instance = fixture->backup.api.instance;
    assert_false(vss_writer_is_busy(fixture->writer));
    assert_false(atomic_load(&fixture->is_held));
    OK(JetBeginExternalBackupInstance(instance, JET_bitNil));
    OK(JetEndExternalBackupInstance(instance));
    writer_fixture_insert(fixture, id++);
}
