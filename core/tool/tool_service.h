/* SPDX-License-Identifier: MIT */
/* tool_service.h - a command that asks the service: from the connection to the exit status.
 *
 *      if (!tool_service_begin(tool, &status)) return status;
 *      err = tool->service->ops->...
 *      status = err < JET_errSuccess ? tool_service_failed(tool, what, err) : EXIT_STATUS_DONE;
 *      tool_service_end(tool);
 */
#ifndef COLDSTREAM_TOOL_TOOL_SERVICE_H
#define COLDSTREAM_TOOL_TOOL_SERVICE_H

#include "tool/command.h"
#include "tool/service.h"

/* Connects. False: it was told why not, and `*ret_status` is the exit status. */
bool tool_service_open(struct tool *tool, int *ret_status);

/* Connects, and has Ctrl-C set what calls wait for. False: it was told why not, and `*ret_status` is the exit
 * status. */
bool tool_service_begin(struct tool *tool, int *ret_status);

/* Tells why the last call failed, about `what` (NULL: the service itself), unless it was interrupted. The exit
 * status. */
int tool_service_failed(struct tool *tool, const char *what, jet_err err);

void tool_service_end(struct tool *tool);

/* The option for the address, which every such command has in its table. */
#define TOOL_SERVICE_OPTION                                                                                            \
    {                                                                                                                  \
        OPTION_BUS_ADDRESS, "bus-address", 0, "ADDRESS", "of the bus that the service is on, if not the system's"      \
    }

#endif
