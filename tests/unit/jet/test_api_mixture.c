/* SPDX-License-Identifier: MIT */
/* All that a table can have, used by many threads at once: indexes of every kind, which come and go while others write,
 * long values in pieces, escrow, copies of records, callbacks, temporary tables, defragmenting. In every snapshot each
 * index has exactly the entries that its records should have; the whole check looks at the file at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "base/compiler.h"
#include "os/os_thread.h"
#include "os/os_word.h"

enum {
    WRITERS = 4,
    ROUNDS = 40,  /* transactions of each writer */
    OWN_ROWS = 8, /* of each writer */
    BUILDS = 12,  /* of indexes, at most */
    PAUSE_MS = 5, /* of those who are only in the way: writers are to get on, also where all is slow */
    TAGS_MAX = 3,
    NOTE_MAX = 12000,
    CODE_PAGE_UNICODE = 1200,
};

enum { ID, COUNT, WORD, NAME, TAGS, NOTE, COLUMNS };

struct mixture {
    const struct api_fixture *fixture;
    JET_COLUMNID columns[COLUMNS];
    _Atomic int writing; /* writers that are not done */
    _Atomic int counted; /* committed steps of the escrow column */
    _Atomic int called;  /* callbacks */
    _Atomic int built, walked, sorted, defragmented;
    _Atomic int unexpected; /* first result that nobody may get */
    _Atomic bool is_quiet;  /* writers begin nothing new */
};

/* One thread. */
struct hand {
    struct mixture *mixture;
    uint32_t random;
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID tableid;
    int first; /* of a writer's own rows */
};

static uint32_t choose(struct hand *hand, uint32_t limit)
{
    hand->random = hand->random * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(hand->random >> 8) * limit >> 24);
}

static void pause_ms(unsigned milliseconds)
{
    _Atomic uint32_t nobody = 0;
    os_word_wait(&nobody, 0, milliseconds);
}

/* Others may be in the way; then it was as if nothing had been asked. */
static JET_ERR unless_conflict(JET_ERR err)
{
    return err == JET_errWriteConflict ? JET_errSuccess : err;
}

static JET_ERR hand_open(struct hand *hand)
{
    const struct api_fixture *fixture = hand->mixture->fixture;
    JET_ERR err = JetBeginSession(fixture->instance, &hand->sesid, NULL, NULL);
    if (err >= JET_errSuccess)
        err = JetOpenDatabase(hand->sesid, fixture->file, NULL, &hand->dbid, JET_bitNil);
    return err < JET_errSuccess ? err
                                : JetOpenTable(hand->sesid, hand->dbid, "mixture", NULL, 0, JET_bitNil, &hand->tableid);
}

static void hand_close(struct hand *hand, JET_ERR err)
{
    int none = JET_errSuccess;
    if (err >= JET_errSuccess)
        err = JetEndSession(hand->sesid, JET_bitNil);
    if (err < JET_errSuccess)
        atomic_compare_exchange_strong(&hand->mixture->unexpected, &none, err);
}

static JET_ERR set(const struct hand *hand, unsigned column, const void *bytes, size_t size, JET_GRBIT grbit,
                   uint32_t itag)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
    return JetSetColumn(hand->sesid, hand->tableid, hand->mixture->columns[column], bytes, (uint32_t)size, grbit,
                        &info);
}

static JET_ERR seek(const struct hand *hand, int32_t id)
{
    JET_ERR err = JetMakeKey(hand->sesid, hand->tableid, &id, sizeof id, JET_bitNewKey);
    return err < JET_errSuccess ? err : JetSeek(hand->sesid, hand->tableid, JET_bitSeekEQ);
}

/* ---- writers ---- */

static JET_ERR JET_API before_insert(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp, void *arg1,
                                     void *arg2, void *context, JET_API_PTR unused)
{
    _Atomic int *called = context;
    (void)sesid;
    (void)dbid;
    (void)tableid;
    (void)arg1;
    (void)arg2;
    (void)unused;
    if (cbtyp == JET_cbtypBeforeInsert)
        atomic_fetch_add(called, 1);
    return JET_errSuccess;
}

/* At once, or behind what is there, as far as that is not too much. */
static JET_ERR set_note(struct hand *hand)
{
    static const uint8_t bytes[NOTE_MAX];
    const bool appends = choose(hand, 2) == 0;
    JET_ERR err = set(hand, NOTE, bytes, choose(hand, NOTE_MAX), appends ? JET_bitSetAppendLV : JET_bitNil, 1);
    if (err >= JET_errSuccess && choose(hand, 3) == 0)
        err = set(hand, NOTE, NULL, choose(hand, NOTE_MAX), JET_bitSetSizeLV, 1);
    return err;
}

