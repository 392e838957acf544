/* SPDX-License-Identifier: MIT */
/* demo_step.h - how a step of the demonstration speaks: a title, what happened, and whether it is as it should be. */
#ifndef COLDSTREAM_TOOL_DEMO_STEP_H
#define COLDSTREAM_TOOL_DEMO_STEP_H

#include <stdbool.h>

#include "base/compiler.h"
#include "tool/demo.h"

void demo_step_begin(struct demo *demo, const char *title);

/* A line of the step; `key` is the kind of line in JSON. */
PRINTF_LIKE(3, 4) void demo_say(struct demo *demo, const char *key, const char *format, ...);

/* What this step is about. If it is not so, the demonstration fails, and goes on as far as it can. */
void demo_expect(struct demo *demo, bool is_so, const char *what);

/* If all was as expected: what that proves. */
void demo_step_end(struct demo *demo, const char *proves);

#endif
