/* SPDX-License-Identifier: MIT */
/* writer_access.h - the list of accounts that may run VSS writers. Local System, administrators and backup operators
 * need no entry.
 *
 * HKLM\SYSTEM\CurrentControlSet\Services\VSS\VssAccessControl has a DWORD named like each account. What we have entered
 * is remembered in the key of the service, so that nothing else is taken out again. Both return a number of Windows'
 * errors. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_WRITER_ACCESS_H
#define COLDSTREAM_WINDOWS_SERVICE_WRITER_ACCESS_H

#include <wchar.h>

/* The account of the service of this name, in place of what was entered for it before. */
unsigned long writer_access_allow(const wchar_t *name, const wchar_t *account);

/* What was entered for it goes. Before the service's own key does. */
unsigned long writer_access_forbid(const wchar_t *name);

#endif
