/* SPDX-License-Identifier: MIT */
/* The whole check of a database. The input is a list of changes to a sound one (changed_database.h).
 *
 * The check must end, touch nothing that is not there, and say in its counts what it says in findings. */
#include <assert.h>

#include "changed_database.h"
#include "isam/deep.h"
#include "support/memory_file.h"

struct heard {
    uint64_t damages, warnings;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    changed_database_init();
    return 0;
}

static void hear(void *context, const struct finding *finding)
{
    struct heard *heard = context;
    char text[600];
    (void)finding_describe(finding, text, sizeof text);
    heard->damages += finding->severity == FINDING_DAMAGE;
    heard->warnings += finding->severity == FINDING_WARNING;
}

static void look_into(void)
{
    struct heard heard = {0};
    const struct finding_listener nobody = {0}, listener = {hear, &heard};
    const struct deep_options options = {.pages_are_verified = true};
    struct deep_counts counts;
    struct database_file *file = NULL;
    if (database_file_open("input", &nobody, &file) < JET_errSuccess)
        return;
    const jet_err err = deep_verify(file, &options, &listener, &counts);
    assert((err < JET_errSuccess) == (counts.damages > 0));
    assert(counts.damages > DEEP_FINDINGS_MAX || heard.damages <= counts.damages);
    assert(counts.damages + counts.warnings > DEEP_FINDINGS_MAX / 2 ||
           (heard.damages == counts.damages && heard.warnings == counts.warnings));
    database_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t database_size;
    const uint8_t *database = changed_database_apply(data, size, &database_size);
    memory_file_show(database, database_size);
    look_into();
    memory_file_hide();
    changed_database_restore();
    return 0;
}
