/* SPDX-License-Identifier: MIT */
/* Events that are kept back, and come in their order when the last hold ends. The system's function is replaced: what
 * the import library would give is a pointer to it, and this program has one of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <windows.h>

#include "os/os_event_log.h"
#include "os_event_log_hold.h"

enum { TOLD_MOST = 200, KEPT_MOST = 64 };

static unsigned told[TOLD_MOST];
static size_t told_count;

static BOOL WINAPI report(HANDLE log, WORD type, WORD category, DWORD id, PSID user, WORD count, DWORD size,
                          LPCWSTR *texts, LPVOID data)
{
    assert_non_null(log);
    assert_int_equal(type, EVENTLOG_WARNING_TYPE);
    assert_int_equal(count, 1);
    assert_int_equal(wcscmp(texts[0], L"text"), 0);
    assert_true(told_count < TOLD_MOST);
    told[told_count++] = id;
    return TRUE;
}

BOOL(WINAPI *__imp_ReportEventW)(HANDLE, WORD, WORD, DWORD, PSID, WORD, DWORD, LPCWSTR *, LPVOID) = report;

static void tell(unsigned id)
{
    os_event_log_write("Coldstream", OS_EVENT_WARNING, id, "text");
}

static int clear(void **state)
{
    told_count = 0;
    return 0;
}

static void told_at_once(void **state)
{
    tell(1);
    assert_int_equal(told_count, 1);
    assert_int_equal(told[0], 1);
}

static void kept_until_the_last_release(void **state)
{
    os_event_log_hold();
    tell(1);
    os_event_log_hold();
    tell(2);
    os_event_log_release();
    tell(3);
    assert_int_equal(told_count, 0);
    os_event_log_release();
    assert_int_equal(told_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(told[i], i + 1);
    tell(4);
    assert_int_equal(told_count, 4);
}

static void too_many_are_dropped(void **state)
{
    os_event_log_hold();
    for (unsigned i = 0; i < 2 * KEPT_MOST; i++)
        tell(i);
    os_event_log_release();
    assert_int_equal(told_count, KEPT_MOST);
    assert_int_equal(told[KEPT_MOST - 1], KEPT_MOST - 1);
    os_event_log_hold(); /* and there is room again */
    tell(7);
    os_event_log_release();
    assert_int_equal(told_count, KEPT_MOST + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(told_at_once, clear),
        cmocka_unit_test_setup(kept_until_the_last_release, clear),
        cmocka_unit_test_setup(too_many_are_dropped, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