static JET_ERR set_values(struct hand *hand)
{
    static const uint16_t word[] = {'w', 'o', 'r', 'd', 's'};
    uint8_t name[100];
    JET_ERR err;
    memset(name, (int)choose(hand, 256), sizeof name);
    err = set(hand, NAME, name, choose(hand, sizeof name), JET_bitNil, 1);
    if (err >= JET_errSuccess)
        err = set(hand, WORD, word, 2 * (1 + choose(hand, COUNT_OF(word))), JET_bitNil, 1);
    for (uint32_t itag = TAGS_MAX; itag > 0 && err >= JET_errSuccess; itag--) {
        const int32_t tag = (int32_t)(choose(hand, 5) * TAGS_MAX + itag);
        const bool stays = choose(hand, 2) == 0;
        err = set(hand, TAGS, stays ? &tag : NULL, stays ? sizeof tag : 0, JET_bitNil, itag);
    }
    return err < JET_errSuccess ? err : set_note(hand);
}

/* One of the writer's own rows is made, changed, copied over itself, or deleted. */
static JET_ERR change_own(struct hand *hand)
{
    const int32_t id = hand->first + (int32_t)choose(hand, OWN_ROWS);
    JET_ERR err = seek(hand, id);
    if (err == JET_errRecordNotFound) {
        err = JetPrepareUpdate(hand->sesid, hand->tableid, JET_prepInsert);
        if (err >= JET_errSuccess)
            err = set(hand, ID, &id, sizeof id, JET_bitNil, 1);
    } else if (err >= JET_errSuccess && choose(hand, 4) == 0) {
        return JetDelete(hand->sesid, hand->tableid);
    } else if (err >= JET_errSuccess) {
        const bool copies = choose(hand, 3) == 0;
        err = JetPrepareUpdate(hand->sesid, hand->tableid, copies ? JET_prepInsertCopyDeleteOriginal : JET_prepReplace);
    }
    if (err >= JET_errSuccess)
        err = set_values(hand);
    return err < JET_errSuccess ? err : JetUpdate(hand->sesid, hand->tableid, NULL, 0, NULL);
}

/* Everybody counts the same number up. */
static JET_ERR count_up(const struct hand *hand)
{
    int32_t one = 1;
    JET_ERR err = seek(hand, 0);
    return err < JET_errSuccess ? err
                                : JetEscrowUpdate(hand->sesid, hand->tableid, hand->mixture->columns[COUNT], &one,
                                                  sizeof one, NULL, 0, NULL, JET_bitNil);
}

/* A level that is taken back. */
static JET_ERR change_in_vain(struct hand *hand)
{
    JET_ERR err = JetBeginTransaction(hand->sesid);
    if (err < JET_errSuccess)
        return err;
    err = change_own(hand);
    const JET_ERR undone = JetRollback(hand->sesid, JET_bitNil);
    return err < JET_errSuccess ? err : undone;
}

static JET_ERR write_once(struct hand *hand)
{
    JET_ERR err = JetBeginTransaction(hand->sesid);
    if (err < JET_errSuccess)
        return err;
    err = choose(hand, 3) == 0 ? change_in_vain(hand) : JET_errSuccess;
    for (unsigned i = 0; i < 3 && err >= JET_errSuccess; i++)
        err = change_own(hand);
    if (err >= JET_errSuccess)
        err = count_up(hand);
    if (err >= JET_errSuccess)
        err = JetCommitTransaction(hand->sesid, JET_bitCommitLazyFlush);
    if (err >= JET_errSuccess) {
        atomic_fetch_add(&hand->mixture->counted, 1);
        return err;
    }
    const JET_ERR undone = JetRollback(hand->sesid, JET_bitNil);
    return undone < JET_errSuccess ? undone : err;
}

static void run_writer(void *context)
{
    struct hand *hand = context;
    JET_HANDLE callback;
    JET_ERR err = hand_open(hand);
    if (err >= JET_errSuccess)
        err = JetRegisterCallback(hand->sesid, hand->tableid, JET_cbtypBeforeInsert, before_insert,
                                  &hand->mixture->called, &callback);
    for (int i = 0; i < ROUNDS && err >= JET_errSuccess; i++) {
        while (atomic_load(&hand->mixture->is_quiet))
            pause_ms(1);
        err = unless_conflict(write_once(hand));
    }
    hand_close(hand, err);
    atomic_fetch_sub(&hand->mixture->writing, 1);
}

