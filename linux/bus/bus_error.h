/* SPDX-License-Identifier: MIT */
/* bus_error.h - JET errors as error names of D-Bus, and back.
 *
 * There is no table here: the names are those of base/jet_err.h, without "JET_err", behind BUS_ERROR_PREFIX. The texts
 * are "JET_errName (-nnn): sentence", for people. */
#ifndef COLDSTREAM_LINUX_BUS_ERROR_H
#define COLDSTREAM_LINUX_BUS_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include <dbus/dbus.h>

#include "base/jet_err.h"

enum { BUS_ERROR_NAME_SIZE = 160, BUS_ERROR_TEXT_SIZE = 400 };

/* "org.coldstream.Backup1.Error.BackupInProgress"; a warning, or a number that the table does not know, is
 * no error to send: ...Error.InternalError. */
void bus_error_name(jet_err err, char name[BUS_ERROR_NAME_SIZE]);

/* "JET_errBackupInProgress (-505): a backup is in progress", and, if `detail` is not NULL, " (detail)". Valid UTF-8
 * whatever the detail is. */
void bus_error_text(jet_err err, const char *detail, char text[BUS_ERROR_TEXT_SIZE]);

/* The code of an error name that stands for a JET error; false: another error. */
bool bus_error_code(const char *name, jet_err *ret_err);

/* An error reply to `call`, NULL if there is no memory. */
DBusMessage *bus_error_reply(DBusMessage *call, jet_err err, const char *detail);

/* The same under any valid error name; the text is made valid UTF-8. */
DBusMessage *bus_error_reply_named(DBusMessage *call, const char *name, const char *text);

/* Copies text, with '?' for each byte that is no UTF-8 and cut to `size` - 1 bytes at the border of a character:
 * invalid text makes libdbus abort the process. */
void bus_text_clean(const char *text, char *ret_text, size_t size);

#endif
