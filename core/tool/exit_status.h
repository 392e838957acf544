/* SPDX-License-Identifier: MIT */
/* exit_status.h - what the process says when it ends. The numbers are documented in --help; new ones may come. */
#ifndef COLDSTREAM_TOOL_EXIT_STATUS_H
#define COLDSTREAM_TOOL_EXIT_STATUS_H

#include "base/jet_err.h"

/* (name, number, meaning) */
#define EXIT_STATUS_MAP(XX)                                                                                            \
    XX(EXIT_STATUS_DONE, 0, "done")                                                                                    \
    XX(EXIT_STATUS_FAILED, 1, "failed")                                                                                \
    XX(EXIT_STATUS_USAGE, 2, "wrong usage")                                                                            \
    XX(EXIT_STATUS_WARNINGS, 3, "done, with warnings")                                                                 \
    XX(EXIT_STATUS_STOPPED, 4, "stopped by the server")                                                                \
    XX(EXIT_STATUS_NOT_AUTHORISED, 5, "not authorised")                                                                \
    XX(EXIT_STATUS_NO_SERVICE, 6, "the service or the bus is not there")                                               \
    XX(EXIT_STATUS_DAMAGE, 7, "damage was found")                                                                      \
    XX(EXIT_STATUS_BUSY, 8, "busy: another backup or a freeze is under way")                                           \
    XX(EXIT_STATUS_NOT_FOUND, 9, "no such file or instance")                                                           \
    XX(EXIT_STATUS_FREEZE_TIMEOUT, 10, "the freeze timed out")

enum exit_status {
#define XX(name, number, meaning) name = (number),
    EXIT_STATUS_MAP(XX)
#undef XX
};

/* The exit status of a command that ended with this error, or with this warning of the API (a positive number). */
enum exit_status exit_status_of(jet_err err);

/* Of several results the one to report: a stop, damage, a missing file, another failure, warnings. */
enum exit_status exit_status_worse(enum exit_status a, enum exit_status b);

#endif
