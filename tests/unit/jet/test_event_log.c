/* SPDX-License-Identifier: MIT */
/* What an instance tells the system's log, and how parameters silence it. The system's log is replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "os/os_event_log.h"
#include "support/temp_folder.h"

enum { TOLD_MAX = 64 };

static struct {
    char source[80];
    enum os_event_severity severity;
    unsigned id;
    char text[400];
} told[TOLD_MAX];
static _Atomic unsigned count_told;

void __wrap_os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text);
void __wrap_os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text)
{
    const unsigned i = atomic_fetch_add(&count_told, 1);
    if (i >= TOLD_MAX)
        return;
    snprintf(told[i].source, sizeof told[i].source, "%s", source);
    snprintf(told[i].text, sizeof told[i].text, "%s", text);
    told[i].severity = severity;
    told[i].id = id;
}

/* The place of an event among those told; -1: it was not. */
static int place_of(unsigned id)
{
    for (unsigned i = 0; i < atomic_load(&count_told) && i < TOLD_MAX; i++)
        if (told[i].id == id)
            return (int)i;
    return -1;
}

static JET_INSTANCE create(struct temp_folder *folder, uint32_t no_information, uint32_t level)
{
    JET_INSTANCE instance = api_instance_create(folder, "teller");
    OK(JetSetSystemParameter(&instance, 0, JET_paramNoInformationEvent, no_information, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramEventLoggingLevel, level, NULL));
    OK(JetSetSystemParameter(&instance, 0, JET_paramEventSource, 0, "mail"));
    atomic_store(&count_told, 0);
    return instance;
}

/* Starts, makes a database, begins a backup and stops it, ends. */
static void live(JET_INSTANCE instance, const char *file)
{
    JET_SESID sesid;
    JET_DBID dbid;
    OK(JetInit(&instance));
    OK(JetBeginSession(instance, &sesid, NULL, NULL));
    OK(JetCreateDatabase(sesid, file, NULL, &dbid, JET_bitNil));
    OK(JetBeginExternalBackupInstance(instance, JET_bitNil));
    OK(JetStopBackupInstance(instance));
    OK(JetEndExternalBackupInstance(instance));
    OK(JetTerm2(instance, JET_bitTermComplete));
}

static void the_life_of_an_instance_is_told_in_order(void **state)
{
    live(create(*state, 0, JET_EventLoggingLevelMax), temp_folder_path(*state, "told.edb"));
    static const unsigned ids[] = {105, 326, 210, 226, 103};
    int last = -1;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const int place = place_of(ids[i]);
        assert_true(place > last);
        assert_string_equal(told[place].source, "mail");
        assert_memory_equal(told[place].text, "teller: ", 8);
        last = place;
    }
    assert_int_equal(told[place_of(226)].severity, OS_EVENT_WARNING);
    assert_int_equal(told[place_of(105)].severity, OS_EVENT_INFORMATION);
    assert_non_null(strstr(told[place_of(326)].text, "told.edb"));
}

static void only_what_is_wrong_is_told_if_that_is_wanted(void **state)
{
    live(create(*state, 1, JET_EventLoggingLevelMax), temp_folder_path(*state, "quiet.edb"));
    assert_true(place_of(226) >= 0);
    for (unsigned i = 0; i < atomic_load(&count_told); i++)
        assert_int_not_equal(told[i].severity, OS_EVENT_INFORMATION);
}

static void nothing_is_told_if_that_is_wanted(void **state)
{
    live(create(*state, 0, JET_EventLoggingDisable), temp_folder_path(*state, "silent.edb"));
    assert_int_equal(atomic_load(&count_told), 0);
}

static void a_snapshot_is_told(void **state)
{
    JET_INSTANCE instance = create(*state, 0, JET_EventLoggingLevelMax);
    JET_OSSNAPID id;
    uint32_t count;
    JET_INSTANCE_INFO *info;
    OK(JetInit(&instance));
    OK(JetOSSnapshotPrepare(&id, JET_bitNil));
    OK(JetOSSnapshotFreeze(id, &count, &info, JET_bitNil));
    OK(JetFreeBuffer((char *)info));
    OK(JetOSSnapshotThaw(id, JET_bitNil));
    OK(JetTerm2(instance, JET_bitTermComplete));
    assert_true(place_of(2005) >= 0);
    assert_true(place_of(2001) > place_of(2005));
    assert_true(place_of(2003) > place_of(2001));
    assert_true(place_of(2006) > place_of(2003));
}

static void a_restore_that_fails_is_told(void **state)
{
    JET_INSTANCE instance = create(*state, 1, JET_EventLoggingLevelMax);
    assert_int_equal(JetRestoreInstance(instance, temp_folder_path(*state, "nothing"), NULL, NULL),
                     JET_errFileNotFound);
    assert_true(place_of(454) >= 0);
    assert_int_equal(told[place_of(454)].severity, OS_EVENT_ERROR);
    OK(JetTerm(instance));
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_life_of_an_instance_is_told_in_order),
        IN_FOLDER(only_what_is_wrong_is_told_if_that_is_wanted),
        IN_FOLDER(nothing_is_told_if_that_is_wanted),
        IN_FOLDER(a_snapshot_is_told),
        IN_FOLDER(a_restore_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
