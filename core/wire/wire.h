/* SPDX-License-Identifier: MIT */
/* wire.h - what a client and a service say to each other over a stream of bytes that both trust to be the other's, and
 * no further: the pipe \\.\pipe\coldstream on Windows.
 *
 * The client asks, the service answers, one at a time: each request has one reply. Both are frames:
 *
 *      +0  4  size of the payload, which follows      +4  2  version, 1      +6  2  kind
 *
 * and a payload is the fields of its message, one behind the other, little-endian: numbers of 1, 4 and 8 bytes; a text
 * as its length in 4 bytes, its bytes and a NUL; a list as its count in 4 bytes and its elements. The messages are in
 * wire_message.c, each written down once, for both directions. A version that is not known is answered with FAILED and
 * the end of the connection; a kind that is not known, with FAILED alone. Kinds may be added, never changed; fields
 * never.
 *
 * Bytes are hostile: a decoder takes a payload that is exactly one message and nothing else, or fails with
 * JET_errInvalidParameter, whatever the bytes; what it allocates is of the order of the payload's size.
 *
 *      request                      reply
 *      STATUS     label             STATUS         all instances, or the one of the label
 *      STOP       label, reason     COUNT          of backups
 *      FREEZE     labels ...        DONE           the freeze is the connection's
 *      KEEP                         DONE           ... and now nobody's: it stays until a thaw, or its deadline
 *      THAW                         COUNT          of instances
 *      BEGIN      label ...         DONE           one backup at a time on a connection, which owns it
 *      DATABASES                    FILES
 *      LOGS                         FILES
 *      OPEN       path              OPENED         one file at a time
 *      READ       size              DATA           0 bytes: all have come
 *      CLOSE                        DONE           every byte came, and was sound
 *      TRUNCATE                     COUNT
 *      END        flags             DONE
 *      any                          FAILED
 *
 * A connection that ends takes with it what it owns: its backup, and its freezes. So who asked for a freeze and left
 * before the answer leaves nothing frozen. */
#ifndef COLDSTREAM_WIRE_WIRE_H
#define COLDSTREAM_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

enum {
    WIRE_VERSION = 1,
    WIRE_HEADER_SIZE = 8,
    WIRE_REQUEST_MAX = 1 << 18, /* bytes of a payload: paths and labels */
    WIRE_REPLY_MAX = 1 << 24,   /* 2048 instances with long paths, and lists of many logs */
    WIRE_DATA_MAX = 1 << 18,    /* bytes of one DATA */
};

enum wire_kind {
    WIRE_STATUS = 1,
    WIRE_STOP,
    WIRE_FREEZE,
    WIRE_THAW,
    WIRE_BEGIN,
    WIRE_DATABASES,
    WIRE_LOGS,
    WIRE_OPEN,
    WIRE_READ,
    WIRE_CLOSE,
    WIRE_TRUNCATE,
    WIRE_END,
    WIRE_KEEP,
    WIRE_REQUEST_END, /* behind the last request */

    WIRE_REPLY_DONE = 0x100,
    WIRE_REPLY_FAILED,
    WIRE_REPLY_COUNT,
    WIRE_REPLY_FILES,
    WIRE_REPLY_OPENED,
    WIRE_REPLY_DATA, /* its payload is the bytes themselves */
    WIRE_REPLY_STATUS,
    WIRE_REPLY_END,
};

enum {
    WIRE_COPY = 0x1,        /* FREEZE, END: not to be recorded */
    WIRE_INCREMENTAL = 0x2, /* BEGIN */
    WIRE_GOOD = 0x4,        /* END: to be recorded as done, else as aborted */
};

/* Texts are borrowed: from who encodes, or from the payload that was decoded, as long as that is there. An absent text
 * is "". */
struct wire_request {
    enum wire_kind kind;
    const char *label;        /* STATUS, STOP ("": of all), BEGIN */
    const char *text;         /* STOP: the reason; OPEN: the path */
    const char *const *texts; /* FREEZE: labels; none: all. Of a decoded request: wire_request_done() */
    uint32_t count;
    uint32_t timeout_ms; /* FREEZE; 0: the service's own */
    uint32_t flags;
    uint32_t size; /* READ: bytes at most */
    uint64_t rate; /* BEGIN: bytes a second at most; 0: any */
};

struct wire_file {
    const char *path;
    uint64_t size;
};

struct wire_last_backup {
    uint64_t time_us; /* since 1970, UTC; 0: there was none */
    uint32_t first_generation, last_generation;
};

struct wire_instance {
    const char *label, *state, *kind, *system_path, *log_path, *base_name;
    int32_t err; /* of a failed one */
    uint8_t is_circular;
    struct wire_file *files; /* databases */
    uint32_t file_count;
    uint32_t first_generation, current_generation;
    struct wire_last_backup last_full, last_incremental;
    const char *phase; /* of the backup that is under way; "": there is none */
    uint64_t bytes_done, bytes_total;
    uint32_t files_done;
};

struct wire_reply {
    enum wire_kind kind;
    uint32_t count;          /* COUNT */
    uint64_t size;           /* OPENED */
    int32_t err;             /* FAILED: JET's code */
    const char *name;        /* FAILED: a name of service_error_named() of tool/service.h, or "": the code says all */
    const char *text;        /* FAILED: words, or "" */
    struct wire_file *files; /* FILES */
    uint32_t file_count;
    uint32_t first_generation, last_generation; /* FILES, of logs */
    const char *version, *state;                /* STATUS */
    uint32_t active_backups;
    uint8_t is_frozen;
    uint64_t thaws_in_ms;
    struct wire_instance *instances;
    uint32_t instance_count;
};

struct wire_header {
    uint32_t size;
    uint16_t version, kind;
};

struct wire_header wire_header_decode(const uint8_t bytes[WIRE_HEADER_SIZE]);
void wire_header_encode(uint32_t size, enum wire_kind kind, uint8_t bytes[WIRE_HEADER_SIZE]);

/* A whole frame, for free(). JET_errOutOfMemory; JET_errInvalidParameter: it would be too large, or a kind has no such
 * message. DATA has none: who sends it writes a header and the bytes. */
MUST_CHECK jet_err wire_request_encode(const struct wire_request *request, uint8_t **ret_frame, size_t *ret_size);
MUST_CHECK jet_err wire_reply_encode(const struct wire_reply *reply, uint8_t **ret_frame, size_t *ret_size);

/* A payload of `header->size` bytes. JET_errOutOfMemory, JET_errInvalidParameter: then there is nothing to end. */
MUST_CHECK jet_err wire_request_decode(const struct wire_header *header, const uint8_t *payload,
                                       struct wire_request *ret_request);
MUST_CHECK jet_err wire_reply_decode(const struct wire_header *header, const uint8_t *payload,
                                     struct wire_reply *ret_reply);

/* Frees the lists of a message, of a decoded one and of whose lists came from calloc(); not the texts. */
void wire_request_done(struct wire_request *request);
void wire_reply_done(struct wire_reply *reply);

#endif
