/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include <stdlib.h>

#include "service.h"

struct expected {
    struct bus_job job; /* first: the job is the answer */
    struct bus_loop *loop;
    struct host_answer *answer;
    void (*then)(void *context, struct host_answer *answer);
    void *context;
};

static void go_on(struct bus_job *job)
{
    struct expected *expected = (struct expected *)job;
    expected->then(expected->context, expected->answer);
    free(expected);
}

/* In a thread of the host. */
static void arrived(void *context, struct host_answer *answer)
{
    struct expected *expected = context;
    expected->answer = answer;
    bus_loop_post(expected->loop, &expected->job);
}

bool answer_expect(struct service *service, void (*then)(void *context, struct host_answer *answer), void *context,
                   struct host_call *ret_call)
{
    struct expected *expected = calloc(1, sizeof *expected);
    if (!expected)
        return false;
    expected->job.run = go_on;
    expected->loop = service->loop;
    expected->then = then;
    expected->context = context;
    *ret_call = (struct host_call){expected, arrived};
    return true;
}

void answer_forget(const struct host_call *call)
{
    free(call->context);
}
