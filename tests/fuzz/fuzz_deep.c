/* SPDX-License-Identifier: MIT */
/* The whole check of a database. The input is a list of changes to a sound one: page number (u8), offset (u16), count (u8)
 * and so many bytes each; changed pages and headers get the checksum they need, or nothing behind it would ever be reached.
 * Page number 0 stands for the headers.
 *
 * The check must end, touch nothing that is not there, and say in its counts what it says in findings. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/dbheader.h"
#include "format/page.h"
#include "isam/deep.h"
#include "os/os_file.h"
#include "support/memory_file.h"
#include "tool/sample_database.h"

enum {
    PAGE_SIZE = 4096,
    CHANGE_HEAD_SIZE = 4,
    PAGES_MAX = 256, /* that a change can name */
};

static uint8_t *sound;
static uint8_t *changed;
static size_t database_size;

struct heard {
    uint64_t damages, warnings;
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(jet_err err)
{
    if (err < JET_errSuccess)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct sample_database_info info;
    struct os_file *file;
    char *folder;
    size_t actual;
    (void)argc;
    (void)argv;
    must(os_folder_create_temporary("coldstream-fuzz", &folder));
    char *path = os_path_join(folder, "sample.edb");
    if (!path)
        abort();
    const struct sample_database_request request = {.path = path, .page_size = PAGE_SIZE, .seed = 1};
    must(sample_database_write(&request, &info));
    database_size = (size_t)info.size_bytes;
    sound = malloc(database_size);
    changed = malloc(database_size);
    if (!sound || !changed)
        abort();
    must(os_file_open(path, OS_FILE_READ, &file));
    must(os_file_read(file, 0, sound, database_size, &actual));
    assert(actual == database_size);
    os_file_close(file);
    memcpy(changed, sound, database_size);
    must(os_file_remove(path));
    must(os_folder_remove(folder));
    free(path);
    free(folder);
    return 0;
}

static size_t place(unsigned page)
{
    return page == 0 ? 0 : (size_t)page_offset(page, PAGE_SIZE);
}

static size_t room(unsigned page)
{
    return page == 0 ? (size_t)DBHEADER_COPIES * PAGE_SIZE : PAGE_SIZE;
}

static void seal(unsigned page)
{
    if (page > 0)
        page_seal(changed + place(page), PAGE_SIZE, page);
    for (unsigned copy = 0; page == 0 && copy < DBHEADER_COPIES; copy++)
        dbheader_seal(changed + copy * (size_t)PAGE_SIZE, PAGE_SIZE);
}

/* Applies the changes and notes which pages to put right again. */
static void apply(const uint8_t *data, size_t size, bool touched[PAGES_MAX])
{
    while (size >= CHANGE_HEAD_SIZE) {
        const unsigned page = data[0];
        const size_t offset = (data[1] | (size_t)data[2] << 8) % room(page);
        size_t count = data[3];
        data += CHANGE_HEAD_SIZE;
        size -= CHANGE_HEAD_SIZE;
        if (count > size)
            count = size;
        if (count > room(page) - offset)
            count = room(page) - offset;
        if (place(page) + room(page) <= database_size) {
            memcpy(changed + place(page) + offset, data, count);
            touched[page] = true;
        }
        data += count;
        size -= count;
    }
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        if (touched[page])
            seal(page);
    }
}

static void put_right(const bool touched[PAGES_MAX])
{
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        if (touched[page])
            memcpy(changed + place(page), sound + place(page), room(page));
    }
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
    bool touched[PAGES_MAX] = {false};
    apply(data, size, touched);
    memory_file_show(changed, database_size);
    look_into();
    memory_file_hide();
    put_right(touched);
    return 0;
}
