/* SPDX-License-Identifier: MIT */
/* The states in which a change to the next generation may leave the log folder, and what is lost by other causes: an
 * engine starts on each of them. What a crash may leave is recovered, always; a log that somebody has lost is reported,
 * always.
 *
 * Generations 1 to 3 are closed, 4 has just become the current one and is empty. States from the first rename on are
 * made from that; those before it from another crash, after which the databases know nothing of a next generation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/logheader.h"
#include "format/logrecord.h"
#include "instance.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "plain_database.h"
#include "support/temp_folder.h"

enum {
    ROWS = 12,
    FILES_MAX = 16,
    LAST_CLOSED = 3,
};

static struct temp_folder *folder;
static struct instance instance;
static struct plain_row rows[ROWS];
static pgno_t rows_fdp;

/* ---- the folder, kept in memory ---- */

struct kept_file {
    char name[32];
    uint8_t *bytes;
    size_t size;
};

static struct kept_file kept[FILES_MAX];
static size_t kept_count;

static void keep_files(void)
{
    struct os_folder_list names;
    assert_int_equal(os_folder_list(temp_folder_root(folder), &names), JET_errSuccess);
    assert_in_range(names.count, 1, FILES_MAX);
    for (kept_count = 0; kept_count < names.count; kept_count++) {
        struct kept_file *file = &kept[kept_count];
        assert_in_range(strlen(names.names[kept_count]), 1, sizeof file->name - 1);
        memcpy(file->name, names.names[kept_count], strlen(names.names[kept_count]) + 1);
        file->bytes = temp_file_read(temp_folder_path(folder, file->name), &file->size);
    }
    os_folder_list_free(&names);
}

static const struct kept_file *kept_file(const char *name)
{
    for (size_t i = 0; i < kept_count; i++)
        if (strcmp(kept[i].name, name) == 0)
            return &kept[i];
    fail_msg("%s was not kept", name);
    return NULL;
}

static void forget_files(void)
{
    while (kept_count > 0)
        free(kept[--kept_count].bytes);
}

static void bring_back_files(void)
{
    struct os_folder_list names;
    assert_int_equal(os_folder_list(temp_folder_root(folder), &names), JET_errSuccess);
    for (size_t i = 0; i < names.count; i++)
        assert_int_equal(os_file_remove(temp_folder_path(folder, names.names[i])), JET_errSuccess);
    os_folder_list_free(&names);
    for (size_t i = 0; i < kept_count; i++)
        (void)temp_folder_write(folder, kept[i].name, kept[i].bytes, kept[i].size);
}

/* ---- changes ---- */

static void lose(const char *name)
{
    assert_int_equal(os_file_remove(temp_folder_path(folder, name)), JET_errSuccess);
}

static void move(const char *from, const char *to)
{
    assert_int_equal(os_path_rename_new(temp_folder_path(folder, from), temp_folder_path(folder, to)), JET_errSuccess);
}

/* The first `size` bytes of what `from` was. */
static void put_copy(const char *from, const char *to, size_t size)
{
    const struct kept_file *file = kept_file(from);
    assert_in_range(size, 0, file->size);
    (void)temp_folder_write(folder, to, file->bytes, size);
}

/* edbtmp.log is what edb.log was, with another header. */
static void put_spare(void (*change)(struct logheader_disk *header), bool is_sealed)
{
    struct os_file *file;
    struct logheader_disk header;
    memcpy(&header, kept_file("edb.log")->bytes, sizeof header);
    change(&header);
    if (is_sealed)
        logheader_seal(&header);
    put_copy("edb.log", "edbtmp.log", kept_file("edb.log")->size);
    assert_int_equal(os_file_open(temp_folder_path(folder, "edbtmp.log"), OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, &header, sizeof header), JET_errSuccess);
    os_file_close(file);
}

static void clear_header(struct logheader_disk *header)
{
    memset(header, 0, sizeof *header);
}

static void flip_a_bit(struct logheader_disk *header)
{
    ((uint8_t *)header)[100] ^= 1;
}

static void set_other_number(struct logheader_disk *header)
{
    header->generation = le32_make(le32_get(header->generation) + 1);
}

static void follow_the_current(struct logheader_disk *header)
{
    header->prev_created = header->created;
    set_other_number(header);
}

static void set_other_stream(struct logheader_disk *header)
{
    header->signature.random = le32_make(le32_get(header->signature.random) + 1);
}

static void set_other_predecessor(struct logheader_disk *header)
{
    header->prev_created.second = (uint8_t)(header->prev_created.second ^ 1);
}

