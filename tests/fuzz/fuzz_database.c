/* SPDX-License-Identifier: MIT */
/* A whole database file: opened, verified, its catalogue read. Two kinds of input, by the first byte:
 *
 *   even  the rest is the file, as it is
 *   odd   the rest is a list of changes to a sound database (changed_database.h)
 */
#include <assert.h>

#include "changed_database.h"
#include "jet/inspect.h"
#include "storage/database_verify.h"
#include "support/memory_file.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    changed_database_init();
    return 0;
}

static void look_at_catalog(void)
{
    static const struct finding_listener nobody = {0};
    struct inspect_database *database = NULL;
    struct inspect_catalog catalog;
    if (inspect_database_open("input", &nobody, &database) < JET_errSuccess)
        return;
    if (inspect_catalog_read(database, &nobody, &catalog) == JET_errSuccess)
        inspect_catalog_done(&catalog);
    inspect_database_close(database);
}

static void look_at_pages(void)
{
    static const struct finding_listener nobody = {0};
    const struct database_verify_options options = {.jobs = 1};
    struct database_page_counts counts;
    struct database_file *file = NULL;
    if (database_file_open("input", &nobody, &file) < JET_errSuccess)
        return;
    jet_err err = database_verify(file, &options, &nobody, &counts);
    assert(counts.pages_checked == database_file_info(file)->file_pages);
    assert(err < JET_errSuccess || counts.pages_damaged == 0);
    database_file_close(file);
}

static void look_at(const void *bytes, size_t size, bool with_pages)
{
    memory_file_show(bytes, size);
    look_at_catalog();
    if (with_pages)
        look_at_pages();
    memory_file_hide();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0) {
        look_at(data + 1, size - 1, true);
        return 0;
    }
    size_t database_size;
    const uint8_t *database = changed_database_apply(data + 1, size - 1, &database_size);
    /* Every page of the sample would be verified for the sake of a few; one input in sixteen is enough. */
    look_at(database, database_size, data[0] >> 4 == 0);
    changed_database_restore();
    return 0;
}
