/* SPDX-License-Identifier: MIT */
/* manager.h - the root object: what concerns all instances. */
#ifndef COLDSTREAM_LINUX_SERVICE_MANAGER_H
#define COLDSTREAM_LINUX_SERVICE_MANAGER_H

#include <stdbool.h>

struct service;

/* Reads the configuration again in a thread of its own, as files may be slow; then opens and closes instances
 * accordingly. False: it is being read already, or there was no memory. */
bool manager_reload(struct service *service);

#endif
