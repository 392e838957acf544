/* SPDX-License-Identifier: MIT */
/* client.h - what Linux adds to the command line: the way to the service over D-Bus, and commands that only make sense
 * here.
 *
 *   client_call.h     one connection; calls that wait for their answers, and for Ctrl-C
 *   client_service.c  the service of core/tool/service.h: status, stop, freeze, thaw
 *   client_backup.c   ... and its sender: control over the bus, bytes through a pipe
 *   client_clone.c    files that share their blocks
 *   command_hook.c    `hook`: what runs freeze-hook, and putting it there
 *   command_config.c  `config`: asks the service's program about its configuration
 */
#ifndef COLDSTREAM_LINUX_CLIENT_CLIENT_H
#define COLDSTREAM_LINUX_CLIENT_CLIENT_H

#include "tool/command.h"
#include "tool/service.h"

extern const struct service_door client_door;

/* Ended by NULL. */
extern const struct command *const client_commands[];

extern const struct command command_hook;
extern const struct command command_config;

#endif