/* ---- the states ---- */

static void after_both_renames(void)
{
}

static void between_the_renames(void)
{
    move("edb.log", "edbtmp.log");
}

static void between_the_renames_without_a_checkpoint(void)
{
    between_the_renames();
    lose("edb.chk");
}

static void between_the_renames_without_a_reserve(void)
{
    between_the_renames();
    lose("edbres00001.jrs");
}

static void the_current_log_is_lost(void)
{
    lose("edb.log");
}

static void it_is_lost_and_the_next_is_prepared(void)
{
    lose("edb.log");
    put_spare(clear_header, false);
}

static void it_is_lost_and_the_next_was_being_made(void)
{
    lose("edb.log");
    (void)temp_folder_write(folder, "edbtmp.log", "", 0);
}

static void it_is_lost_and_the_next_has_a_torn_header(void)
{
    lose("edb.log");
    put_spare(flip_a_bit, false);
}

static void it_is_lost_and_the_next_is_cut_short(void)
{
    lose("edb.log");
    put_copy("edb.log", "edbtmp.log", kept_file("edb.log")->size / 2);
}

static void it_is_lost_and_the_next_was_an_old_one(void)
{
    lose("edb.log");
    move("edb00001.log", "edbtmp.log");
}

static void the_next_has_another_number(void)
{
    lose("edb.log");
    put_spare(set_other_number, true);
}

static void the_next_is_of_another_stream(void)
{
    lose("edb.log");
    put_spare(set_other_stream, true);
}

static void the_next_follows_another_log(void)
{
    lose("edb.log");
    put_spare(set_other_predecessor, true);
}

static void the_last_closed_is_lost_between_the_renames(void)
{
    between_the_renames();
    lose("edb00003.log");
}

static const struct log_state {
    void (*make)(void);
    jet_err expected; /* JET_errSuccess: recovered, nothing lost */
} states[] = {
    {after_both_renames,                          JET_errSuccess       },
    {between_the_renames,                         JET_errSuccess       },
    {between_the_renames_without_a_checkpoint,    JET_errSuccess       },
    {between_the_renames_without_a_reserve,       JET_errSuccess       },
    {the_current_log_is_lost,                     JET_errMissingLogFile},
    {it_is_lost_and_the_next_is_prepared,         JET_errMissingLogFile},
    {it_is_lost_and_the_next_was_being_made,      JET_errMissingLogFile},
    {it_is_lost_and_the_next_has_a_torn_header,   JET_errMissingLogFile},
    {it_is_lost_and_the_next_is_cut_short,        JET_errMissingLogFile},
    {it_is_lost_and_the_next_was_an_old_one,      JET_errMissingLogFile},
    {the_next_has_another_number,                 JET_errMissingLogFile},
    {the_next_is_of_another_stream,               JET_errMissingLogFile},
    {the_next_follows_another_log,                JET_errMissingLogFile},
    {the_last_closed_is_lost_between_the_renames, JET_errMissingLogFile},
};

static void the_next_was_being_made(void)
{
    (void)temp_folder_write(folder, "edbtmp.log", "", 0);
}

static void the_next_was_made_in_part(void)
{
    put_copy("edb.log", "edbtmp.log", kept_file("edb.log")->size - 1);
}

static void the_next_had_no_header(void)
{
    put_spare(clear_header, false);
}

static void the_next_had_a_torn_header(void)
{
    put_spare(flip_a_bit, false);
}

static void the_next_was_ready(void)
{
    put_spare(follow_the_current, true);
}

static void the_next_was_an_old_one(void)
{
    put_copy("edb00001.log", "edbtmp.log", kept_file("edb00001.log")->size);
}

/* Before the first rename: the current log is where it was. */
static void (*const before_it_is_closed[])(void) = {
    the_next_was_being_made,    the_next_was_made_in_part, the_next_had_no_header,
    the_next_had_a_torn_header, the_next_was_ready,        the_next_was_an_old_one,
};

/* ---- the world ---- */

static void put_rows(struct plain_database *database, struct session *session)
{
    for (uint32_t key = 0; key < ROWS; key++) {
        const struct plain_row row = {.exists = true, .seed = key, .size = 100 + key};
        assert_int_equal(transaction_begin(session, false), JET_errSuccess);
        assert_int_equal(plain_database_put(database, session, key, &rows[key], &row), JET_errSuccess);
        assert_int_equal(transaction_commit(session, 0, NULL), JET_errSuccess);
        rows[key] = row;
    }
}

