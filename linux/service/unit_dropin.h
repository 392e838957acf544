/* SPDX-License-Identifier: MIT */
/* unit_dropin.h - the lines for systemd that let the service write where its instances lie: a drop-in for its unit. */
#ifndef COLDSTREAM_LINUX_SERVICE_UNIT_DROPIN_H
#define COLDSTREAM_LINUX_SERVICE_UNIT_DROPIN_H

#include <stdio.h>

#include "config.h"

/* Each folder once. 0, or 2 if it could not be written. */
int unit_dropin_print(const struct config *config, FILE *out);

#endif
