/* SPDX-License-Identifier: MIT */
/* Long values as large as applications make them. What is on disk afterwards passes the whole check.
 *
 * Environment: COLDSTREAM_LARGE_MIB, the size of each value; 100 by default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_fixture.h"
#include "support/temp_folder.h"

enum { MIB = 1 << 20, LOG_FILE_KIB = 16 * 1024, LOG_BUFFER_SECTORS = 8 * 1024 };

static uint32_t value_size(void)
{
    const char *text = getenv("COLDSTREAM_LARGE_MIB");
    const unsigned long mib = text ? strtoul(text, NULL, 10) : 100;
    assert_in_range(mib, 1, 1000);
    return (uint32_t)mib * MIB;
}

/* A megabyte of the value; no two are the same, and neither can be compressed away. */
static void piece_make(uint8_t *piece, uint32_t number)
{
    uint64_t state = number + 1;
    for (size_t i = 0; i < MIB; i += sizeof state) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        memcpy(piece + i, &state, sizeof state);
    }
}

static void prepare(const struct api_fixture *fixture, const struct api_things *things, int32_t id)
{
    OK(JetBeginTransaction(fixture->sesid));
    OK(JetPrepareUpdate(fixture->sesid, things->tableid, JET_prepInsert));
    OK(JetSetColumn(fixture->sesid, things->tableid, things->id, &id, sizeof id, JET_bitNil, NULL));
}

static void update(const struct api_fixture *fixture, const struct api_things *things)
{
    OK(JetUpdate(fixture->sesid, things->tableid, NULL, 0, NULL));
    OK(JetCommitTransaction(fixture->sesid, JET_bitNil));
}

static void check_value(const struct api_fixture *fixture, const struct api_things *things, int id, uint32_t size)
{
    uint8_t *read = malloc(MIB), *expected = malloc(MIB);
    uint32_t actual;
    assert_true(read && expected);
    OK(api_things_seek(fixture->sesid, things, id));
    for (uint32_t at = 0; at < size; at += MIB) {
        JET_RETINFO place = {.cbStruct = sizeof place, .ibLongValue = at, .itagSequence = 1};
        const JET_ERR err =
            JetRetrieveColumn(fixture->sesid, things->tableid, things->note, read, MIB, &actual, JET_bitNil, &place);
        assert_int_equal(err, at + MIB < size ? JET_wrnBufferTruncated : JET_errSuccess);
        assert_int_equal(actual, size - at);
        piece_make(expected, at / MIB);
        assert_memory_equal(read, expected, MIB);
    }
    free(expected);
    free(read);
}

static void begin(struct api_fixture *fixture, struct temp_folder *folder)
{
    *fixture = (struct api_fixture){.folder = folder, .file = temp_folder_path(folder, "large.edb")};
    fixture->instance = api_instance_create(folder, "large");
    OK(JetSetSystemParameter(&fixture->instance, 0, JET_paramLogFileSize, LOG_FILE_KIB, NULL));
    OK(JetSetSystemParameter(&fixture->instance, 0, JET_paramLogBuffers, LOG_BUFFER_SECTORS, NULL));
    OK(JetInit(&fixture->instance));
    OK(JetBeginSession(fixture->instance, &fixture->sesid, NULL, NULL));
    OK(JetCreateDatabase(fixture->sesid, fixture->file, NULL, &fixture->dbid, JET_bitNil));
}

static void values_of_a_hundred_megabytes_are_written_and_read_back(void **state)
{
    const uint32_t size = value_size();
    uint8_t *whole = malloc(size);
    struct api_fixture fixture;
    struct api_things things;
    assert_non_null(whole);
    for (uint32_t at = 0; at < size; at += MIB)
        piece_make(whole + at, at / MIB);
    begin(&fixture, *state);
    api_things_create(&fixture, &things);

    prepare(&fixture, &things, 1);
    for (uint32_t at = 0; at < size; at += MIB)
        OK(JetSetColumn(fixture.sesid, things.tableid, things.note, whole + at, MIB, JET_bitSetAppendLV, NULL));
    update(&fixture, &things);
    check_value(&fixture, &things, 1, size);

    prepare(&fixture, &things, 2);
    OK(JetSetColumn(fixture.sesid, things.tableid, things.note, whole, size, JET_bitNil, NULL));
    update(&fixture, &things);
    check_value(&fixture, &things, 2, size);
    OK(JetTerm2(fixture.instance, JET_bitTermComplete));
    assert_true(api_file_is_sound(fixture.file));
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_of_a_hundred_megabytes_are_written_and_read_back, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