static void begin_generation(void)
{
    const uint8_t mark[9] = {LOGREC_TRACE, 1, 1, 4}; /* a text of four bytes */
    const struct log_piece piece = {mark, sizeof mark};
    const struct log_record record = {&piece, 1};
    const struct log_append behind = {.flags = LOG_APPEND_NEW_GENERATION};
    assert_int_equal(log_append(instance.engine->log, &record, 1, &behind, NULL, NULL), JET_errSuccess);
}

static int make_world(void **state, lgen_t last_closed)
{
    struct plain_database database;
    struct session *session;
    if (temp_folder_setup(state) != 0)
        return -1;
    folder = *state;
    memset(rows, 0, sizeof rows);
    instance_init(&instance, folder);
    instance.config.log_create_asynch = false;
    instance_start(&instance);
    plain_database_create(&database, instance.engine, temp_folder_path(folder, "test.edb"));
    assert_int_equal(session_begin(instance.engine, &session), JET_errSuccess);
    begin_generation();
    put_rows(&database, session);
    for (lgen_t closed = 2; closed <= last_closed; closed++)
        begin_generation();
    rows_fdp = database.fdp;
    session_end(session);
    plain_database_leave(&database);
    instance_crash(&instance);
    keep_files();
    return 0;
}

/* The last generation is empty: a moment ago it was being made. */
static int just_rolled(void **state)
{
    return make_world(state, LAST_CLOSED);
}

static int about_to_roll(void **state)
{
    return make_world(state, LAST_CLOSED - 1);
}

static int end_world(void **state)
{
    forget_files();
    return temp_folder_teardown(state);
}

static void expect_rows(void)
{
    struct plain_database database;
    plain_database_attach(&database, instance.engine, temp_folder_path(folder, "test.edb"), rows_fdp);
    plain_database_expect(&database, rows, ROWS);
    plain_database_leave(&database);
}

static bool is_there(const char *name)
{
    struct os_path_info info;
    return os_path_stat(temp_folder_path(folder, name), &info) == JET_errSuccess;
}

static void expect_recovery_twice(void)
{
    instance_start_recovering(&instance);
    expect_rows();
    instance_crash(&instance);
    instance_start_recovering(&instance);
    expect_rows();
    instance_stop(&instance);
}

static void a_next_log_that_was_not_needed_yet_is_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(before_it_is_closed); i++) {
        bring_back_files();
        before_it_is_closed[i]();
        expect_recovery_twice();
    }
}

static void a_current_log_is_recovered_or_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        bring_back_files();
        states[i].make();
        if (states[i].expected == JET_errSuccess)
            expect_recovery_twice();
        else
            assert_int_equal(instance_try(&instance), states[i].expected);
    }
}

/* What was reported is as it was: who brings the log back loses nothing. */
static void a_lost_log_can_be_brought_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        if (states[i].expected == JET_errSuccess)
            continue;
        bring_back_files();
        states[i].make();
        assert_int_equal(instance_try(&instance), states[i].expected);
        for (size_t k = 0; k < kept_count; k++)
            if (!is_there(kept[k].name))
                put_copy(kept[k].name, kept[k].name, kept[k].size);
        instance_start_recovering(&instance);
        expect_rows();
        instance_stop(&instance);
    }
}

/* The databases need no log any more that may be gone, but the checkpoint may not stand in one. */
static void logs_are_deleted_when_the_checkpoint_has_left_them(void **state)
{
    (void)state;
    bring_back_files();
    instance.options.flags = RECOVERY_TRUNCATE_LOGS;
    between_the_renames();
    instance_start_recovering(&instance);
    const lgen_t current = log_generation(instance.engine->log);
    assert_int_equal(log_oldest(instance.engine->log), current);
    assert_int_equal(lgpos_unpack(log_checkpoint_get(instance.engine->log)).generation, current);
    instance_crash(&instance);
    assert_false(is_there("edb00003.log"));
    instance.options.flags = 0;
    instance_start_recovering(&instance);
    expect_rows();
    instance_stop(&instance);
}

int main(void)
{
#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, end_world)
    const struct CMUnitTest tests[] = {
        TEST(a_next_log_that_was_not_needed_yet_is_no_harm, about_to_roll),
        TEST(a_current_log_is_recovered_or_reported, just_rolled),
        TEST(a_lost_log_can_be_brought_back, just_rolled),
        TEST(logs_are_deleted_when_the_checkpoint_has_left_them, just_rolled),
    };
    return cmocka_run_group_tests_name("log_states", tests, NULL, NULL);
}