/* ---- indexes ---- */

struct kind {
    const char *name, *key;
    uint32_t key_size;
    JET_GRBIT grbit;
    bool is_conditional, has_tuples;
};

static const struct kind kinds[] = {
    {"by_word", "+word\0+id\0", sizeof "+word\0+id\0", JET_bitNil,              false, false},
    {"by_name", "-name\0+id\0", sizeof "-name\0+id\0", JET_bitIndexUnique,      false, false},
    {"by_tags", "+tags\0",      sizeof "+tags\0",      JET_bitNil,              false, false},
    {"tagged",  "+id\0",        sizeof "+id\0",        JET_bitIndexUnique,      true,  false},
    {"pieces",  "+name\0",      sizeof "+name\0",      JET_bitIndexTupleLimits, false, true },
    {"by_note", "+note\0+id\0", sizeof "+note\0+id\0", JET_bitNil,              false, false},
};

static JET_ERR index_make(JET_SESID sesid, JET_TABLEID tableid, const struct kind *kind, const char *name)
{
    JET_TUPLELIMITS limits = {.chLengthMin = 4, .chLengthMax = 10, .chToIndexMax = 5, .cchIncrement = 16};
    char tags[] = "tags";
    JET_CONDITIONALCOLUMN_A condition = {
        .cbStruct = sizeof condition, .szColumnName = tags, .grbit = JET_bitIndexColumnMustBeNonNull};
    JET_INDEXCREATE_A create = {
        .cbStruct = sizeof create,
        .szIndexName = (char *)(uintptr_t)name, /* only read */
        .szKey = (char *)(uintptr_t)kind->key,
        .cbKey = kind->key_size,
        .grbit = kind->grbit,
        .ulDensity = 80,
    };
    if (kind->is_conditional) {
        create.rgconditionalcolumn = &condition;
        create.cConditionalColumn = 1;
    }
    if (kind->has_tuples)
        create.ptuplelimits = &limits;
    return JetCreateIndex2A(sesid, tableid, &create, 1);
}

/* An index of each kind once more, beside those who write. */
static void run_builder(void *context)
{
    struct hand *hand = context;
    struct mixture *mixture = hand->mixture;
    JET_ERR err = hand_open(hand);
    for (unsigned i = 0; i < BUILDS && err >= JET_errSuccess && (i == 0 || atomic_load(&mixture->writing) > 0); i++) {
        const struct kind *kind = &kinds[i % COUNT_OF(kinds)];
        do {
            atomic_store(&mixture->is_quiet, true);
            pause_ms(1);
            err = index_make(hand->sesid, hand->tableid, kind, "more");
        } while (err == JET_errWriteConflict);
        atomic_store(&mixture->is_quiet, false);
        pause_ms(4 * PAUSE_MS);
        while (err >= JET_errSuccess &&
               (err = JetDeleteIndexA(hand->sesid, hand->tableid, "more")) == JET_errWriteConflict)
            pause_ms(1);
        atomic_fetch_add(&mixture->built, 1);
        pause_ms(4 * PAUSE_MS);
    }
    atomic_store(&mixture->is_quiet, false);
    hand_close(hand, err);
}

/* ---- readers ---- */

/* How many values the tags of the current record are. */
static JET_ERR tags_count(const struct hand *hand, int *ret_count)
{
    JET_ERR err;
    for (uint32_t itag = 1;; itag++) {
        JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = itag};
        int32_t tag;
        err = JetRetrieveColumn(hand->sesid, hand->tableid, hand->mixture->columns[TAGS], &tag, sizeof tag, NULL,
                                JET_bitNil, &info);
        if (err == JET_wrnColumnNull || err < JET_errSuccess)
            break;
        *ret_count = (int)itag;
    }
    return err < JET_errSuccess ? err : JET_errSuccess;
}

struct tally {
    int records, tagged, tags; /* a record without tags counts as one */
};

