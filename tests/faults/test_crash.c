/* SPDX-License-Identifier: MIT */
/* test_crash.c - the engine, on machines that fail (crash_driver.h): `test_crash PAGE_SIZE circular|linear`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash_driver.h"
#include "crash_engine.h"
#include "crash_script.h"
#include "os/os_file.h"
#include "problem.h"

enum { CASES = 520, TRANSACTIONS = 120 };

struct subject {
    struct crash_config config;
    struct crash_script *script; /* of the last load */
};

static void mark(void *context, enum crash_mark what, uint32_t state)
{
    (void)context;
    crash_mark(what, state);
}

static bool run(void *context, uint64_t seed)
{
    struct subject *subject = context;
    const struct crash_marks marks = {.mark = mark};
    crash_script_free(subject->script);
    subject->script = crash_script_make(seed, TRANSACTIONS, true);
    return crash_engine_run(&subject->config, subject->script, &marks);
}

static bool check(void *context, uint32_t low, uint32_t high, bool abruptly)
{
    uint32_t state;
    const struct subject *subject = context;
    return crash_engine_check(&subject->config, subject->script, low, high, abruptly, &state);
}

int main(int argc, char **argv)
{
    char *folder;
    if (argc != 3 || os_folder_create_temporary("coldstream-crash-", &folder) < JET_errSuccess) {
        fprintf(stderr, "usage: test_crash PAGE_SIZE circular|linear\n");
        return 2;
    }
    struct subject subject = {
        .config = {.folder = folder,
                   .page_size = (uint32_t)strtoul(argv[1], NULL, 10),
                   .is_circular = strcmp(argv[2], "circular") == 0,
                   .log_kib = 64,
                   .cache_pages = 64,
                   .checkpoint_kib = 128}
    };
    const struct crash_subject driven = {.context = &subject,
                                         .folder = folder,
                                         .page_size = subject.config.page_size,
                                         .cases = CASES,
                                         .run = run,
                                         .check = check,
                                         .problem = problem_text};
    int status = crash_drive(&driven);
    crash_script_free(subject.script);
    if (os_folder_remove(folder) < JET_errSuccess)
        status = 2;
    free(folder);
    return status;
}
