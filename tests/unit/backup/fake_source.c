/* SPDX-License-Identifier: MIT */
#include "fake_source.h"

#include <stdio.h>
#include <string.h>

static struct fake_source *from_source(struct backup_source *source)
{
    return (struct fake_source *)source;
}

uint64_t fake_database_size(const struct fake_source *fake)
{
    return ((uint64_t)fake->page_count + 2 + (fake->has_trailer ? 1 : 0)) * FAKE_PAGE_SIZE + fake->tail_bytes;
}

static uint64_t database_phase(size_t index, uint64_t offset)
{
    if (offset < 2 * FAKE_PAGE_SIZE)
        offset %= FAKE_PAGE_SIZE; /* both headers are the same */
    return (offset / FAKE_PAGE_SIZE * 31 + offset + index * 101) % FAKE_PERIOD;
}

uint8_t fake_database_byte(const struct fake_source *fake, size_t index, uint64_t offset)
{
    return fake->pattern[database_phase(index, offset)];
}

/* The same for many bytes; streams are long, and the thread sanitizer looks at every byte that is not copied. */
static void fill_database(const struct fake_source *fake, uint64_t offset, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        const size_t left = FAKE_PAGE_SIZE - (size_t)(offset % FAKE_PAGE_SIZE);
        const size_t count = left < size ? left : size;
        memcpy(bytes, fake->pattern + database_phase(fake->open_index, offset), count);
        bytes += count;
        offset += count;
        size -= count;
    }
}

uint8_t fake_log_byte(const struct fake_source *fake, size_t index, uint64_t offset)
{
    (void)fake;
    return (uint8_t)(offset % 241 + index * 17 + 3);
}

static jet_err condition(struct backup_source *source, enum backup_condition asked, const struct backup_terms *terms)
{
    (void)terms;
    return from_source(source)->condition_errors[asked];
}

static void occupy(struct backup_source *source, jet_err refusal)
{
    from_source(source)->refusal = refusal;
}

static jet_err begin(struct backup_source *source, const struct backup_terms *terms)
{
    struct fake_source *fake = from_source(source);
    if (fake->begin_error < JET_errSuccess)
        return fake->begin_error;
    fake->occupied = true;
    fake->terms = *terms;
    memset(fake->copied, 0, sizeof fake->copied);
    return JET_errSuccess;
}

static jet_err databases(struct backup_source *source, struct backup_list *ret_list)
{
    struct fake_source *fake = from_source(source);
    *ret_list = (struct backup_list){fake->database_paths, fake->database_count};
    return fake->databases_error;
}

static jet_err find(struct backup_source *source, const char *path, struct backup_file_id *ret_id)
{
    struct fake_source *fake = from_source(source);
    *ret_id = (struct backup_file_id){BACKUP_FILE_NONE, 0};
    if (strcmp(path, "bad\npath") == 0)
        return JET_errInvalidPath;
    for (size_t i = 0; i < fake->database_count; i++) {
        if (strcmp(path, fake->database_paths[i]) == 0)
            *ret_id = (struct backup_file_id){BACKUP_FILE_DATABASE, i};
    }
    for (size_t i = 0; i < fake->log_count; i++) {
        if (strcmp(path, fake->log_paths[i]) == 0)
            *ret_id = (struct backup_file_id){BACKUP_FILE_LOG, i};
    }
    return JET_errSuccess;
}

static jet_err open_database(struct backup_source *source, size_t index, struct backup_database_view *ret_view)
{
    struct fake_source *fake = from_source(source);
    if (fake->open_database_error < JET_errSuccess)
        return fake->open_database_error;
    fake->is_open = true;
    fake->open_index = index;
    for (size_t i = 0; i < sizeof fake->headers; i++)
        fake->headers[i] = fake_database_byte(fake, index, i);
    *ret_view = (struct backup_database_view){
        .page_size = FAKE_PAGE_SIZE,
        .last_page = fake->page_count,
        .last_page_owned = fake->page_count,
        .tail_bytes = fake->tail_bytes,
        .has_trailer = fake->has_trailer,
        .headers = fake->headers,
        .header = (const struct dbheader_disk *)fake->headers,
    };
    return JET_errSuccess;
}

static void wait_for_test(struct fake_source *fake)
{
    if (fake->reading)
        os_event_set(fake->reading);
    if (fake->go_on)
        (void)os_event_wait(fake->go_on, OS_WAIT_FOREVER);
}

static jet_err read_pages(struct backup_source *source, pgno_t first, uint32_t count, void *buffer,
                          struct database_page_counts *counts)
{
    struct fake_source *fake = from_source(source);
    wait_for_test(fake);
    uint64_t offset = ((uint64_t)first + 1) * FAKE_PAGE_SIZE;
    fill_database(fake, offset, buffer, (size_t)count * FAKE_PAGE_SIZE);
    counts->pages_checked += count;
    return fake->read_pages_error;
}

