/* SPDX-License-Identifier: MIT */
/* options.c - a parser of our own: getopt_long() is not on every platform, and does not say its errors in our words.
 *
 * Operands are collected at the start of the array that they come from: the place where the next operand goes never
 * overtakes the next argument to read, so nothing is overwritten before it was looked at.
 */
#include "tool/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "tool/text.h"

struct parser {
    const struct option *const *tables;
    int argc, at; /* the next argument */
    char **argv;
    struct options *options;
    char *problem;
};

static PRINTF_LIKE(2, 3) bool fail(struct parser *p, const char *format, ...)
{
    char text[OPTIONS_PROBLEM_SIZE];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    text_for_screen(text, p->problem, OPTIONS_PROBLEM_SIZE);
    return false;
}

static const struct option *find(const struct parser *p, const char *name, size_t name_size, char letter)
{
    for (const struct option *const *table = p->tables; *table; table++)
        for (const struct option *option = *table; option->id != OPTION_END; option++)
            if (letter ? option->letter == letter
                       : strlen(option->name) == name_size && memcmp(option->name, name, name_size) == 0)
                return option;
    return NULL;
}

static void set(struct parser *p, const struct option *option, const char *value)
{
    p->options->count[option->id]++;
    p->options->value[option->id] = value;
}

static bool parse_long(struct parser *p, const char *argument)
{
    const char *name = argument + 2;
    const char *equals = strchr(name, '=');
    const struct option *option = find(p, name, equals ? (size_t)(equals - name) : strlen(name), 0);
    if (!option)
        return fail(p, "unknown option '%s'", argument);
    if (!option->value && equals)
        return fail(p, "option '--%s' takes no value", option->name);
    if (option->value && !equals && p->at == p->argc)
        return fail(p, "option '--%s' needs %s", option->name, option->value);
    if (option->value)
        set(p, option, equals ? equals + 1 : p->argv[p->at++]);
    else
        set(p, option, NULL);
    return true;
}

static bool parse_letters(struct parser *p, const char *argument)
{
    for (const char *letter = argument + 1; *letter; letter++) {
        const struct option *option = find(p, NULL, 0, *letter);
        if (!option)
            return fail(p, "unknown option '-%c' in '%s'", *letter, argument);
        if (!option->value) {
            set(p, option, NULL);
            continue;
        }
        if (letter[1] == '\0' && p->at == p->argc)
            return fail(p, "option '-%c' needs %s", *letter, option->value);
        set(p, option, letter[1] ? letter + 1 : p->argv[p->at++]);
        break;
    }
    return true;
}

bool options_parse(const struct option *const *tables, int argc, char **argv, struct options *options,
                   char problem[OPTIONS_PROBLEM_SIZE])
{
    *options = (struct options){.operands = argv};
    struct parser p = {.tables = tables, .argc = argc, .argv = argv, .options = options, .problem = problem};
    bool options_ended = false;
    while (p.at < argc) {
        char *argument = argv[p.at++];
        if (!options_ended && strcmp(argument, "--") == 0)
            options_ended = true;
        else if (options_ended || argument[0] != '-' || argument[1] == '\0')
            argv[options->operand_count++] = argument; /* never overtakes p.at */
        else if (!(argument[1] == '-' ? parse_long(&p, argument) : parse_letters(&p, argument)))
            return false;
    }
    return true;
}

void options_help_line(const struct option *option, char *line, size_t size)
{
    char letter[] = "-x, ";
    char names[64];
    letter[1] = option->letter;
    snprintf(names, sizeof names, "%s--%s%s%s", option->letter ? letter : "    ", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    snprintf(line, size, "  %-26s %s", names, option->help);
}

bool options_number(const char *text, unsigned long long low, unsigned long long high, unsigned long long *ret_number)
{
    unsigned long long number = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned)(unsigned char)*text - '0';
        if (digit > 9 || digit > high || number > (high - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (number < low)
        return false;
    *ret_number = number;
    return true;
}

bool options_size(const char *text, unsigned long long *ret_bytes)
{
    static const char units[] = "KMGT";
    enum { DIGITS_MAX = 19 };
    char digits[DIGITS_MAX + 1];
    size_t count = strspn(text, "0123456789");
    const char *rest = text + count;
    unsigned long long scale = 1;
    if (count > DIGITS_MAX)
        return false;
    memcpy(digits, text, count);
    digits[count] = '\0';
    const char *unit = *rest ? strchr(units, *rest) : NULL;
    if (unit) {
        scale <<= 10 * (unit - units + 1);
        rest++;
        if (strcmp(rest, "iB") == 0)
            rest += 2;
    }
    unsigned long long number;
    if (*rest || !options_number(digits, 0, ~0ull / scale, &number))
        return false;
    *ret_bytes = number * scale;
    return true;
}
