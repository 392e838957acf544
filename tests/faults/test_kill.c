/* SPDX-License-Identifier: MIT */
/* test_kill.c - the process that writes is killed (SIGKILL) at random moments, and so is now and then the one that
 * recovers.
 *
 *      test_kill PAGE_SIZE circular|linear
 *
 * Processes: this one starts the others and never runs an engine. A writer carries out a script (crash_script.h) and
 * tells each commit through a pipe, before and after. What has come through the pipe when the writer is dead says which
 * states come into question. A checker recovers the folder and compares.
 *
 * Environment: COLDSTREAM_CRASH_SEED, printed; COLDSTREAM_KILL_ROUNDS.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crash_engine.h"
#include "crash_script.h"
#include "disk_image.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "problem.h"

enum { ROUNDS_DEFAULT = 40, TRANSACTIONS = 150, MARK_SHIFT = 32, STATUS_GOOD = 0, STATUS_BAD = 1 };

struct bounds {
    uint32_t low, high;
};

static void tell_mark(void *context, enum crash_mark mark, uint32_t state)
{
    uint64_t message = (uint64_t)mark << MARK_SHIFT | state;
    if (write(*(const int *)context, &message, sizeof message) != (ssize_t)sizeof message)
        _exit(STATUS_BAD);
}

/* The writer. */
static _Noreturn void write_script(const struct crash_config *config, const struct crash_script *script, int pipe_end)
{
    const struct crash_marks marks = {.mark = tell_mark, .context = &pipe_end};
    if (crash_engine_run(config, script, &marks))
        _exit(STATUS_GOOD);
    printf("FAILED: the load: %s\n", problem_text());
    (void)fflush(stdout);
    _exit(STATUS_BAD);
}

/* The checker. */
static _Noreturn void check_folder(const struct crash_config *config, const struct crash_script *script,
                                   struct bounds bounds)
{
    uint32_t state;
    if (crash_engine_check(config, script, bounds.low, bounds.high, false, &state))
        _exit(STATUS_GOOD);
    printf("FAILED: the check: %s\n", problem_text());
    (void)fflush(stdout);
    _exit(STATUS_BAD);
}

static void pause_us(uint64_t us)
{
    const struct timespec time = {.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
    (void)nanosleep(&time, NULL);
}

static pid_t fork_quietly(void)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        abort();
    return child;
}

/* True if it ended by itself and well; a killed process is neither. */
static bool wait_for(pid_t child, bool *ret_killed)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            abort();
    *ret_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_GOOD;
}

/* Follows the pipe for `count` messages; false at its end. */
static bool follow(int pipe_end, unsigned count, struct bounds *bounds)
{
    uint64_t message;
    while (count-- > 0) {
        ssize_t got = read(pipe_end, &message, sizeof message);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)sizeof message)
            return false;
        if (message >> MARK_SHIFT == CRASH_PROMISED)
            bounds->low = (uint32_t)message;
        else
            bounds->high = (uint32_t)message;
    }
    return true;
}

/* Lets the writer work for a while and kills it. False if it failed by itself. */
static bool kill_writer(const struct crash_config *config, const struct crash_script *script,
                        struct disk_random *random, struct bounds *ret_bounds)
{
    int ends[2];
    bool was_killed;
    struct bounds bounds = {0, 0};
    if (pipe(ends) != 0)
        abort();
    pid_t writer = fork_quietly();
    if (writer == 0) {
        close(ends[0]);
        write_script(config, script, ends[1]);
    }
    close(ends[1]);
    if (follow(ends[0], (unsigned)disk_random_below(random, 2 * TRANSACTIONS), &bounds))
        pause_us(disk_random_below(random, 4000));
    (void)kill(writer, SIGKILL);
    bool is_good = wait_for(writer, &was_killed);
    while (follow(ends[0], 1, &bounds))
        ;
    close(ends[0]);
    *ret_bounds = bounds;
    return is_good || was_killed;
}

static bool check(const struct crash_config *config, const struct crash_script *script, struct bounds bounds,
                  struct disk_random *random, bool kills)
{
    bool was_killed;
    pid_t checker = fork_quietly();
    if (checker == 0)
        check_folder(config, script, bounds);
    if (kills) {
        pause_us(disk_random_below(random, 30000));
        (void)kill(checker, SIGKILL);
    }
    bool is_good = wait_for(checker, &was_killed);
    return is_good || (kills && was_killed);
}

static bool one_round(struct crash_config *config, uint64_t seed)
{
    struct disk_random random = {.state = seed};
    struct bounds bounds;
    struct crash_script *script = crash_script_make(seed, TRANSACTIONS, true);
    bool is_good = kill_writer(config, script, &random, &bounds);
    for (unsigned i = (unsigned)disk_random_below(&random, 4); is_good && i > 0; i--)
        is_good = check(config, script, bounds, &random, true);
    is_good = is_good && check(config, script, bounds, &random, false);
    if (!is_good)
        printf("round with seed %" PRIu64 ", states %" PRIu32 " to %" PRIu32 "\n", seed, bounds.low, bounds.high);
    crash_script_free(script);
    return is_good;
}

static void empty_folder(const char *folder)
{
    struct os_folder_list list;
    if (os_folder_list(folder, &list) < JET_errSuccess)
        abort();
    for (size_t i = 0; i < list.count; i++) {
        char *path = os_path_join(folder, list.names[i]);
        if (!path || os_file_remove(path) < JET_errSuccess)
            abort();
        free(path);
    }
    os_folder_list_free(&list);
}

int main(int argc, char **argv)
{
    char *folder;
    uint64_t seed;
    const char *seed_text = getenv("COLDSTREAM_CRASH_SEED");
    const char *rounds_text = getenv("COLDSTREAM_KILL_ROUNDS");
    unsigned failures = 0;
    unsigned rounds = rounds_text ? (unsigned)strtoul(rounds_text, NULL, 10) : ROUNDS_DEFAULT;
    if (argc != 3 || os_random_bytes(&seed, sizeof seed) < JET_errSuccess ||
        os_folder_create_temporary("coldstream-kill-", &folder) < JET_errSuccess) {
        fprintf(stderr, "usage: test_kill PAGE_SIZE circular|linear\n");
        return 2;
    }
    struct disk_random random = {.state = seed_text ? strtoull(seed_text, NULL, 0) : seed >> 16};
    struct crash_config config = {.folder = folder,
                                  .page_size = (uint32_t)strtoul(argv[1], NULL, 10),
                                  .is_circular = strcmp(argv[2], "circular") == 0,
                                  .log_kib = 64,
                                  .cache_pages = 64,
                                  .checkpoint_kib = 128};
    printf("pages of %s bytes, %s log, COLDSTREAM_CRASH_SEED=%" PRIu64 "\n", argv[1], argv[2], random.state);
    unsigned done = 0;
    for (; done < rounds && failures == 0; done++) {
        empty_folder(folder);
        failures += !one_round(&config, disk_random_next(&random) >> 16);
    }
    printf("[  PASSED  ] %u test(s).\n", done - failures);
    if (failures > 0)
        printf("[  FAILED  ] %u test(s)\n", failures);
    if (failures == 0) {
        empty_folder(folder);
        failures += os_folder_remove(folder) < JET_errSuccess;
    } else {
        printf("the files are in %s\n", folder);
    }
    free(folder);
    return failures > 0;
}
