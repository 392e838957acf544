/* SPDX-License-Identifier: MIT */
/* freeze_bank.h - an instance whose databases are branches of a bank, and tellers who move money between them, through
 * the JET API.
 *
 * Every transfer is one transaction over two branches, durable when its commit has returned, and has a number: the
 * teller keeps the last one in a record of the same transaction. So whoever looks at the files of a moment can tell
 * which transfers must be there, and that the total is what it was. Whatever fails ends the process with a message.
 */
#ifndef TESTS_FREEZE_BANK_H
#define TESTS_FREEZE_BANK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "jet/esent.h"

enum { BANK_BRANCHES_MAX = 3, BANK_TELLERS_MAX = 8 };

struct bank_options {
    const char *name;   /* of the instance */
    const char *folder; /* of all its files; exists */
    bool is_circular;
    unsigned branches; /* databases */
    unsigned tellers;
    uint32_t log_kib;
};

struct bank;

struct teller {
    struct bank *bank;
    unsigned number;
    struct os_thread *thread;
    atomic_uint tried;     /* number of the last transfer that was begun */
    atomic_uint committed; /* ... whose commit has returned */
};

struct bank {
    struct bank_options options;
    JET_INSTANCE instance;
    char *paths[BANK_BRANCHES_MAX];
    struct teller tellers[BANK_TELLERS_MAX];
    atomic_bool is_closing;
};

/* A new instance, its databases with accounts. Nobody works yet. */
void bank_open(struct bank *bank, const struct bank_options *options);

/* The tellers work from the one to the other. */
void bank_begin(struct bank *bank);
void bank_end(struct bank *bank);

void bank_close(struct bank *bank);

/* What each teller's last transfer must be at least, and can be at most. */
struct bank_bounds {
    unsigned low[BANK_TELLERS_MAX], high[BANK_TELLERS_MAX];
};

/* The folder is a copy of the bank's: recovers it, with the databases where they are now, and looks: the total is
 * right, every teller's last transfer is within the bounds. Stops it cleanly. */
void bank_check_copy(const struct bank *bank, const char *folder, const struct bank_bounds *bounds);

/* Ends the process if the call has failed. */
void bank_must(JET_ERR err, const char *what);

#endif
