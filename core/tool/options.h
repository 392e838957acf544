/* SPDX-License-Identifier: MIT */
/* options.h - the arguments of the command line, by a table.
 *
 * An option has a long name, perhaps a letter, perhaps a value: --output DIR, --output=DIR, -o DIR, -oDIR. Letters
 * without values may be joined (-qv). "--" ends the options; "-" alone is an operand. Options and operands may be
 * mixed.
 * Long names are not abbreviated, so that a new option never changes what an old script means.
 */
#ifndef COLDSTREAM_TOOL_OPTIONS_H
#define COLDSTREAM_TOOL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_id {
    OPTION_END, /* of a table */
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_PROGRESS,
    OPTION_NO_COLOR,
    OPTION_OUTPUT,
    OPTION_STDOUT,
    OPTION_KEEP_GOING,
    OPTION_KEEP_PARTIAL,
    OPTION_JOBS,
    OPTION_DEEP,
    OPTION_PAGE,
    OPTION_ALLOW_DAMAGE,
    OPTION_DATABASES,
    OPTION_BASE_NAME,
    OPTION_IGNORE_MISSING,
    OPTION_KEEP,
    OPTION_MAKE,
    OPTION_SIZE,
    OPTION_PAGE_SIZE,
    OPTION_LIVE,
    OPTION_INCREMENTAL,
    OPTION_COPY,
    OPTION_NO_TRUNCATE,
    OPTION_MAX_RATE,
    OPTION_BUS_ADDRESS,
    OPTION_WATCH,
    OPTION_ALL,
    OPTION_REASON,
    OPTION_TIMEOUT,
    OPTION_ROOT,
    OPTION_ENABLE_AGENT,
    OPTION_CONFIG,
    OPTION_COUNT,
};

struct option {
    enum option_id id;
    const char *name;  /* without the dashes */
    char letter;       /* 0: none */
    const char *value; /* what stands for the value in help, "DIR"; NULL: the option has none */
    const char *help;
};

struct options {
    unsigned count[OPTION_COUNT];    /* how often it was given */
    const char *value[OPTION_COUNT]; /* of the last time; borrowed from the arguments */
    char **operands;                 /* points into the array of arguments, which is put in order for that */
    size_t operand_count;
};

enum { OPTIONS_PROBLEM_SIZE = 256 };

/* Takes the arguments apart; `tables` is an array of tables ended by NULL. `argv` is rearranged: operands come first.
 * False: `problem` says what is wrong, for a screen ("unknown option '--foo'"). */
bool options_parse(const struct option *const *tables, int argc, char **argv, struct options *options,
                   char problem[OPTIONS_PROBLEM_SIZE]);

/* One line of help: "  -o, --output DIR      where to". */
void options_help_line(const struct option *option, char *line, size_t size);

/* "64", "64M", "2G" (also K, and a trailing iB) as bytes; false if it is no such number. */
bool options_size(const char *text, unsigned long long *ret_bytes);

/* A decimal number from `low` to `high`. */
bool options_number(const char *text, unsigned long long low, unsigned long long high, unsigned long long *ret_number);

#endif
