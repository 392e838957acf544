/* SPDX-License-Identifier: MIT */
/* isam.h - the map of this folder: tables, made of trees.
 *
 *   record.h     the bytes of a row <-> the values of its columns, read only
 *   catalog.h    the table of all tables: MSysObjects and its shadow, read only
 *   codepage.h   text of columns as UTF-8
 */
#ifndef COLDSTREAM_ISAM_ISAM_H
#define COLDSTREAM_ISAM_ISAM_H

#include "isam/catalog.h"
#include "isam/codepage.h"
#include "isam/record.h"

#endif
