/* SPDX-License-Identifier: MIT */
/* tool.h - the command line `coldstream`, portable part.
 *
 * main() of the platform turns its arguments into UTF-8 (Linux: passes them as they are) and calls this.
 */
#ifndef COLDSTREAM_TOOL_TOOL_H
#define COLDSTREAM_TOOL_TOOL_H

struct command;
struct service_door;

/* What the platform adds. */
struct tool_platform {
    const struct service_door *service; /* the way to a service with running instances (tool/service.h); NULL: none */
    const struct command *const *commands; /* of its own (tool/command.h), ended by NULL; NULL: none */
};

/* Runs the command in argv[1 ...]; the exit status of the process. The array is rearranged. Nothing is kept, but that a
 * process that has watched for interrupts goes on to ignore them: may be called again. */
int coldstream_main(int argc, char **argv, const struct tool_platform *platform);

#endif
