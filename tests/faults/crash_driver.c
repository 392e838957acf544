/* SPDX-License-Identifier: MIT */
/* crash_driver.c - see crash_driver.h. */
#include "crash_driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jet_err.h"
#include "disk_image.h"
#include "disk_record.h"
#include "os/os_clock.h"
#include "os/os_console.h"
#include "os/os_file.h"

enum {
    CASES_PER_LOAD = 120,
    CASES_PER_BAD_DISK = 8,
    FAILURES_MAX = 5,
    TRACE = 60, /* changes of the disk that are shown with a failure */
    MARK_SHIFT = 32,
};

static struct {
    const struct crash_subject *subject;
    const char *folder;
    uint64_t seed;
    uint64_t cases;
    const char *keep;
    unsigned recoveries, failures;
    struct disk_journal load;
} test;

/* The states that come into question. */
struct bounds {
    uint32_t low, high;
};

void crash_mark(enum crash_mark mark, uint32_t state)
{
    disk_record_mark((uint64_t)mark << MARK_SHIFT | state);
}

static void bounds_follow(struct bounds *bounds, const struct disk_op *op)
{
    uint32_t state = (uint32_t)op->size;
    if (op->kind != DISK_MARK)
        return;
    if (op->size >> MARK_SHIFT == CRASH_PROMISED)
        bounds->low = state;
    else
        bounds->high = state;
}

static struct disk_image *load_image(void)
{
    struct disk_image *image = disk_image_load(test.folder);
    disk_image_set_pages(image, ".edb", test.subject->page_size);
    disk_image_set_torn(image, ".log");
    return image;
}

/* ---- one case ---- */

/* A disk that failed: all that is needed to have it again. */
struct failed_disk {
    const struct disk_image *image;
    const struct disk_op *next; /* was being done; NULL: nothing */
    enum disk_loss loss;
    uint64_t random;
};

static const struct disk_op *op_at(const struct disk_journal *journal, size_t point)
{
    return point < journal->count ? &journal->ops[point] : NULL;
}

static void store(const struct failed_disk *disk, const char *folder)
{
    struct disk_random random = {.state = disk->random};
    disk_image_store(disk->image, disk->next, disk->loss, &random, folder);
}

/* What was done to the disk before the point; names of files are those of their creation. */
static void print_trace(const struct disk_journal *journal, size_t point)
{
    static const char *const kinds[] = {
        [DISK_WRITE] = "write",   [DISK_SIZE] = "size",
        [DISK_FLUSH] = "flush",   [DISK_CREATE] = "create",
        [DISK_RENAME] = "rename", [DISK_REMOVE] = "remove",
        [DISK_MARK] = "mark",     [DISK_FLUSH_FOLDER] = "flush folder",
    };
    for (size_t i = point > TRACE ? point - TRACE : 0; i < point && i < journal->count; i++) {
        const struct disk_op *op = &journal->ops[i];
        printf("    %zu %s file %u at %" PRIu64 " size %" PRIu64 " %s %s\n", i, kinds[op->kind], op->file, op->offset,
               op->size, op->name ? op->name : "", op->name_to ? op->name_to : "");
    }
}

static void report_failure(const char *what, size_t point, const struct failed_disk *disk)
{
    char name[32];
    test.failures++;
    printf("FAILED: %s, point %zu of the record, loss %d, random %" PRIu64 ": %s\n", what, point, (int)disk->loss,
           disk->random, test.subject->problem());
    (void)fflush(stdout);
    if (!test.keep)
        return;
    print_trace(&test.load, point);
    (void)snprintf(name, sizeof name, "failed-%u", test.failures);
    char *folder = os_path_join(test.keep, name);
    if (folder && os_folder_create(folder) >= JET_errSuccess) {
        store(disk, folder);
        printf("        what the disk held is in %s\n", folder);
    }
    free(folder);
}

static bool recover(const struct bounds *bounds, bool abruptly)
{
    test.recoveries++;
    return test.subject->check(test.subject->context, bounds->low, bounds->high, abruptly);
}

