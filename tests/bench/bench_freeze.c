/* SPDX-License-Identifier: MIT */
/* bench_freeze.c - how long it takes to freeze instances at work, from the call of JetOSSnapshotFreeze until it
 * returns, and to thaw them again.
 *
 *      bench_freeze [freezes of each kind, default 30]
 *
 * 1, 10 and 100 instances, each with two tellers who move money with durable commits (tests/faults/freeze_bank.h), not
 * circular. The files lie in TMPDIR: a freeze is mostly waiting for that disk.
 */
#include <stdio.h>
#include <stdlib.h>

#include "faults/freeze_bank.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_thread.h"

enum { INSTANCES_MAX = 100, TELLERS = 2, WORK_MS = 60, LOG_KIB = 512 };

static void pause_ms(int64_t ms)
{
    struct os_event *never;
    bank_must(os_event_new(&never), "event");
    (void)os_event_wait(never, ms);
    os_event_free(never);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, unsigned instances, uint64_t *ns, size_t count)
{
    qsort(ns, count, sizeof *ns, compare);
    (void)printf("%s, %u instances: %zu times, p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", what, instances, count,
                 (double)ns[count / 2] / 1e6, (double)ns[count * 99 / 100] / 1e6, (double)ns[count - 1] / 1e6);
}

static void measure(uint64_t *ret_freeze_ns, uint64_t *ret_thaw_ns)
{
    JET_OSSNAPID id;
    uint32_t count;
    JET_INSTANCE_INFO_A *infos;
    bank_must(JetOSSnapshotPrepare(&id, JET_bitCopySnapshot | JET_bitContinueAfterThaw), "prepare");
    const uint64_t begun_ns = os_clock_monotonic_ns();
    bank_must(JetOSSnapshotFreezeA(id, &count, &infos, JET_bitNil), "freeze");
    const uint64_t frozen_ns = os_clock_monotonic_ns();
    bank_must(JetOSSnapshotThaw(id, JET_bitNil), "thaw");
    *ret_thaw_ns = os_clock_monotonic_ns() - frozen_ns;
    *ret_freeze_ns = frozen_ns - begun_ns;
    bank_must(JetOSSnapshotAbort(id, JET_bitNil), "abort");
    bank_must(JetFreeBuffer((char *)infos), "free");
}

static void run(struct bank *banks, unsigned instances, size_t count)
{
    uint64_t *freeze_ns = calloc(count, sizeof *freeze_ns), *thaw_ns = calloc(count, sizeof *thaw_ns);
    if (!freeze_ns || !thaw_ns)
        bank_must(JET_errOutOfMemory, "figures");
    for (unsigned i = 0; i < instances; i++)
        bank_begin(&banks[i]);
    for (size_t i = 0; i < count; i++) {
        pause_ms(WORK_MS);
        measure(&freeze_ns[i], &thaw_ns[i]);
    }
    for (unsigned i = 0; i < instances; i++)
        bank_end(&banks[i]);
    report("freeze", instances, freeze_ns, count);
    report("thaw", instances, thaw_ns, count);
    free(freeze_ns);
    free(thaw_ns);
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

int main(int argc, char **argv)
{
    static const unsigned sizes[] = {1, 10, INSTANCES_MAX};
    static struct bank banks[INSTANCES_MAX];
    static char *folders[INSTANCES_MAX];
    const size_t count = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 30;
    unsigned open = 0;
    char *root;
    bank_must(os_folder_create_temporary("bench-freeze", &root), "temporary folder");
    bank_must(JetSetSystemParameter(NULL, 0, JET_paramMaxInstances, INSTANCES_MAX, NULL), "instances");
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0] && count > 0; i++) {
        for (; open < sizes[i]; open++) {
            char name[] = "bank00";
            name[4] = (char)('0' + open / 10);
            name[5] = (char)('0' + open % 10);
            folders[open] = os_path_join(root, name);
            bank_must(os_folder_create(folders[open]), name);
            const struct bank_options options = {
                .name = name, .folder = folders[open], .branches = 1, .tellers = TELLERS, .log_kib = LOG_KIB};
            bank_open(&banks[open], &options);
        }
        run(banks, sizes[i], count);
    }
    while (open-- > 0) {
        bank_close(&banks[open]);
        folder_remove(folders[open]);
        free(folders[open]);
    }
    bank_must(os_folder_remove(root), root);
    free(root);
    return 0;
}
