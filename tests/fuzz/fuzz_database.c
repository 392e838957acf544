/* SPDX-License-Identifier: MIT */
/* A whole database file: opened, verified, its catalogue read. Two kinds of input, by the first byte:
 *
 *   even  the rest is the file, as it is
 *   odd   the rest is a list of changes to a sound database: page number (u8), offset (u16), count (u8) and so many bytes
 *         each; changed pages and headers get the checksum they need, or nothing behind it would ever be reached
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "format/dbheader.h"
#include "format/page.h"
#include "jet/inspect.h"
#include "os/os_file.h"
#include "storage/database_verify.h"
#include "support/memory_file.h"
#include "tool/sample_database.h"

enum {
    PAGE_SIZE = 4096,
    CHANGE_HEAD_SIZE = 4,
    PAGES_MAX = 256, /* that a change can name; 0 stands for the headers */
};

static uint8_t *sound; /* the sample database, or as much of it as changes can reach */
static uint8_t *changed;
static size_t database_size;

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
    size_t actual;
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

static size_t change_offset(unsigned page)
{
    return page == 0 ? 0 : (size_t)page_offset(page, PAGE_SIZE);
}

static size_t change_room(unsigned page)
{
    return page == 0 ? DBHEADER_COPIES * PAGE_SIZE : PAGE_SIZE;
}

static void seal(unsigned page)
{
    if (page > 0)
        page_seal(changed + change_offset(page), PAGE_SIZE, page);
    for (unsigned copy = 0; page == 0 && copy < DBHEADER_COPIES; copy++)
        dbheader_seal(changed + copy * (size_t)PAGE_SIZE, PAGE_SIZE);
}

/* Applies the changes and notes which pages to put right again. */
static void apply(const uint8_t *data, size_t size, bool touched[PAGES_MAX])
{
    while (size >= CHANGE_HEAD_SIZE) {
        unsigned page = data[0];
        size_t offset = (data[1] | (size_t)data[2] << 8) % change_room(page);
        size_t count = data[3];
        data += CHANGE_HEAD_SIZE;
        size -= CHANGE_HEAD_SIZE;
        if (count > size)
            count = size;
        if (count > change_room(page) - offset)
            count = change_room(page) - offset;
        if (change_offset(page) + change_room(page) > database_size)
            continue;
        memcpy(changed + change_offset(page) + offset, data, count);
        touched[page] = true;
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
            memcpy(changed + change_offset(page), sound + change_offset(page), change_room(page));
    }
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
    bool touched[PAGES_MAX] = {false};
    apply(data + 1, size - 1, touched);
    /* Every page of the sample would be verified for the sake of a few; one input in sixteen is enough. */
    look_at(changed, database_size, data[0] >> 4 == 0);
    put_right(touched);
    return 0;
}