static JET_ERR tally(const struct hand *hand, const char *index, struct tally *ret_tally)
{
    JET_ERR err = JetSetCurrentIndexA(hand->sesid, hand->tableid, index);
    if (err < JET_errSuccess)
        return err;
    for (err = JetMove(hand->sesid, hand->tableid, JET_MoveFirst, JET_bitNil); err >= JET_errSuccess;
         err = JetMove(hand->sesid, hand->tableid, JET_MoveNext, JET_bitNil)) {
        int count = 0;
        err = tags_count(hand, &count);
        if (err < JET_errSuccess)
            return err;
        ret_tally->records++;
        ret_tally->tagged += count > 0;
        ret_tally->tags += count > 0 ? count : 1;
    }
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static int entries_expected(const struct kind *kind, const struct tally *all)
{
    if (kind->is_conditional)
        return all->tagged;
    return strcmp(kind->name, "by_tags") == 0 ? all->tags : all->records;
}

/* One snapshot. */
static JET_ERR look(const struct hand *hand)
{
    struct tally all = {0};
    JET_ERR err = tally(hand, NULL, &all);
    for (size_t i = 0; i < COUNT_OF(kinds) && err >= JET_errSuccess; i++) {
        struct tally some = {0};
        if (kinds[i].has_tuples)
            continue; /* the check of the whole file knows them */
        err = tally(hand, kinds[i].name, &some);
        if (err >= JET_errSuccess && some.records != entries_expected(&kinds[i], &all)) {
            print_error("%s: %d entries, %d expected\n", kinds[i].name, some.records,
                        entries_expected(&kinds[i], &all));
            err = JET_errDatabaseCorrupted;
        }
    }
    return err;
}

static void run_reader(void *context)
{
    struct hand *hand = context;
    JET_ERR err = hand_open(hand);
    while (err >= JET_errSuccess &&
           (atomic_load(&hand->mixture->writing) > 0 || atomic_load(&hand->mixture->walked) == 0)) {
        err = JetBeginTransaction2(hand->sesid, JET_bitTransactionReadOnly);
        if (err >= JET_errSuccess)
            err = look(hand);
        if (err >= JET_errSuccess)
            err = JetRollback(hand->sesid, JET_bitNil);
        atomic_fetch_add(&hand->mixture->walked, 1);
        pause_ms(PAUSE_MS);
    }
    hand_close(hand, err);
}

/* ---- beside all that ---- */

static JET_ERR sort_once(struct hand *hand)
{
    static const JET_COLUMNDEF columns[] = {
        {.cbStruct = sizeof columns[0], .coltyp = JET_coltypLong, .grbit = JET_bitColumnTTKey}
    };
    JET_TABLEID sorted;
    JET_COLUMNID id;
    int32_t last = -1;
    JET_ERR err = JetOpenTempTable(hand->sesid, columns, COUNT_OF(columns), JET_bitTTIndexed, &sorted, &id);
    if (err < JET_errSuccess)
        return err;
    for (int32_t i = 100; i-- > 0 && err >= JET_errSuccess;) {
        const int32_t number = i * 37 % 101;
        err = JetPrepareUpdate(hand->sesid, sorted, JET_prepInsert);
        if (err >= JET_errSuccess)
            err = JetSetColumn(hand->sesid, sorted, id, &number, sizeof number, JET_bitNil, NULL);
        if (err >= JET_errSuccess)
            err = JetUpdate(hand->sesid, sorted, NULL, 0, NULL);
    }
    for (int32_t move = JET_MoveFirst; err >= JET_errSuccess; move = JET_MoveNext) {
        int32_t number = 0;
        err = JetMove(hand->sesid, sorted, move, JET_bitNil);
        if (err >= JET_errSuccess)
            err = JetRetrieveColumn(hand->sesid, sorted, id, &number, sizeof number, NULL, JET_bitNil, NULL);
        if (err >= JET_errSuccess && number <= last)
            err = JET_errDatabaseCorrupted;
        last = number;
    }
    const JET_ERR closed = JetCloseTable(hand->sesid, sorted);
    return err == JET_errNoCurrentRecord ? closed : err;
}

static void run_sorter(void *context)
{
    struct hand *hand = context;
    JET_ERR err = hand_open(hand);
    do {
        if (err >= JET_errSuccess)
            err = sort_once(hand);
        atomic_fetch_add(&hand->mixture->sorted, 1);
        pause_ms(PAUSE_MS);
    } while (err >= JET_errSuccess && atomic_load(&hand->mixture->writing) > 0);
    hand_close(hand, err);
}

static void run_defragmenter(void *context)
{
    struct hand *hand = context;
    JET_ERR err = hand_open(hand);
    do {
        if (err >= JET_errSuccess)
            err = JetDefragmentA(hand->sesid, hand->dbid, "mixture", NULL, NULL, JET_bitDefragmentBTree);
        atomic_fetch_add(&hand->mixture->defragmented, 1);
        pause_ms(PAUSE_MS);
    } while (err >= JET_errSuccess && atomic_load(&hand->mixture->writing) > 0);
    hand_close(hand, err);
}

/* ---- the whole ---- */

static void make_table(struct mixture *mixture)
{
    static const struct {
        const char *name;
        JET_COLTYP type;
        JET_GRBIT grbit;
    } columns[COLUMNS] = {
        [ID] = {"id",    JET_coltypLong,       JET_bitColumnFixed | JET_bitColumnNotNULL     },
        [COUNT] = {"count", JET_coltypLong,       JET_bitColumnFixed | JET_bitColumnEscrowUpdate},
        [WORD] = {"word",  JET_coltypText,       JET_bitNil                                    },
        [NAME] = {"name",  JET_coltypBinary,     JET_bitNil                                    },
        [TAGS] = {"tags",  JET_coltypLong,       JET_bitColumnTagged | JET_bitColumnMultiValued},
        [NOTE] = {"note",  JET_coltypLongBinary, JET_bitColumnTagged | JET_bitColumnCompressed },
    };
    const struct api_fixture *fixture = mixture->fixture;
    const int32_t zero = 0;
    JET_TABLEID tableid;
    OK(JetCreateTable(fixture->sesid, fixture->dbid, "mixture", 1, 80, &tableid));
    for (unsigned i = 0; i < COLUMNS; i++) {
        const JET_COLUMNDEF definition = {.cbStruct = sizeof definition,
                                          .coltyp = columns[i].type,
                                          .cp = i == WORD ? CODE_PAGE_UNICODE : 0,
                                          .grbit = columns[i].grbit};
        OK(JetAddColumn(fixture->sesid, tableid, columns[i].name, &definition, i == COUNT ? &zero : NULL,
                        i == COUNT ? sizeof zero : 0, &mixture->columns[i]));
    }
    OK(JetCreateIndex(fixture->sesid, tableid, "primary", JET_bitIndexPrimary, "+id\0", sizeof "+id\0", 80));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        OK(index_make(fixture->sesid, tableid, &kinds[i], kinds[i].name));
    OK(JetPrepareUpdate(fixture->sesid, tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, tableid, mixture->columns[ID], &zero, sizeof zero, JET_bitNil, NULL));
    OK(JetUpdate(fixture->sesid, tableid, NULL, 0, NULL));
    OK(JetCloseTable(fixture->sesid, tableid));
}

static void check(struct mixture *mixture)
{
    struct hand hand = {.mixture = mixture};
    int32_t count = -1;
    OK(hand_open(&hand));
    OK(look(&hand));
    OK(JetSetCurrentIndexA(hand.sesid, hand.tableid, NULL));
    OK(seek(&hand, 0));
    OK(JetRetrieveColumn(hand.sesid, hand.tableid, mixture->columns[COUNT], &count, sizeof count, NULL, JET_bitNil,
                         NULL));
    assert_int_equal(count, atomic_load(&mixture->counted));
    OK(JetCommitTransaction(hand.sesid, JET_bitWaitAllLevel0Commit));
    OK(JetEndSession(hand.sesid, JET_bitNil));
}

static void every_index_is_right_in_every_snapshot(void **state)
{
    static void (*const others[])(void *) = {run_builder, run_reader, run_sorter, run_defragmenter};
    struct api_fixture *fixture = *state;
    struct mixture mixture = {.fixture = fixture, .writing = WRITERS};
    struct hand hands[WRITERS + COUNT_OF(others)];
    struct os_thread *threads[COUNT_OF(hands)];
    make_table(&mixture);
    for (unsigned i = 0; i < COUNT_OF(hands); i++) {
        hands[i] = (struct hand){.mixture = &mixture, .random = i, .first = 1 + (int)i * OWN_ROWS};
        OK(os_thread_start(i < WRITERS ? run_writer : others[i - WRITERS], &hands[i], &threads[i]));
    }
    for (unsigned i = 0; i < COUNT_OF(hands); i++)
        os_thread_join(threads[i]);
    OK(atomic_load(&mixture.unexpected));
    assert_true(atomic_load(&mixture.counted) > 0);
    assert_true(atomic_load(&mixture.called) > 0);
    assert_true(atomic_load(&mixture.built) > 0 && atomic_load(&mixture.walked) > 0);
    assert_true(atomic_load(&mixture.sorted) > 0 && atomic_load(&mixture.defragmented) > 0);
    check(&mixture);
    api_fixture_restart(fixture, JET_bitTermDirty);
    check(&mixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_index_is_right_in_every_snapshot, api_fixture_setup,
                                        api_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
