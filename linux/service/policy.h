/* SPDX-License-Identifier: MIT */
/* policy.h - may this caller do that? Behind the policy of the bus, which has let the message through.
 *
 *      uid 0: yes. Else polkit, if there is one on the bus: action org.coldstream.backup1.<class>. Without polkit, the bus has decided.
 *
 * Asked asynchronously; a caller who goes away meanwhile has the question taken back. */
#ifndef COLDSTREAM_LINUX_SERVICE_POLICY_H
#define COLDSTREAM_LINUX_SERVICE_POLICY_H

#include "call.h"
#include "object.h"

/* "org.coldstream.backup1.backup"; NULL for what needs no question. */
const char *policy_action(enum access access);

/* Calls dispatch_allowed(call), now or later, or answers the call with the refusal. */
void policy_ask(struct call *call);

/* The caller is gone: takes the question back. The call is not freed. */
void policy_take_back(struct call *call);

#endif
