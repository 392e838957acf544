/* SPDX-License-Identifier: MIT */
/* demo_live.h - the second half of the demonstration: a running instance, through the JET API. */
#ifndef COLDSTREAM_TOOL_DEMO_LIVE_H
#define COLDSTREAM_TOOL_DEMO_LIVE_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "tool/demo.h"

/* An application works on a database; a backup of it is stopped half-way for a freeze, its files are copied while it is
 * frozen, and recovered; another backup is completed, restored, recovered. JET_errBackupAbortByServer: interrupted. Any
 * other error is one that no step is about. */
MUST_CHECK jet_err demo_live_run(struct demo *demo);

#endif
