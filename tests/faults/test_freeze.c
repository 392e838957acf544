/* SPDX-License-Identifier: MIT */
/* test_freeze.c - instances at work are frozen, their files are copied as any program would copy them, and the copies
 * recovered.
 *
 *      test_freeze PAGE_SIZE circular|linear
 *
 * While frozen, no file changes: neither its bytes nor its times. In the copy is every transfer whose commit had
 * returned, none that had not begun, and the total is right. One copy is also recovered after its tellers went on:
 * nothing of theirs is in it.
 *
 * Environment: COLDSTREAM_FREEZE_ROUNDS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "freeze_bank.h"
#include "isam/deep.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "storage/database_file.h"

enum { INSTANCES = 3, TELLERS = 3, BRANCHES = 2, ROUNDS_DEFAULT = 3, WORK_MS = 120, FROZEN_MS = 60, FILES_MAX = 64 };

static void must_be(bool is_so, const char *what)
{
    if (is_so)
        return;
    (void)fprintf(stderr, "%s\n", what);
    exit(1);
}

static void pause_ms(int64_t ms)
{
    struct os_event *never;
    bank_must(os_event_new(&never), "event");
    (void)os_event_wait(never, ms);
    os_event_free(never);
}

/* ---- files ---- */

static void *file_read(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    must_be(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
    const long size = ftell(file);
    must_be(size >= 0 && fseek(file, 0, SEEK_SET) == 0, path);
    void *bytes = malloc((size_t)size + 1);
    must_be(bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size, path);
    (void)fclose(file);
    *ret_size = (size_t)size;
    return bytes;
}

static void file_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    must_be(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0, path);
}

/* One file of a frozen instance, as it was when it was copied. */
struct seen {
    char *name;
    void *bytes;
    size_t size;
    struct stat times;
};

struct frozen_folder {
    struct seen files[FILES_MAX];
    size_t count;
};

/* Copies all files into a new folder, and remembers them. */
static void folder_copy(const char *from, const char *to, struct frozen_folder *frozen)
{
    struct os_folder_list names;
    bank_must(os_folder_create(to), to);
    bank_must(os_folder_list(from, &names), from);
    must_be(names.count <= FILES_MAX, "too many files");
    frozen->count = names.count;
    for (size_t i = 0; i < names.count; i++) {
        struct seen *seen = &frozen->files[i];
        char *source = os_path_join(from, names.names[i]), *target = os_path_join(to, names.names[i]);
        must_be(source && target && stat(source, &seen->times) == 0, names.names[i]);
        seen->name = source;
        seen->bytes = file_read(source, &seen->size);
        file_write(target, seen->bytes, seen->size);
        free(target);
    }
    os_folder_list_free(&names);
}

/* Nothing has changed since; forgets them. */
static void folder_compare(const char *folder, struct frozen_folder *frozen)
{
    struct os_folder_list names;
    bank_must(os_folder_list(folder, &names), folder);
    must_be(names.count == frozen->count, "a file came or went in the freeze");
    os_folder_list_free(&names);
    for (size_t i = 0; i < frozen->count; i++) {
        struct seen *seen = &frozen->files[i];
        struct stat now;
        size_t size;
        must_be(stat(seen->name, &now) == 0, seen->name);
        must_be(now.st_mtim.tv_sec == seen->times.st_mtim.tv_sec &&
                    now.st_mtim.tv_nsec == seen->times.st_mtim.tv_nsec && now.st_ino == seen->times.st_ino,
                "a file was written in the freeze");
        void *bytes = file_read(seen->name, &size);
        must_be(size == seen->size && memcmp(bytes, seen->bytes, size) == 0, "a file has changed in the freeze");
        free(bytes);
        free(seen->bytes);
        free(seen->name);
    }
}

static void folder_remove(const char *folder)
{
    struct os_folder_list names;
    bank_must(os_folder_list(folder, &names), folder);
    for (size_t i = 0; i < names.count; i++) {
        char *path = os_path_join(folder, names.names[i]);
        bank_must(os_file_remove(path), path);
        free(path);
    }
    os_folder_list_free(&names);
    bank_must(os_folder_remove(folder), folder);
}

static void tell(void *context, const struct finding *finding)
{
    char text[600];
    (void)context;
    (void)fprintf(stderr, "%s\n", finding_describe(finding, text, sizeof text));
}

/* The whole check of a database that was recovered and closed. */
static void check_database(const char *folder, unsigned branch)
{
    const struct finding_listener nobody = {0}, listener = {.report = tell};
    const struct deep_options options = {0};
    struct deep_counts counts;
    struct database_file *file = NULL;
    char name[] = "branch0.edb";
    name[6] = (char)('0' + branch);
    char *path = os_path_join(folder, name);
    bank_must(database_file_open(path, &nobody, &file), path);
    bank_must(deep_verify(file, &options, &listener, &counts), path);
    database_file_close(file);
    free(path);
}

