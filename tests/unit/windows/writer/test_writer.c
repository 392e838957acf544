/* SPDX-License-Identifier: MIT */
/* cs_writer_register() and its like, with events of the double: an application whose instances are in shadow copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../../windows/vss/vss_library.h"
#include "../../jet/backup_fixture.h"
#include "../vss/vssapi_double.h"
#include "jet/coldstream_writer.h"
#include "support/temp_folder.h"

enum { TEXT_SIZE = 256 };

static const struct double_controls *controls;
static bool has_no_vss;

jet_err __real_vss_library_open(const wchar_t *path, struct vss_library *library);
jet_err __wrap_vss_library_open(const wchar_t *path, struct vss_library *library);

jet_err __wrap_vss_library_open(const wchar_t *path, struct vss_library *library)
{
    assert_null(path); /* the system's: an application names no other */
    return __real_vss_library_open(has_no_vss ? L"no_such_library.dll" : L"vssapi_whole.dll", library);
}

static int load(void **state)
{
    double_controls_get *get;
    const HMODULE module = LoadLibraryW(L"vssapi_whole.dll");
    const FARPROC found = module ? GetProcAddress(module, "vssapi_double") : NULL;
    if (!found)
        return -1;
    memcpy(&get, &found, sizeof get);
    controls = get();
    return 0;
}

static void fire(enum double_event event)
{
    HRESULT failure;
    struct double_event_run *run = controls->begin(event);
    assert_non_null(run);
    assert_true(controls->end(run, &failure));
    assert_int_equal(failure, S_OK);
}

static bool has_line(const wchar_t *line)
{
    const wchar_t *const *lines;
    const size_t count = controls->lines(&lines);
    size_t i = 0;
    while (i < count && wcscmp(lines[i], line) != 0)
        i++;
    return i < count;
}

static struct cs_writer *add(JET_INSTANCE instance, const char *label)
{
    const struct cs_writer_options options = {.cbStruct = sizeof options};
    struct cs_writer *writer = NULL;
    OK(cs_writer_register(instance, label, &options, &writer));
    return writer;
}

static int teardown(void **state)
{
    has_no_vss = false;
    *controls->request = (struct double_request){.type = VSS_BT_UNDEFINED};
    const bool is_right = controls->fault()[0] == '\0' && controls->subscribed() == 0;
    if (!is_right)
        print_error("the double: %s\n", controls->fault());
    return backup_fixture_teardown(state) == 0 && is_right ? 0 : -1;
}

/* ---- tests ---- */

static void two_instances_share_a_writer(void **state)
{
    struct backup_fixture *fixture = *state;
    JET_INSTANCE other = 0;
    void *folder = NULL;
    assert_int_equal(temp_folder_setup(&folder), 0);
    other = api_instance_create(folder, "other");
    OK(JetInit(&other));
    struct cs_writer *first = add(fixture->api.instance, "bank");
    assert_int_equal(cs_writer_state(first), CS_WRITER_REGISTERED);
    assert_int_equal(wcscmp(controls->instance_name(), L"bank"), 0);
    struct cs_writer *second = NULL;
    assert_int_equal(cs_writer_register(other, "Bank", NULL, &second), JET_errInvalidParameter); /* one name to VSS */
    second = add(other, "mail");
    fire(DOUBLE_IDENTIFY);
    assert_true(has_line(L"component|bank|test.edb||"));
    assert_true(has_line(L"component|bank|Logs||"));
    assert_true(has_line(L"component|mail|Logs||"));
    OK(cs_writer_unregister(first));
    fire(DOUBLE_IDENTIFY);
    assert_false(has_line(L"component|bank|Logs||"));
    assert_true(has_line(L"component|mail|Logs||"));
    OK(cs_writer_unregister(second));
    assert_int_equal(controls->subscribed(), 0);
    api_term(other, JET_bitTermAbrupt);
    temp_folder_teardown(&folder);
}

static void freeze(void)
{
    fire(DOUBLE_PREPARE_BACKUP);
    fire(DOUBLE_PREPARE_SNAPSHOT);
    fire(DOUBLE_FREEZE);
}

static void a_registration_goes_while_it_is_frozen(void **state)
{
    struct backup_fixture *fixture = *state;
    struct cs_writer *writer = add(fixture->api.instance, "bank");
    freeze();
    assert_int_equal(JetBeginExternalBackupInstance(fixture->api.instance, JET_bitNil), JET_errBackupNotAllowedYet);
    OK(cs_writer_unregister(writer));
    OK(JetBeginExternalBackupInstance(fixture->api.instance, JET_bitNil));
    OK(JetEndExternalBackupInstance(fixture->api.instance));
}

static void an_instance_stops_while_it_is_frozen(void **state)
{
    struct backup_fixture *fixture = *state;
    char text[TEXT_SIZE];
    struct cs_writer *writer = add(fixture->api.instance, "bank");
    freeze();
    api_term(fixture->api.instance, JET_bitTermAbrupt);
    fixture->api.instance = 0;
    assert_int_equal(cs_writer_state(writer), CS_WRITER_ENDED);
    cs_writer_error(writer, text, sizeof text);
    assert_int_not_equal(text[0], '\0');
    fire(DOUBLE_IDENTIFY);
    assert_false(has_line(L"component|bank|Logs||"));
    OK(cs_writer_unregister(writer));
}

/* An application works as ever where there is no VSS. */
static void without_vss_it_is_refused(void **state)
{
    struct backup_fixture *fixture = *state;
    char text[TEXT_SIZE];
    has_no_vss = true;
    struct cs_writer *writer = add(fixture->api.instance, "bank");
    assert_int_equal(cs_writer_state(writer), CS_WRITER_REFUSED);
    cs_writer_error(writer, text, sizeof text);
    assert_non_null(strstr(text, "vssapi.dll"));
    OK(cs_writer_unregister(writer));
    has_no_vss = false;
    writer = add(fixture->api.instance, "bank");
    assert_int_equal(cs_writer_state(writer), CS_WRITER_REGISTERED);
    OK(cs_writer_unregister(writer));
}

static void what_cannot_be_registered(void **state)
{
    struct backup_fixture *fixture = *state;
    const JET_INSTANCE instance = fixture->api.instance;
    const struct cs_writer_options small = {.cbStruct = 1};
    const struct cs_writer_options bus = {.cbStruct = sizeof bus, .bus_address = "unix:path=/tmp/bus"};
    struct cs_writer *writer = NULL;
    struct cs_writer *again = NULL;
    assert_int_equal(cs_writer_register(instance, NULL, NULL, &writer), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(instance, "", NULL, &writer), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(instance, "a\\b", NULL, &writer), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(instance, "\xFF", NULL, &writer), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(instance, "bank", &small, &writer), JET_errInvalidParameter);
    assert_int_equal(cs_writer_register(instance, "bank", &bus, &writer), JET_errInvalidParameter);
    OK(cs_writer_register(instance, "bank", NULL, &writer));
    assert_int_equal(cs_writer_register(instance, "other", NULL, &again), JET_errInvalidParameter);
    OK(cs_writer_unregister(writer));
    OK(cs_writer_unregister(NULL));
}

#define WITH_INSTANCE(test) cmocka_unit_test_setup_teardown(test, backup_fixture_setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_INSTANCE(two_instances_share_a_writer),
        WITH_INSTANCE(a_registration_goes_while_it_is_frozen),
        WITH_INSTANCE(an_instance_stops_while_it_is_frozen),
        WITH_INSTANCE(without_vss_it_is_refused),
        WITH_INSTANCE(what_cannot_be_registered),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
