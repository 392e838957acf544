/* SPDX-License-Identifier: MIT */
#include "disk_image.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/jet_err.h"
#include "os/os_file.h"

enum { SECTOR_SIZE = 512, UNIT_SIZE = 4096, HEADER_COPIES = 2 };

struct image_file {
    uint8_t *bytes; /* what is durable */
    size_t size, room;
    const struct disk_op **pending; /* writes and sizes since the last flush; the journal's */
    size_t pending_count, pending_room;
};

struct image_name {
    char *name;
    unsigned file;
};

struct image_names {
    struct image_name *list;
    size_t count, room;
};

struct disk_image {
    struct image_file *files;
    size_t file_count, file_room;
    struct image_names names;       /* durable */
    const struct disk_op **pending; /* creations, renames and removals since the last flush */
    size_t pending_count, pending_room;
    const char *torn_ending;
    const char *page_ending;
    size_t page_size;
};

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void *grow(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room ? 2 * *room : 16;
    list = realloc(list, *room * size);
    must(list != NULL);
    return list;
}

/* ---- names ---- */

static struct image_name *name_find(struct image_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i].name, name) == 0)
            return &names->list[i];
    return NULL;
}

static void name_put(struct image_names *names, const char *name, unsigned file)
{
    struct image_name *found = name_find(names, name);
    if (found) {
        found->file = file;
        return;
    }
    names->list = grow(names->list, names->count, &names->room, sizeof *names->list);
    char *copy = strdup(name);
    must(copy != NULL);
    names->list[names->count++] = (struct image_name){copy, file};
}

static void name_remove(struct image_names *names, const char *name)
{
    struct image_name *found = name_find(names, name);
    must(found != NULL);
    free(found->name);
    *found = names->list[--names->count];
}

static void names_apply(struct image_names *names, const struct disk_op *op)
{
    if (op->kind == DISK_CREATE) {
        name_put(names, op->name, op->file);
    } else if (op->kind == DISK_REMOVE) {
        name_remove(names, op->name);
    } else {
        struct image_name *from = name_find(names, op->name);
        must(from != NULL);
        unsigned file = from->file;
        name_remove(names, op->name);
        name_put(names, op->name_to, file);
    }
}

static struct image_names names_copy(const struct image_names *names)
{
    struct image_names copy = {.count = 0};
    for (size_t i = 0; i < names->count; i++)
        name_put(&copy, names->list[i].name, names->list[i].file);
    return copy;
}

static void names_done(struct image_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i].name);
    free(names->list);
}

/* ---- contents ---- */

static void content_size(struct image_file *file, size_t size)
{
    if (size > file->room) {
        file->room = size + size / 2;
        file->bytes = realloc(file->bytes, file->room);
        must(file->bytes != NULL);
    }
    if (size > file->size)
        memset(file->bytes + file->size, 0, size - file->size);
    file->size = size;
}

static void content_write(struct image_file *file, uint64_t offset, const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return;
    if (offset + size > file->size)
        content_size(file, (size_t)offset + size);
    memcpy(file->bytes + offset, bytes, size);
}

/* What is durable of a file. */
static struct image_file content_copy(const struct image_file *file)
{
    struct image_file copy = {.bytes = malloc(file->size + 1), .size = file->size, .room = file->size + 1};
    must(copy.bytes != NULL);
    if (file->size > 0)
        memcpy(copy.bytes, file->bytes, file->size);
    return copy;
}

static void content_apply(struct image_file *file, const struct disk_op *op)
{
    if (op->kind == DISK_SIZE)
        content_size(file, (size_t)op->size);
    else
        content_write(file, op->offset, op->bytes, (size_t)op->size);
}

static struct image_file *file_at(struct disk_image *image, unsigned number)
{
    while (image->file_count <= number) {
        image->files = grow(image->files, image->file_count, &image->file_room, sizeof *image->files);
        image->files[image->file_count++] = (struct image_file){.size = 0};
    }
    return &image->files[number];
}