/* The recovery is itself cut short, at a few points, and then done again. */
static bool cut_recovery_short(const struct failed_disk *disk, const struct bounds *bounds, struct disk_random *random)
{
    struct disk_journal journal;
    struct disk_image *image = load_image();
    disk_record_begin(&journal, test.folder, image);
    bool is_good = recover(bounds, disk_random_below(random, 2) == 0);
    disk_record_end();
    if (!is_good)
        report_failure("recovery that was recorded", 0, disk);
    size_t applied = 0;
    for (unsigned cut = 0; is_good && cut < 2 && applied < journal.count; cut++) {
        size_t point = applied + (size_t)disk_random_below(random, journal.count - applied + 1);
        while (applied < point)
            disk_image_apply(image, &journal.ops[applied++]);
        const struct failed_disk again = {image, op_at(&journal, point),
                                          (enum disk_loss)disk_random_below(random, DISK_LOSSES),
                                          disk_random_next(random)};
        store(&again, test.folder);
        is_good = recover(bounds, false);
        if (!is_good)
            report_failure("recovery from a recovery", point, &again);
    }
    disk_journal_done(&journal);
    disk_image_free(image);
    return is_good;
}

/* The pages of all databases in the folder, one after another; for free(). */
static uint8_t *read_pages(size_t *ret_size)
{
    struct os_folder_list list;
    uint8_t *pages = NULL;
    size_t size = 0;
    if (os_folder_list(test.folder, &list) < JET_errSuccess)
        abort();
    for (size_t i = 0; i < list.count; i++) {
        size_t headers = 2 * (size_t)test.subject->page_size, actual = 0;
        uint64_t file_size = 0;
        struct os_file *file;
        char *path = os_path_join(test.folder, list.names[i]);
        if (path && strstr(path, ".edb") && os_file_open(path, OS_FILE_READ, &file) >= JET_errSuccess) {
            if (os_file_size(file, &file_size) < JET_errSuccess ||
                !(pages = realloc(pages, size + (size_t)file_size)) ||
                os_file_read(file, headers, pages + size, (size_t)file_size, &actual) < JET_errSuccess)
                abort();
            size += actual;
            os_file_close(file);
        }
        free(path);
    }
    os_folder_list_free(&list);
    *ret_size = size;
    return pages;
}

/* What was recovered is started again: it must be the same, and no page may change. */
static bool recover_again(const struct failed_disk *disk, size_t point, const struct bounds *bounds)
{
    size_t size_before, size_after;
    uint8_t *before = read_pages(&size_before);
    bool is_good = recover(bounds, false);
    uint8_t *after = read_pages(&size_after);
    if (!is_good) {
        report_failure("second recovery", point, disk);
    } else if (size_before != size_after || (size_before > 0 && memcmp(before, after, size_before) != 0)) {
        report_failure("second recovery changed pages", point, disk);
        is_good = false;
    }
    free(before);
    free(after);
    return is_good;
}

static void one_case(const struct disk_image *image, size_t point, const struct bounds *bounds,
                     struct disk_random *random)
{
    const struct failed_disk disk = {image, op_at(&test.load, point),
                                     (enum disk_loss)disk_random_below(random, DISK_LOSSES), disk_random_next(random)};
    store(&disk, test.folder);
    if (disk_random_below(random, 4) == 0) {
        (void)cut_recovery_short(&disk, bounds, random);
        return;
    }
    if (!recover(bounds, false))
        report_failure("recovery", point, &disk);
    else if (disk_random_below(random, 8) == 0)
        (void)recover_again(&disk, point, bounds);
}

/* ---- one load ---- */

static void empty_folder(void)
{
    struct os_folder_list list;
    if (os_folder_list(test.folder, &list) < JET_errSuccess)
        abort();
    for (size_t i = 0; i < list.count; i++) {
        char *path = os_path_join(test.folder, list.names[i]);
        if (!path || os_file_remove(path) < JET_errSuccess)
            abort();
        free(path);
    }
    os_folder_list_free(&list);
}

static int compare_points(const void *left, const void *right)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

/* A disk that fails while the load is running, before the machine does. */
struct bad_disk {
    bool is_bad;
    uint64_t call; /* that fails */
    jet_err err;
    bool for_ever;
};

