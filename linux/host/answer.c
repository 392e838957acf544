/* SPDX-License-Identifier: MIT */
#include "answer_internal.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct host_answer *answer_new(void)
{
    struct host_answer *answer = calloc(1, sizeof *answer);
    if (answer)
        answer->fd = -1;
    return answer;
}

static void files_free(struct host_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(files[i].path);
    free(files);
}

/* Nothing in it can be freed, and nobody has a reason to write to it. */
static struct host_answer no_memory = {.err = JET_errOutOfMemory, .fd = -1};

struct host_answer *answer_no_memory(void)
{
    return &no_memory;
}

void host_answer_free(struct host_answer *answer)
{
    if (!answer || answer == &no_memory)
        return;
    files_free(answer->files, answer->file_count);
    if (answer->fd >= 0)
        (void)close(answer->fd);
    free(answer);
}

void answer_fail(struct host_answer *answer, jet_err err, enum host_reason reason)
{
    files_free(answer->files, answer->file_count);
    if (answer->fd >= 0)
        (void)close(answer->fd);
    *answer = (struct host_answer){.err = err, .reason = reason, .fd = -1};
}

void answer_give(struct host_answer *answer, const struct host_call *call)
{
    call->done(call->context, answer);
}

uint64_t host_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