static void flush_file(struct image_file *file)
{
    for (size_t i = 0; i < file->pending_count; i++)
        content_apply(file, file->pending[i]);
    file->pending_count = 0;
}

/* ---- the image ---- */

static uint8_t *read_file(const char *path, size_t *ret_size)
{
    struct os_file *file;
    uint64_t size;
    size_t actual;
    must(os_file_open(path, OS_FILE_READ, &file) >= JET_errSuccess);
    must(os_file_size(file, &size) >= JET_errSuccess);
    uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
    must(bytes != NULL);
    must(os_file_read(file, 0, bytes, (size_t)size, &actual) >= JET_errSuccess && actual == size);
    os_file_close(file);
    *ret_size = actual;
    return bytes;
}

struct disk_image *disk_image_load(const char *folder)
{
    struct os_folder_list list;
    struct disk_image *image = calloc(1, sizeof *image);
    must(image != NULL && os_folder_list(folder, &list) >= JET_errSuccess);
    for (size_t i = 0; i < list.count; i++) {
        char *path = os_path_join(folder, list.names[i]);
        struct image_file *file = file_at(image, (unsigned)i);
        file->bytes = read_file(path, &file->size);
        file->room = file->size;
        name_put(&image->names, list.names[i], (unsigned)i);
        free(path);
    }
    os_folder_list_free(&list);
    return image;
}

void disk_image_free(struct disk_image *image)
{
    if (!image)
        return;
    for (size_t i = 0; i < image->file_count; i++) {
        free(image->files[i].bytes);
        free(image->files[i].pending);
    }
    free(image->files);
    names_done(&image->names);
    free(image->pending);
    free(image);
}

void disk_image_set_pages(struct disk_image *image, const char *ending, size_t page_size)
{
    image->page_ending = ending;
    image->page_size = page_size;
}

void disk_image_set_torn(struct disk_image *image, const char *ending)
{
    image->torn_ending = ending;
}

size_t disk_image_files(const struct disk_image *image)
{
    return image->file_count;
}

size_t disk_image_names(const struct disk_image *image)
{
    return image->names.count;
}

const char *disk_image_name(const struct disk_image *image, size_t index, unsigned *ret_file)
{
    *ret_file = image->names.list[index].file;
    return image->names.list[index].name;
}

static void names_flush(struct disk_image *image)
{
    for (size_t i = 0; i < image->pending_count; i++)
        names_apply(&image->names, image->pending[i]);
    image->pending_count = 0;
}

void disk_image_apply(struct disk_image *image, const struct disk_op *op)
{
    struct image_file *file;
    switch (op->kind) {
    case DISK_WRITE:
    case DISK_SIZE:
        file = file_at(image, op->file);
        file->pending = grow(file->pending, file->pending_count, &file->pending_room, sizeof *file->pending);
        file->pending[file->pending_count++] = op;
        break;
    case DISK_FLUSH: flush_file(file_at(image, op->file)); break;
    case DISK_CREATE: (void)file_at(image, op->file); /* fall through */
    case DISK_RENAME:
    case DISK_REMOVE:
        image->pending = grow(image->pending, image->pending_count, &image->pending_room, sizeof *image->pending);
        image->pending[image->pending_count++] = op;
        break;
    case DISK_FLUSH_FOLDER: names_flush(image); break;
    case DISK_MARK: break;
    }
}

/* ---- failing ---- */

