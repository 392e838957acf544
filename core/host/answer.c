/* SPDX-License-Identifier: MIT */
#include "host/answer.h"

#include <stdlib.h>

#include "os/os_clock.h"

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
    if (answer->close_fd && answer->fd >= 0)
        answer->close_fd(answer->fd);
    free(answer);
}

void answer_fail(struct host_answer *answer, jet_err err, enum host_reason reason)
{
    files_free(answer->files, answer->file_count);
    if (answer->close_fd && answer->fd >= 0)
        answer->close_fd(answer->fd);
    *answer = (struct host_answer){.err = err, .reason = reason, .fd = -1};
}

void answer_give(struct host_answer *answer, const struct host_call *call)
{
    call->done(call->context, answer);
}

uint64_t host_now_us(void)
{
    return os_clock_boot_us();
}
