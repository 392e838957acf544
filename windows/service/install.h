/* SPDX-License-Identifier: MIT */
/* install.h - the service in the system's list of services, and the source of its events in the registry. Each returns
 * a number of Windows' errors, ERROR_SUCCESS if all went well. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_INSTALL_H
#define COLDSTREAM_WINDOWS_SERVICE_INSTALL_H

#include "arguments.h"

/* Registers this program, its account as one that may run a VSS writer, and makes the folder of the configuration
 * (data_folder.h); a service of the name that is there is changed, and neither stopped nor started. */
unsigned long install_service(const struct arguments *arguments);

/* Returns when the process of the service is gone, so that its file can be replaced; success also if it did not run.
 * ERROR_SERVICE_DOES_NOT_EXIST. */
unsigned long install_stop(const wchar_t *name);

/* Stops and removes it. Success also if there is none. */
unsigned long install_remove(const wchar_t *name);

#endif
