/* SPDX-License-Identifier: MIT */
/* Ends clear the stop. One that met no backup must not clear the stop of a backup that is begun at that moment. The
 * linker sends os_event_reset() here (--wrap), so that the moment can be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "fake_source.h"

enum { PATIENCE_MS = 60 * 1000, MOMENT_MS = 200 };

/* Somebody else, who begins a backup and has it stopped. */
static struct other {
    struct backup *b;
    struct os_event *go, *done;
    bool waits; /* the next reset lets him go first, if he can */
    jet_err begin_err;
} other;

static void begin_and_stop(void *context)
{
    struct other *o = context;
    (void)os_event_wait(o->go, PATIENCE_MS);
    o->begin_err = backup_begin(o->b, 0);
    backup_stop(o->b);
    os_event_set(o->done);
}

void __real_os_event_reset(struct os_event *event);
void __wrap_os_event_reset(struct os_event *event);
void __wrap_os_event_reset(struct os_event *event)
{
    if (other.waits) {
        other.waits = false;
        os_event_set(other.go);
        (void)os_event_wait(other.done, MOMENT_MS); /* he may have to wait for us: the lock */
    }
    __real_os_event_reset(event);
}

/* `end` finds nothing to end; while it does, the other begins and is stopped. */
static void end_meanwhile(void (*end)(struct backup *b))
{
    struct fake_source fake;
    struct os_thread *thread;
    struct backup_list list;
    fake_source_init(&fake);
    other = (struct other){0};
    assert_int_equal(backup_new(&fake.source, false, &other.b), 0);
    assert_int_equal(os_event_new(&other.go), 0);
    assert_int_equal(os_event_new(&other.done), 0);
    assert_int_equal(os_thread_start(begin_and_stop, &other, &thread), 0);
    other.waits = true;
    end(other.b);
    os_thread_join(thread);
    assert_false(other.waits);
    assert_int_equal(other.begin_err, 0);
    assert_int_equal(backup_get_attach_info(other.b, &list), JET_errBackupAbortByServer);
    backup_free(other.b);
    os_event_free(other.go);
    os_event_free(other.done);
}

static void end_nothing(struct backup *b)
{
    assert_int_equal(backup_end(b, BACKUP_BIT_END_NORMAL), JET_errNoBackup);
}

static void an_end_that_meets_no_backup_leaves_the_stop_of_the_next(void **state)
{
    end_meanwhile(end_nothing);
}

static void a_termination_that_meets_no_backup_leaves_the_stop_of_the_next(void **state)
{
    end_meanwhile(backup_end_by_server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_that_meets_no_backup_leaves_the_stop_of_the_next),
        cmocka_unit_test(a_termination_that_meets_no_backup_leaves_the_stop_of_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
