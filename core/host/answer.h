/* SPDX-License-Identifier: MIT */
/* answer.h - how the objects of host.h make their answers.
 *
 * An answer is made when its call is queued, so that nothing that happens later can fail for want of memory. */
#ifndef COLDSTREAM_HOST_ANSWER_H
#define COLDSTREAM_HOST_ANSWER_H

#include "host/host.h"

/* NULL: no memory. */
MUST_CHECK struct host_answer *answer_new(void);

/* The answer for who could not even get one. */
struct host_answer *answer_no_memory(void);

/* It is an error, and nothing else. */
void answer_fail(struct host_answer *answer, jet_err err, enum host_reason reason);

/* The answer is the client's from here on. */
void answer_give(struct host_answer *answer, const struct host_call *call);

#endif
