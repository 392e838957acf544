/* SPDX-License-Identifier: MIT */
/* jet_sender.h - a sender (base/sender.h) of a running instance in this process, which can do everything wrong on its
 * way. */
#ifndef COLDSTREAM_TESTS_JET_SENDER_H
#define COLDSTREAM_TESTS_JET_SENDER_H

#include "base/sender.h"
#include "jet/esent.h"

enum { JET_SENDER_FILES_MAX = 512, JET_SENDER_BUFFER = 65536 };

struct jet_sender {
    JET_INSTANCE instance;
    JET_GRBIT grbit;

    /* What goes wrong; zero: nothing. Counted over the whole backup, from 1. */
    unsigned cut_file;     /* this open file ends at half its size; its close says `close_error` */
    jet_err close_error;   /* of the file that was cut; JET_errSuccess: it says nothing */
    unsigned flip_file;    /* one byte of this file is another ... */
    uint64_t flip_at;      /* ... at this offset */
    unsigned stop_at_file; /* JetStopBackupInstance before this one is opened */
    bool refuses_truncation;
    jet_err begin_error;

    /* What was asked. */
    unsigned files, truncations, ends;
    bool ended_good;

    struct sender_file list[2][JET_SENDER_FILES_MAX];
    char paths[2][JET_SENDER_FILES_MAX][256];
    char names[JET_SENDER_FILES_MAX * 128];
    JET_LOGINFO_A log_info;
    const char *path; /* to be opened */
    JET_HANDLE handle;
    uint64_t size, position, given;
    uint8_t *buffer;
    size_t buffered, taken;
};

/* `*jet` says what instance, and what goes wrong. */
struct sender jet_sender(struct jet_sender *jet);

#endif
