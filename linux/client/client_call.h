/* SPDX-License-Identifier: MIT */
/* client_call.h - a private connection to the bus, and calls of the service that wait. */
#ifndef COLDSTREAM_LINUX_CLIENT_CLIENT_CALL_H
#define COLDSTREAM_LINUX_CLIENT_CLIENT_CALL_H

#include <dbus/dbus.h>

#include "../bus/bus_get.h"
#include "../bus/bus_names.h"
#include "../bus/bus_put.h"
#include "client.h"

enum { CLIENT_PATH_SIZE = 256 };

/* What answers may last, in milliseconds: looks at what is in memory; what ends something; what waits for recovery, a
 * checkpoint, disks. */
enum { CLIENT_SHORT_MS = 25000, CLIENT_END_MS = 60000, CLIENT_LONG_MS = 300000 };

/* How long, after Ctrl-C, for an answer whose success is then undone. */
enum { CLIENT_LATE_MS = 10000 };

struct client {
    struct service service; /* first */
    DBusConnection *bus;
    /* The freeze that is this process's own; "": none. */
    char snapshot_path[CLIENT_PATH_SIZE];
    /* The backup (client_backup.c). */
    struct service_backup_request request;
    char backup_path[CLIENT_PATH_SIZE]; /* "": none */
    struct os_event *stop;              /* ends waits besides service.stop; NULL: none */
    struct sender_file *databases, *logs;
    size_t database_count, log_count;
    uint32_t file; /* number of the open file */
    int fd;        /* its read end; -1: none */
    uint64_t size, received;
};

static inline struct client *client_of(struct service *service)
{
    return (struct client *)service;
}

/* A call of the service's object at `path`; NULL: no memory, which client_ask() tells. */
DBusMessage *client_call_new(const char *path, const char *interface, const char *method);

/* Sends `call`, which it takes over, and waits. NULL: it failed, or has not the signature that is expected;
 * service.failure says why, and `*ret_err` is the code. `is_stoppable`: Ctrl-C ends the wait with
 * JET_errBackupAbortByServer. */
DBusMessage *client_ask(struct client *client, DBusMessage *call, const char *signature, int limit_ms,
                        bool is_stoppable, jet_err *ret_err);

/* The same, stoppable, of a call whose success whoever stops must undo: after Ctrl-C the answer is waited for some
 * seconds more. An answer beside JET_errBackupAbortByServer is one to undo. */
DBusMessage *client_ask_for_undo(struct client *client, DBusMessage *call, const char *signature, int limit_ms,
                                 jet_err *ret_err);

/* Whether what waits is to stop. */
bool client_is_stopped(const struct client *client);

/* Fails without an answer: puts the words into service.failure, and returns `err`. */
PRINTF_LIKE(4, 5)
jet_err client_fail(struct client *client, enum exit_status status, jet_err err, const char *format, ...);

/* All properties of an interface of an object, an a{sv}. */
DBusMessage *client_properties(struct client *client, const char *path, const char *interface, jet_err *ret_err);

/* The property `key` in such an answer, if it has this signature. */
bool client_property(DBusMessage *properties, const char *key, const char *signature, DBusMessageIter *ret_value);
uint32_t client_property_u32(DBusMessage *properties, const char *key);
uint64_t client_property_u64(DBusMessage *properties, const char *key);
bool client_property_bool(DBusMessage *properties, const char *key);
void client_property_text(DBusMessage *properties, const char *key, char *text, size_t size);
char *client_property_name(DBusMessage *properties, const char *key); /* ay; for free(); NULL: none */

/* An a(ayt), as far as there is memory, appended to the array. */
jet_err client_get_files(struct client *client, DBusMessageIter *list, struct sender_file **files, size_t *count);
void client_files_free(struct sender_file **files, size_t *count);

/* Path of the instance with this label. */
jet_err client_find_instance(struct client *client, const char *label, char path[CLIENT_PATH_SIZE]);

struct sender client_backup(struct service *service, const struct service_backup_request *request);

/* JET_errFeatureNotAvailable: this file system, or the two together, cannot. */
jet_err client_clone_file(const char *from, const char *to);

#endif
