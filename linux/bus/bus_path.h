/* SPDX-License-Identifier: MIT */
/* bus_path.h - labels as elements of object paths.
 *
 * Each byte outside [A-Za-z0-9], and a leading digit, is '_' and two lower-case hexadecimal digits; an empty label is
 * "_". Different labels have different elements. */
#ifndef COLDSTREAM_LINUX_BUS_PATH_H
#define COLDSTREAM_LINUX_BUS_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "bus_names.h"

enum { BUS_ELEMENT_SIZE = 3 * BUS_LABEL_MAX + 2 };

/* False: the label is longer than BUS_LABEL_MAX bytes. */
bool bus_path_escape(const char *label, char element[BUS_ELEMENT_SIZE]);

/* The label of an element; false: no label has it. */
bool bus_path_unescape(const char *element, char label[BUS_LABEL_MAX + 1]);

/* May this be a label? 1 to BUS_LABEL_MAX bytes of UTF-8 without control characters. */
bool bus_label_is_valid(const char *label);

#endif