static void fill_end(struct fake_source *fake, uint8_t *bytes, size_t size)
{
    uint64_t offset = ((uint64_t)fake->page_count + 2) * FAKE_PAGE_SIZE;
    fill_database(fake, offset, bytes, size);
}

static jet_err read_tail(struct backup_source *source, void *buffer)
{
    struct fake_source *fake = from_source(source);
    fill_end(fake, buffer, fake->tail_bytes);
    return JET_errSuccess;
}

static jet_err make_trailer(struct backup_source *source, void *page)
{
    fill_end(from_source(source), page, FAKE_PAGE_SIZE);
    return JET_errSuccess;
}

static jet_err prepare_logs(struct backup_source *source, struct backup_log_info *ret_info)
{
    struct fake_source *fake = from_source(source);
    fake->prepare_calls++;
    if (fake->prepare_error < JET_errSuccess)
        return fake->prepare_error;
    *ret_info = (struct backup_log_info){
        .copy_first = 5,
        .copy_end = 5 + (lgen_t)fake->log_count,
        .delete_first = 4,
        .delete_end = 6,
        .base_name = "edb",
        .recoverable = !fake->not_recoverable,
        .reason = fake->not_recoverable ? "the test says so" : NULL,
    };
    return JET_errSuccess;
}

static jet_err logs(struct backup_source *source, struct backup_list *ret_list)
{
    struct fake_source *fake = from_source(source);
    *ret_list = (struct backup_list){fake->log_paths, fake->log_count};
    return fake->logs_error;
}

static jet_err deletable_logs(struct backup_source *source, struct backup_list *ret_list)
{
    struct fake_source *fake = from_source(source);
    *ret_list = (struct backup_list){fake->log_paths, 1};
    return fake->logs_error;
}

static jet_err open_log(struct backup_source *source, size_t index, struct backup_log_view *ret_view)
{
    struct fake_source *fake = from_source(source);
    if (fake->open_log_error < JET_errSuccess)
        return fake->open_log_error;
    fake->is_open = true;
    fake->open_index = index;
    *ret_view = (struct backup_log_view){5 + (lgen_t)index, fake->log_size};
    return JET_errSuccess;
}

static jet_err read_log(struct backup_source *source, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    struct fake_source *fake = from_source(source);
    uint8_t *bytes = buffer;
    wait_for_test(fake);
    if (size > fake->log_size - offset)
        size = (size_t)(fake->log_size - offset);
    for (size_t i = 0; i < size; i++)
        bytes[i] = fake_log_byte(fake, fake->open_index, offset + i);
    *ret_actual = size;
    return fake->read_log_error;
}

static void close_file(struct backup_source *source, enum backup_close how)
{
    struct fake_source *fake = from_source(source);
    fake->is_open = false;
    fake->close_calls++;
    fake->last_close = how;
    if (fake->terms.incremental || fake->open_index >= FAKE_FILES_MAX)
        return;
    if (how == BACKUP_CLOSE_COPIED)
        fake->copied[fake->open_index] = true;
}

static jet_err truncate_logs(struct backup_source *source)
{
    struct fake_source *fake = from_source(source);
    fake->truncate_calls++;
    return fake->truncate_error;
}

static void end(struct backup_source *source, const struct backup_ending *ending)
{
    struct fake_source *fake = from_source(source);
    fake->occupied = false;
    fake->end_calls++;
    fake->ending = *ending;
    fake->was_freed_open = fake->is_open;
}

static void free_source(struct backup_source *source)
{
    struct fake_source *fake = from_source(source);
    fake->was_freed_open |= fake->is_open || fake->occupied;
}

static const struct backup_source_ops fake_ops = {
    .condition = condition,
    .occupy = occupy,
    .begin = begin,
    .databases = databases,
    .find = find,
    .open_database = open_database,
    .read_pages = read_pages,
    .read_tail = read_tail,
    .make_trailer = make_trailer,
    .prepare_logs = prepare_logs,
    .logs = logs,
    .deletable_logs = deletable_logs,
    .open_log = open_log,
    .read_log = read_log,
    .close = close_file,
    .truncate = truncate_logs,
    .end = end,
    .free = free_source,
};

void fake_source_init(struct fake_source *fake)
{
    *fake = (struct fake_source){
        .source = {&fake_ops, FAKE_PAGE_SIZE},
        .database_count = 2,
        .page_count = 256,
        .log_count = 3,
        .log_size = 5 * FAKE_PAGE_SIZE,
    };
    for (size_t i = 0; i < sizeof fake->pattern; i++)
        fake->pattern[i] = (uint8_t)(i % FAKE_PERIOD);
    for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
        (void)snprintf(fake->database_names[i], sizeof fake->database_names[i], "D%u.edb", (unsigned)(i & 7));
        (void)snprintf(fake->log_names[i], sizeof fake->log_names[i], "edb0000%u.log", (unsigned)(i & 7) + 5);
        fake->database_paths[i] = fake->database_names[i];
        fake->log_paths[i] = fake->log_names[i];
    }
}