/* ---- a round ---- */

struct shop {
    char *root;
    char *folders[INSTANCES], *copies[INSTANCES];
    struct bank banks[INSTANCES];
    struct bank_bounds bounds[INSTANCES];
    struct frozen_folder frozen[INSTANCES];
};

/* Now, while all are frozen: what has returned by now is in the copy, because nothing became durable since; what has
 * not begun by now is not. Many are under way, and wait. */
static void take_bounds(struct shop *shop)
{
    unsigned waiting = 0;
    for (unsigned i = 0; i < INSTANCES; i++) {
        for (unsigned j = 0; j < TELLERS; j++) {
            shop->bounds[i].low[j] = atomic_load(&shop->banks[i].tellers[j].committed);
            shop->bounds[i].high[j] = atomic_load(&shop->banks[i].tellers[j].tried);
            waiting += shop->bounds[i].high[j] > shop->bounds[i].low[j];
        }
    }
    must_be(waiting == INSTANCES * TELLERS, "somebody does not wait in the freeze");
}

static void freeze_and_copy(struct shop *shop)
{
    JET_OSSNAPID id;
    uint32_t count;
    JET_INSTANCE_INFO_A *infos;
    bank_must(JetOSSnapshotPrepare(&id, JET_bitContinueAfterThaw), "prepare");
    bank_must(JetOSSnapshotFreezeA(id, &count, &infos, JET_bitNil), "freeze");
    must_be(count == INSTANCES, "not all instances are frozen");
    bank_must(JetFreeBuffer((char *)infos), "free");
    for (unsigned i = 0; i < INSTANCES; i++)
        folder_copy(shop->folders[i], shop->copies[i], &shop->frozen[i]);
    pause_ms(FROZEN_MS);
    for (unsigned i = 0; i < INSTANCES; i++)
        folder_compare(shop->folders[i], &shop->frozen[i]);
    take_bounds(shop);
    bank_must(JetOSSnapshotThaw(id, JET_bitNil), "thaw");
    bank_must(JetOSSnapshotTruncateLog(id, JET_bitAllDatabasesSnapshot), "truncate");
    bank_must(JetOSSnapshotEnd(id, JET_bitNil), "end");
}

static void one_round(struct shop *shop)
{
    for (unsigned i = 0; i < INSTANCES; i++)
        bank_begin(&shop->banks[i]);
    pause_ms(WORK_MS);
    freeze_and_copy(shop);
    pause_ms(WORK_MS / 2);
    for (unsigned i = 0; i < INSTANCES; i++)
        bank_end(&shop->banks[i]);
    for (unsigned i = 0; i < INSTANCES; i++) {
        bank_check_copy(&shop->banks[i], shop->copies[i], &shop->bounds[i]);
        for (unsigned branch = 0; branch < BRANCHES; branch++)
            check_database(shop->copies[i], branch);
        folder_remove(shop->copies[i]);
    }
}

int main(int argc, char **argv)
{
    const char *rounds_text = getenv("COLDSTREAM_FREEZE_ROUNDS");
    const unsigned rounds = rounds_text ? (unsigned)strtoul(rounds_text, NULL, 10) : ROUNDS_DEFAULT;
    static struct shop shop;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: test_freeze PAGE_SIZE circular|linear\n");
        return 2;
    }
    const bool is_circular = strcmp(argv[2], "circular") == 0;
    bank_must(JetSetSystemParameter(NULL, 0, JET_paramDatabasePageSize, strtoul(argv[1], NULL, 10), NULL), "page size");
    bank_must(os_folder_create_temporary("coldstream-freeze", &shop.root), "folder");
    for (unsigned i = 0; i < INSTANCES; i++) {
        char name[] = "bank0", copy[] = "copy0";
        name[4] = copy[4] = (char)('0' + i);
        shop.folders[i] = os_path_join(shop.root, name);
        shop.copies[i] = os_path_join(shop.root, copy);
        bank_must(os_folder_create(shop.folders[i]), name);
        const struct bank_options options = {.name = name,
                                             .folder = shop.folders[i],
                                             .is_circular = is_circular,
                                             .branches = BRANCHES,
                                             .tellers = TELLERS,
                                             .log_kib = 256};
        bank_open(&shop.banks[i], &options);
    }
    for (unsigned round = 0; round < rounds; round++)
        one_round(&shop);
    for (unsigned i = 0; i < INSTANCES; i++) {
        bank_close(&shop.banks[i]);
        folder_remove(shop.folders[i]);
        free(shop.folders[i]);
        free(shop.copies[i]);
    }
    bank_must(os_folder_remove(shop.root), shop.root);
    free(shop.root);
    return 0;
}
