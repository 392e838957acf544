/* SPDX-License-Identifier: MIT */
/* bus_names.h - the names of the service on the bus: shared by the service, its clients and the writers of
 * applications. */
#ifndef COLDSTREAM_LINUX_BUS_NAMES_H
#define COLDSTREAM_LINUX_BUS_NAMES_H

#define BUS_SERVICE            "org.coldstream.Backup1"
#define BUS_ROOT_PATH          "/org/coldstream/Backup1"
#define BUS_MANAGER_INTERFACE  BUS_SERVICE ".Manager"
#define BUS_INSTANCE_INTERFACE BUS_SERVICE ".Instance"
#define BUS_BACKUP_INTERFACE   BUS_SERVICE ".Backup"
#define BUS_SNAPSHOT_INTERFACE BUS_SERVICE ".Snapshot"
#define BUS_WRITER_INTERFACE   BUS_SERVICE ".Writer"
#define BUS_ERROR_PREFIX       BUS_SERVICE ".Error."

#define BUS_INSTANCE_FOLDER BUS_ROOT_PATH "/instance/"
#define BUS_BACKUP_FOLDER   BUS_ROOT_PATH "/backup/"
#define BUS_SNAPSHOT_FOLDER BUS_ROOT_PATH "/snapshot/"
#define BUS_WRITER_FOLDER   BUS_ROOT_PATH "/writer/"

/* Errors of the service that are no JET errors. */
#define BUS_ERROR_NO_SUCH_INSTANCE BUS_ERROR_PREFIX "NoSuchInstance"
#define BUS_ERROR_WRITER_LOST      BUS_ERROR_PREFIX "WriterLost"
#define BUS_ERROR_FROZEN           BUS_ERROR_PREFIX "Frozen"
#define BUS_ERROR_BUSY             BUS_ERROR_PREFIX "Busy"
#define BUS_ERROR_LABEL_IN_USE     BUS_ERROR_PREFIX "LabelInUse"
#define BUS_ERROR_LIMITS_EXCEEDED  BUS_ERROR_PREFIX "LimitsExceeded"
#define BUS_ERROR_CONFIG_INVALID   BUS_ERROR_PREFIX "ConfigInvalid"

/* Limits that both sides keep. */
enum {
    BUS_LABEL_MAX = 64,           /* bytes of a label, at least 1 */
    BUS_LIST_ENTRIES_MAX = 10000, /* files in one answer: ask again from there */
    BUS_LIST_BYTES_MAX = 16 << 20 /* and bytes: a message of more than 32 MiB takes its sender off the bus */
};

#endif
