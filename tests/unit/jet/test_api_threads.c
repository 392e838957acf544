/* SPDX-License-Identifier: MIT */
/* Eight threads move money between accounts, each with a session of its own; whoever looks sees the same total, in
 * whatever order he looks; and meanwhile another index comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "os/os_thread.h"
#include "os/os_word.h"

enum { TELLERS = 8, ACCOUNTS = 40, TRANSFERS = 300, OPENING_BALANCE = 1000 };

struct bank {
    const struct api_fixture *fixture;
    _Atomic int transfers, conflicts;
    _Atomic int audits;
    _Atomic int built;      /* indexes that came and went */
    _Atomic int unexpected; /* first result that nobody may get */
    _Atomic bool is_closed;
    _Atomic bool is_quiet; /* tellers begin nothing new: an index is made by who is alone with the records */
};

/* A teller's own session and cursor. The balance is the name column: binary, four bytes. */
struct desk {
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID tableid;
    JET_COLUMNID balance;
};

static JET_ERR desk_open(struct bank *bank, struct desk *desk)
{
    JET_COLUMNDEF definition;
    JET_ERR err = JetBeginSession(bank->fixture->instance, &desk->sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetOpenDatabase(desk->sesid, bank->fixture->file, NULL, &desk->dbid, JET_bitNil);
    if (err >= JET_errSuccess)
        err = JetOpenTable(desk->sesid, desk->dbid, "things", NULL, 0, JET_bitNil, &desk->tableid);
    if (err >= JET_errSuccess)
        err = JetGetTableColumnInfo(desk->sesid, desk->tableid, "name", &definition, sizeof definition, JET_ColInfo);
    if (err >= JET_errSuccess)
        desk->balance = definition.columnid;
    return err;
}

static JET_ERR account_add(const struct desk *desk, int account, int amount)
{
    int32_t key = account;
    int32_t balance = 0;
    JET_ERR err = JetMakeKey(desk->sesid, desk->tableid, &key, sizeof key, JET_bitNewKey);
    if (err >= JET_errSuccess)
        err = JetSeek(desk->sesid, desk->tableid, JET_bitSeekEQ);
    if (err >= JET_errSuccess)
        err = JetPrepareUpdate(desk->sesid, desk->tableid, JET_prepReplace);
    if (err < JET_errSuccess)
        return err;
    err =
        JetRetrieveColumn(desk->sesid, desk->tableid, desk->balance, &balance, sizeof balance, NULL, JET_bitNil, NULL);
    balance += amount;
    if (err >= JET_errSuccess)
        err = JetSetColumn(desk->sesid, desk->tableid, desk->balance, &balance, sizeof balance, JET_bitNil, NULL);
    return err < JET_errSuccess ? err : JetUpdate(desk->sesid, desk->tableid, NULL, 0, NULL);
}

static JET_ERR transfer(const struct desk *desk, int from, int to, int amount)
{
    JET_ERR err = JetBeginTransaction(desk->sesid);
    if (err < JET_errSuccess)
        return err;
    err = account_add(desk, from, -amount);
    if (err >= JET_errSuccess)
        err = account_add(desk, to, amount);
    if (err >= JET_errSuccess)
        err = JetCommitTransaction(desk->sesid, JET_bitCommitLazyFlush);
    if (err < JET_errSuccess) {
        JET_ERR undone = JetRollback(desk->sesid, JET_bitNil);
        if (undone < JET_errSuccess)
            return undone;
    }
    return err;
}

static void note(struct bank *bank, JET_ERR err)
{
    int none = JET_errSuccess;
    atomic_compare_exchange_strong(&bank->unexpected, &none, err);
}

static void pause_briefly(void)
{
    _Atomic uint32_t nobody = 0;
    os_word_wait(&nobody, 0, 1);
}

static void tell(void *context)
{
    struct bank *bank = context;
    struct desk desk;
    JET_ERR err = desk_open(bank, &desk);
    uint32_t seed = (uint32_t)desk.sesid;
    for (int i = 0; i < TRANSFERS && err >= JET_errSuccess;) {
        seed = seed * 1664525 + 1013904223;
        int from = (int)(seed >> 8) % ACCOUNTS;
        int to = (from + 1 + (int)(seed >> 20) % (ACCOUNTS - 1)) % ACCOUNTS;
        while (atomic_load(&bank->is_quiet))
            pause_briefly();
        err = transfer(&desk, from, to, (int)(seed >> 28));
        if (err == JET_errWriteConflict) {
            atomic_fetch_add(&bank->conflicts, 1);
            err = JET_errSuccess;
        } else if (err >= JET_errSuccess) {
            atomic_fetch_add(&bank->transfers, 1);
            i++;
        }
    }
    if (err >= JET_errSuccess)
        err = JetEndSession(desk.sesid, JET_bitNil);
    if (err < JET_errSuccess)
        note(bank, err);
}

/* `index` NULL: in the order of the accounts. */
static JET_ERR total_of(const struct desk *desk, const char *index, int *ret_total)
{
    int total = 0;
    JET_ERR err = JetBeginTransaction2(desk->sesid, JET_bitTransactionReadOnly);
    if (err >= JET_errSuccess)
        err = JetSetCurrentIndex(desk->sesid, desk->tableid, index);
    if (err < JET_errSuccess)
        return err;
    for (err = JetMove(desk->sesid, desk->tableid, JET_MoveFirst, JET_bitNil); err >= JET_errSuccess;
         err = JetMove(desk->sesid, desk->tableid, JET_MoveNext, JET_bitNil)) {
        int32_t balance = 0;
        err = JetRetrieveColumn(desk->sesid, desk->tableid, desk->balance, &balance, sizeof balance, NULL, JET_bitNil,
                                NULL);
        if (err < JET_errSuccess)
            return err;
        total += balance;
    }
    if (err != JET_errNoCurrentRecord)
        return err;
    *ret_total = total;
    return JetRollback(desk->sesid, JET_bitNil);
}

static void audit(void *context)
{
    struct bank *bank = context;
    struct desk desk;
    int total = 0;
    JET_ERR err = desk_open(bank, &desk);
    while (err >= JET_errSuccess && !atomic_load(&bank->is_closed)) {
        err = total_of(&desk, atomic_load(&bank->audits) % 2 ? "balances" : NULL, &total);
        if (err >= JET_errSuccess && total != ACCOUNTS * OPENING_BALANCE)
            err = JET_errDatabaseCorrupted;
        atomic_fetch_add(&bank->audits, 1);
    }
    if (err >= JET_errSuccess)
        err = JetEndSession(desk.sesid, JET_bitNil);
    if (err < JET_errSuccess)
        note(bank, err);
}

/* One more index, made while the others move money, read, and deleted. They are in the way, and it is in theirs. */
static JET_ERR build_once(struct bank *bank, const struct desk *desk)
{
    static const char key[] = "-name\0+id\0";
    int total = 0;
    JET_ERR err = JET_errWriteConflict;
    atomic_store(&bank->is_quiet, true);
    while (err == JET_errWriteConflict) {
        pause_briefly();
        err = JetCreateIndex(desk->sesid, desk->tableid, "more", JET_bitNil, key, sizeof key, 80);
    }
    atomic_store(&bank->is_quiet, false);
    if (err < JET_errSuccess)
        return err;
    err = total_of(desk, "more", &total);
    if (err >= JET_errSuccess && total != ACCOUNTS * OPENING_BALANCE)
        err = JET_errDatabaseCorrupted;
    if (err >= JET_errSuccess)
        err = JetSetCurrentIndex(desk->sesid, desk->tableid, NULL);
    return err < JET_errSuccess ? err : JetDeleteIndex(desk->sesid, desk->tableid, "more");
}

static void build(void *context)
{
    struct bank *bank = context;
    struct desk desk;
    JET_ERR err = desk_open(bank, &desk);
    while (err >= JET_errSuccess && !atomic_load(&bank->is_closed)) {
        err = build_once(bank, &desk);
        atomic_fetch_add(&bank->built, 1);
        pause_briefly();
    }
    if (err >= JET_errSuccess)
        err = JetEndSession(desk.sesid, JET_bitNil);
    if (err < JET_errSuccess)
        note(bank, err);
}

static void open_accounts(const struct api_fixture *fixture)
{
    struct api_things things;
    const int32_t balance = OPENING_BALANCE;
    static const char key[] = "+name\0";
    api_things_create(fixture, &things);
    OK(JetBeginTransaction(fixture->sesid));
    for (int32_t i = 0; i < ACCOUNTS; i++) {
        OK(JetPrepareUpdate(fixture->sesid, things.tableid, JET_prepInsert));
        OK(JetSetColumn(fixture->sesid, things.tableid, things.id, &i, sizeof i, JET_bitNil, NULL));
        OK(JetSetColumn(fixture->sesid, things.tableid, things.name, &balance, sizeof balance, JET_bitNil, NULL));
        OK(JetUpdate(fixture->sesid, things.tableid, NULL, 0, NULL));
    }
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
    OK(JetCreateIndex(fixture->sesid, things.tableid, "balances", JET_bitNil, key, sizeof key, 80));
    OK(JetCloseTable(fixture->sesid, things.tableid));
}

static void money_is_neither_made_nor_lost(void **state)
{
    struct api_fixture *fixture = *state;
    struct bank bank = {.fixture = fixture};
    struct os_thread *tellers[TELLERS];
    struct os_thread *auditor, *builder;
    struct desk desk;
    int total = 0;
    open_accounts(fixture);
    OK(os_thread_start(audit, &bank, &auditor));
    OK(os_thread_start(build, &bank, &builder));
    for (int i = 0; i < TELLERS; i++)
        OK(os_thread_start(tell, &bank, &tellers[i]));
    for (int i = 0; i < TELLERS; i++)
        os_thread_join(tellers[i]);
    atomic_store(&bank.is_closed, true);
    os_thread_join(auditor);
    os_thread_join(builder);
    OK(atomic_load(&bank.unexpected));
    assert_int_equal(atomic_load(&bank.transfers), TELLERS * TRANSFERS);
    assert_true(atomic_load(&bank.audits) > 0);
    assert_true(atomic_load(&bank.built) > 0);

    api_fixture_restart(fixture, JET_bitTermDirty);
    OK(desk_open(&bank, &desk));
    OK(total_of(&desk, NULL, &total));
    assert_int_equal(total, ACCOUNTS * OPENING_BALANCE);
    OK(total_of(&desk, "balances", &total));
    assert_int_equal(total, ACCOUNTS * OPENING_BALANCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(money_is_neither_made_nor_lost, api_fixture_setup, api_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