uint64_t disk_random_next(struct disk_random *random)
{
    uint64_t x = random->state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

uint64_t disk_random_below(struct disk_random *random, uint64_t limit)
{
    return disk_random_next(random) % limit;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t ending_length = strlen(ending);
    return length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
}

/* How the writes to one file fare. */
struct fate {
    uint64_t survive_of_8; /* units, eighths */
    size_t page_size;      /* of a database; 0: another file */
    uint64_t torn;         /* the unit that is torn, counted from 0; UINT64_MAX: none */
    uint64_t torn_of_8;    /* units that are torn besides it, eighths */
    uint64_t units;        /* counted so far */
};

/* Nothing could mend it, if a part of it were written. */
static bool is_atomic(const struct fate *fate, uint64_t offset)
{
    return fate->page_size > 0 && fate->page_size <= UNIT_SIZE && offset >= HEADER_COPIES * fate->page_size;
}

static size_t unit_size(const struct fate *fate, uint64_t offset)
{
    return is_atomic(fate, offset) ? fate->page_size : UNIT_SIZE;
}

static void write_sectors(struct image_file *file, uint64_t offset, const uint8_t *bytes, uint64_t size,
                          struct disk_random *random)
{
    for (uint64_t done = 0; done < size;) {
        uint64_t count = SECTOR_SIZE - (offset + done) % SECTOR_SIZE;
        count = count < size - done ? count : size - done;
        if (disk_random_below(random, 2))
            content_write(file, offset + done, bytes + done, (size_t)count);
        done += count;
    }
}

static void write_some(struct image_file *file, const struct disk_op *op, struct fate *fate, struct disk_random *random)
{
    for (uint64_t done = 0; done < op->size;) {
        uint64_t at = op->offset + done;
        size_t unit = unit_size(fate, at);
        uint64_t size = unit - at % unit;
        size = size < op->size - done ? size : op->size - done;
        if (!is_atomic(fate, at) && (fate->units++ == fate->torn || disk_random_below(random, 8) < fate->torn_of_8))
            write_sectors(file, at, op->bytes + done, size, random);
        else if (disk_random_below(random, 8) < fate->survive_of_8)
            content_write(file, at, op->bytes + done, (size_t)size);
        done += size;
    }
}

/* How many units of a write can be torn. */
static uint64_t tearable_units(const struct disk_op *op, const struct fate *fate)
{
    uint64_t units = 0;
    for (uint64_t done = 0; op->kind == DISK_WRITE && done < op->size;) {
        uint64_t at = op->offset + done;
        size_t unit = unit_size(fate, at);
        done += unit - at % unit;
        units += !is_atomic(fate, at);
    }
    return units;
}

/* What a write that is cut short has done. */
static void write_start(struct image_file *file, const struct disk_op *op, struct disk_random *random)
{
    uint64_t units = (op->size + UNIT_SIZE - 1) / UNIT_SIZE;
    uint64_t end = op->offset - op->offset % UNIT_SIZE + disk_random_below(random, units + 1) * UNIT_SIZE;
    if (end > op->offset)
        content_write(file, op->offset, op->bytes, (size_t)(end - op->offset < op->size ? end - op->offset : op->size));
}

/* What may be done to one file: pending changes, and the one that is being made. */
struct file_changes {
    const struct image_file *file;
    const struct disk_op *next; /* NULL: none */
};

static size_t change_count(const struct file_changes *changes)
{
    return changes->file->pending_count + (changes->next != NULL);
}

static const struct disk_op *change_at(const struct file_changes *changes, size_t index)
{
    return index < changes->file->pending_count ? changes->file->pending[index] : changes->next;
}

static void lose_some(struct image_file *copy, const struct file_changes *changes, struct fate *fate, bool tears,
                      struct disk_random *random)
{
    uint64_t units = 0;
    for (size_t i = 0; i < change_count(changes); i++)
        units += tearable_units(change_at(changes, i), fate);
    if (tears && units > 0)
        fate->torn = disk_random_below(random, units);
    for (size_t i = 0; i < change_count(changes); i++) {
        const struct disk_op *op = change_at(changes, i);
        if (op->kind == DISK_WRITE)
            write_some(copy, op, fate, random);
        else if (disk_random_below(random, 8) < fate->survive_of_8)
            content_apply(copy, op);
    }
}

static void lose_nothing(struct image_file *copy, const struct file_changes *changes, struct disk_random *random)
{
    for (size_t i = 0; i < changes->file->pending_count; i++)
        content_apply(copy, changes->file->pending[i]);
    if (changes->next && changes->next->kind == DISK_WRITE)
        write_start(copy, changes->next, random);
}

/* What the file holds after the failure; a copy. `*torn_left` goes down to 0 when a unit is torn. */
static struct image_file fail_file(const struct disk_image *image, const struct image_name *name,
                                   const struct disk_op *next, enum disk_loss loss, unsigned *torn_left,
                                   struct disk_random *random)
{
    const bool is_next = next && (next->kind == DISK_WRITE || next->kind == DISK_SIZE) && next->file == name->file;
    const struct file_changes changes = {&image->files[name->file], is_next ? next : NULL};
    const struct image_file *file = changes.file;
    struct image_file copy = content_copy(file);
    struct fate fate = {.survive_of_8 = disk_random_below(random, 9), .torn = UINT64_MAX};
    if (image->page_ending && ends_with(name->name, image->page_ending))
        fate.page_size = image->page_size;
    if (image->torn_ending && ends_with(name->name, image->torn_ending) && disk_random_below(random, 2))
        fate.torn_of_8 = disk_random_below(random, 9);
    if (loss == DISK_LOSES_NOTHING)
        lose_nothing(&copy, &changes, random);
    if (loss == DISK_LOSES_SOME) {
        lose_some(&copy, &changes, &fate, *torn_left > 0, random);
        *torn_left -= fate.torn != UINT64_MAX;
    }
    return copy;
}

static void empty_folder(const char *folder)
{
    struct os_folder_list list;
    must(os_folder_list(folder, &list) >= JET_errSuccess);
    for (size_t i = 0; i < list.count; i++) {
        char *path = os_path_join(folder, list.names[i]);
        must(path != NULL && os_file_remove(path) >= JET_errSuccess);
        free(path);
    }
    os_folder_list_free(&list);
}

/* Whether the unit at `offset` is there and has a byte other than 0. */
static bool has_bytes(const struct image_file *content, size_t offset)
{
    static const uint8_t zeros[UNIT_SIZE];
    const size_t left = offset < content->size ? content->size - offset : 0;
    return left > 0 && memcmp(content->bytes + offset, zeros, left < UNIT_SIZE ? left : UNIT_SIZE) != 0;
}

/* Zeros, which most of a database is, remain holes: to write them would be most of the work of a case. */
static void store_file(const char *folder, const char *name, const struct image_file *content)
{
    struct os_file *file = NULL;
    char *path = os_path_join(folder, name);
    must(path != NULL && os_file_open(path, OS_FILE_CREATE_NEW, &file) >= JET_errSuccess);
    must(os_file_set_size(file, content->size) >= JET_errSuccess);
    for (size_t begin = 0, end; begin < content->size; begin = end + UNIT_SIZE) {
        for (end = begin; has_bytes(content, end); end += UNIT_SIZE)
            ;
        const size_t size = (end < content->size ? end : content->size) - begin;
        must(size == 0 || os_file_write(file, begin, content->bytes + begin, size) >= JET_errSuccess);
    }
    os_file_close(file);
    free(path);
}

void disk_image_store(const struct disk_image *image, const struct disk_op *next, enum disk_loss loss,
                      struct disk_random *random, const char *folder)
{
    struct image_names names = names_copy(&image->names);
    size_t kept = loss == DISK_LOSES_NOTHING ? image->pending_count : 0;
    if (loss == DISK_LOSES_SOME)
        kept = (size_t)disk_random_below(random, image->pending_count + 1);
    for (size_t i = 0; i < kept; i++)
        names_apply(&names, image->pending[i]);
    empty_folder(folder);
    unsigned torn_left = (unsigned)disk_random_below(random, 2);
    for (size_t i = 0; i < names.count; i++) {
        struct image_file content = fail_file(image, &names.list[i], next, loss, &torn_left, random);
        store_file(folder, names.list[i].name, &content);
        free(content.bytes);
    }
    names_done(&names);
}
