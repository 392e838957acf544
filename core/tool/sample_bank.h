/* SPDX-License-Identifier: MIT */
/* sample_bank.h - an instance in which tellers work without a pause, and what must hold of every copy of its database.
 *
 * Each transaction of a teller moves money between two accounts, counts the teller's sequence number up, adds a row of
 * that number to the journal and deletes the one that is SAMPLE_BANK_JOURNAL numbers older. Its commit is not lazy;
 * when it has returned, the number is noted. So of any state of the database: the total is that of the opening, the
 * journal holds exactly the last rows of each teller, and a state that was recovered from logs holds every number that
 * was noted before the logs were listed.
 *
 * Everything goes through the exported JET API. For the demonstration, tests and benchmarks.
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_BANK_H
#define COLDSTREAM_TOOL_SAMPLE_BANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

enum {
    SAMPLE_BANK_TELLERS = 4,
    SAMPLE_BANK_ACCOUNTS = 150,
    SAMPLE_BANK_OPENING = 1000, /* balance of each account */
    SAMPLE_BANK_JOURNAL = 40,   /* rows of each teller */
};

/* Sequence numbers, one for each teller. */
struct sample_bank_numbers {
    uint32_t of[SAMPLE_BANK_TELLERS];
};

struct sample_bank_config {
    const char *folder; /* exists; of logs, checkpoint, and the database bank.edb */
    const char *name;   /* of the instance */
    bool is_circular;
};

struct sample_bank;

/* Makes the database and its accounts in a new instance and sends the tellers to work. The instance has the page size
 * of the process. JET errors of the calls. */
MUST_CHECK jet_err sample_bank_open(const struct sample_bank_config *config, struct sample_bank **ret_bank);

/* Tellers go home, the instance ends cleanly, `bank` is freed in any case. The first error that a teller should not
 * have got, or that of the end. */
MUST_CHECK jet_err sample_bank_close(struct sample_bank *bank);

JET_INSTANCE sample_bank_instance(const struct sample_bank *bank);

/* Path of the database; lives as long as the bank. */
const char *sample_bank_file(const struct sample_bank *bank);

/* The last number of each teller whose commit has returned. */
struct sample_bank_numbers sample_bank_noted(struct sample_bank *bank);

/* Their sum: how many transactions there were. */
uint64_t sample_bank_transactions(struct sample_bank *bank);

/* The first error that a teller should not have got; JET_errSuccess. */
jet_err sample_bank_failure(struct sample_bank *bank);

/* Waits until every teller has committed once more, or one of them failed: its error. */
MUST_CHECK jet_err sample_bank_goes_on(struct sample_bank *bank);

/* What a look at a copy found. */
struct sample_bank_verdict {
    bool is_right;
    struct sample_bank_numbers last; /* number of each teller in the copy */
    char problem[160];               /* in words, if it is not right */
};

/* Looks at the database `file`, which is clean and nobody's; `at_least` says which numbers must be in it. `folder` is
 * for the files of the instance that looks. An error of the API is a problem as well. */
void sample_bank_check(const char *folder, const char *file, const struct sample_bank_numbers *at_least,
                       struct sample_bank_verdict *ret_verdict);

/* A new instance with its files in `folder`, not initialised. On failure there is none. */
MUST_CHECK jet_err sample_bank_instance_new(const char *name, const char *folder, JET_INSTANCE *ret_instance);

#endif
