/* SPDX-License-Identifier: MIT */
/* answer.h - an answer of linux/host comes from one of its threads; here it goes on in the loop's. */
#ifndef COLDSTREAM_LINUX_SERVICE_ANSWER_H
#define COLDSTREAM_LINUX_SERVICE_ANSWER_H

#include <stdbool.h>

#include "../host/host.h"

struct service;

/* Makes *ret_call such that `then(context, answer)` runs in the loop; it owns the answer (host_answer_free()). False:
 * no memory, and there is nothing to hand in. A call that is never answered (the function it was for failed) is given
 * back by answer_forget(). */
bool answer_expect(struct service *service, void (*then)(void *context, struct host_answer *answer), void *context,
                   struct host_call *ret_call);
void answer_forget(const struct host_call *call);

#endif
