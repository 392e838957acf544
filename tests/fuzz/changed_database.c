/* SPDX-License-Identifier: MIT */
#include "changed_database.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "format/dbheader.h"
#include "format/page.h"
#include "os/os_file.h"
#include "tool/sample_database.h"

enum {
    PAGE_SIZE = 4096,
    CHANGE_HEAD_SIZE = 4,
    PAGES_MAX = 256, /* that a change can name */
};

static struct {
    uint8_t *sound, *changed;
    size_t size;
    bool touched[PAGES_MAX];
} sample;

static void must(jet_err err)
{
    if (err < JET_errSuccess)
        abort();
}

static void load(const char *path)
{
    struct os_file *file;
    size_t actual;
    sample.sound = malloc(sample.size);
    sample.changed = malloc(sample.size);
    if (!sample.sound || !sample.changed)
        abort();
    must(os_file_open(path, OS_FILE_READ, &file));
    must(os_file_read(file, 0, sample.sound, sample.size, &actual));
    assert(actual == sample.size);
    os_file_close(file);
    memcpy(sample.changed, sample.sound, sample.size);
}

void changed_database_init(void)
{
    struct sample_database_info info;
    char *folder;
    must(os_folder_create_temporary("coldstream-fuzz", &folder));
    char *path = os_path_join(folder, "sample.edb");
    if (!path)
        abort();
    const struct sample_database_request request = {.path = path, .page_size = PAGE_SIZE, .seed = 1};
    must(sample_database_write(&request, &info));
    sample.size = (size_t)info.size_bytes;
    load(path);
    must(os_file_remove(path));
    must(os_folder_remove(folder));
    free(path);
    free(folder);
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
        page_seal(sample.changed + place(page), PAGE_SIZE, page);
    for (unsigned copy = 0; page == 0 && copy < DBHEADER_COPIES; copy++)
        dbheader_seal(sample.changed + copy * (size_t)PAGE_SIZE, PAGE_SIZE);
}

/* One change; returns its size. */
static size_t apply_one(const uint8_t *change, size_t size)
{
    const unsigned page = change[0];
    const size_t offset = (change[1] | (size_t)change[2] << 8) % room(page);
    size_t count = change[3];
    if (count > size - CHANGE_HEAD_SIZE)
        count = size - CHANGE_HEAD_SIZE;
    if (count > room(page) - offset)
        count = room(page) - offset;
    if (place(page) + room(page) <= sample.size) {
        memcpy(sample.changed + place(page) + offset, change + CHANGE_HEAD_SIZE, count);
        sample.touched[page] = true;
    }
    return CHANGE_HEAD_SIZE + count;
}

const uint8_t *changed_database_apply(const uint8_t *changes, size_t size, size_t *ret_size)
{
    while (size >= CHANGE_HEAD_SIZE) {
        const size_t done = apply_one(changes, size);
        changes += done;
        size -= done;
    }
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        if (sample.touched[page])
            seal(page);
    }
    *ret_size = sample.size;
    return sample.changed;
}

void changed_database_restore(void)
{
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        if (sample.touched[page])
            memcpy(sample.changed + place(page), sample.sound + place(page), room(page));
        sample.touched[page] = false;
    }
}