/* `*ret_base`: what was in the folder before. On a bad disk the load may fail. */
static bool record_load(uint64_t seed, const struct bad_disk *bad, struct disk_image **ret_base)
{
    empty_folder();
    bool is_done = !test.subject->prepare || test.subject->prepare(test.subject->context);
    struct disk_image *base = load_image();
    *ret_base = base;
    disk_record_begin(&test.load, test.folder, base);
    if (bad->is_bad)
        disk_fail_begin(bad->call, bad->err, bad->for_ever);
    is_done = is_done && test.subject->run(test.subject->context, seed);
    bool has_failed = disk_fail_end();
    disk_record_end();
    if (!is_done && !has_failed) {
        test.failures++;
        printf("FAILED: the load: %s\n", test.subject->problem());
    }
    printf("load: seed %" PRIu64 ", %zu changes of files, %" PRIu64 " KiB", seed, test.load.count,
           test.load.bytes_written / 1024);
    if (bad->is_bad)
        printf("; the disk fails at %" PRIu64 " (%s%s): %s", bad->call, jet_err_name(bad->err),
               bad->for_ever ? ", for ever" : "", is_done ? "done all the same" : test.subject->problem());
    printf("\n");
    (void)fflush(stdout);
    return is_done || has_failed;
}

static void crash_load(struct disk_image *image, struct disk_random *random, unsigned cases)
{
    size_t points[CASES_PER_LOAD];
    struct bounds bounds = {0, 0};
    size_t applied = 0;
    for (unsigned i = 0; i < cases; i++)
        points[i] = (size_t)disk_random_below(random, test.load.count + 1);
    qsort(points, cases, sizeof points[0], compare_points);
    for (unsigned i = 0; i < cases && test.failures < FAILURES_MAX; i++) {
        for (; applied < points[i]; applied++) {
            disk_image_apply(image, &test.load.ops[applied]);
            bounds_follow(&bounds, &test.load.ops[applied]);
        }
        one_case(image, points[i], &bounds, random);
    }
}

/* ---- all ---- */

static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
    char *text = os_environment_get(name);
    uint64_t number = text ? strtoull(text, NULL, 0) : otherwise;
    free(text);
    return number;
}

static size_t count_calls(const struct disk_journal *journal)
{
    size_t count = 0;
    for (size_t i = 0; i < journal->count; i++)
        count += journal->ops[i].kind != DISK_MARK;
    return count;
}

/* Of five loads one has a disk that works; `calls` is what that took. */
static struct bad_disk choose_disk(unsigned load, size_t calls, struct disk_random *random)
{
    static const jet_err errors[] = {JET_errDiskFull, JET_errDiskIO};
    if (load % 5 == 0 || calls == 0)
        return (struct bad_disk){.is_bad = false};
    return (struct bad_disk){.is_bad = true,
                             .call = disk_random_below(random, calls),
                             .err = errors[disk_random_below(random, 2)],
                             .for_ever = disk_random_below(random, 2) == 0};
}

int crash_drive(const struct crash_subject *subject)
{
    uint64_t begin_ns = os_clock_monotonic_ns();
    uint64_t seed = 0;
    if (os_random_bytes(&seed, sizeof seed) < JET_errSuccess)
        return 2;
    test.subject = subject;
    test.folder = subject->folder;
    test.seed = number_from_environment("COLDSTREAM_CRASH_SEED", seed >> 16);
    test.cases = number_from_environment("COLDSTREAM_CRASH_CASES", subject->cases);
    test.keep = os_environment_get("COLDSTREAM_CRASH_KEEP");
    printf("COLDSTREAM_CRASH_SEED=%" PRIu64 "\n", test.seed);
    struct disk_random random = {.state = test.seed};
    unsigned load = 0;
    size_t calls = 0;
    while (test.recoveries < test.cases && test.failures < FAILURES_MAX) {
        struct disk_image *image;
        const struct bad_disk bad = choose_disk(load, calls, &random);
        if (record_load(disk_random_next(&random) >> 16, &bad, &image))
            crash_load(image, &random, bad.is_bad ? CASES_PER_BAD_DISK : CASES_PER_LOAD);
        calls = bad.is_bad ? calls : count_calls(&test.load);
        disk_image_free(image);
        disk_journal_done(&test.load);
        load++;
    }
    empty_folder();
    printf("%.1f s\n", (double)(os_clock_monotonic_ns() - begin_ns) / 1e9);
    printf("[  PASSED  ] %u test(s).\n", test.recoveries > test.failures ? test.recoveries - test.failures : 0);
    if (test.failures > 0)
        printf("[  FAILED  ] %u test(s)\n", test.failures);
    return test.failures > 0;
}
