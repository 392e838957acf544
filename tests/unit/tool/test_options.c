/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "tool/options.h"

static const struct option global[] = {
    {OPTION_JSON,    "json",    0,   NULL, ""  },
    {OPTION_QUIET,   "quiet",   'q', NULL, ""  },
    {OPTION_VERBOSE, "verbose", 'v', NULL, ""  },
    {OPTION_END,     NULL,      0,   NULL, NULL},
};
static const struct option own[] = {
    {OPTION_OUTPUT, "output", 'o', "DIR", "where to"},
    {OPTION_STDOUT, "stdout", 0,   NULL,  "a stream"},
    {OPTION_END,    NULL,     0,   NULL,  NULL      },
};
static const struct option *const tables[] = {global, own, NULL};

struct parsed {
    char *arguments[16];
    struct options options;
    char problem[OPTIONS_PROBLEM_SIZE];
    bool is_right;
};

/* Takes a line of words apart at its blanks; '_' is an empty word. */
static struct parsed parse(const char *line)
{
    static char words[256];
    struct parsed parsed = {.is_right = false};
    int count = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        parsed.arguments[count++] = strcmp(word, "_") == 0 ? word + 1 : word;
    parsed.is_right = options_parse(tables, count, parsed.arguments, &parsed.options, parsed.problem);
    return parsed;
}

static void assert_operands(const struct parsed *parsed, const char *expected)
{
    char joined[256] = "";
    /* The array moved when `parsed` was returned. */
    for (size_t i = 0; i < parsed->options.operand_count; i++) {
        strcat(joined, i ? " " : "");
        strcat(joined, parsed->arguments[i]);
    }
    assert_string_equal(joined, expected);
}

static void values_are_taken_in_all_four_spellings(void **state)
{
    static const char *const lines[] = {"--output there a", "a --output=there", "-o there a", "a -othere"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct parsed parsed = parse(lines[i]);
        assert_true(parsed.is_right);
        assert_string_equal(parsed.options.value[OPTION_OUTPUT], "there");
        assert_operands(&parsed, "a");
    }
}

static void letters_may_be_joined_and_repeated(void **state)
{
    struct parsed parsed = parse("-qvv a -v -vothere");
    assert_true(parsed.is_right);
    assert_int_equal(parsed.options.count[OPTION_QUIET], 1);
    assert_int_equal(parsed.options.count[OPTION_VERBOSE], 4);
    assert_string_equal(parsed.options.value[OPTION_OUTPUT], "there");
    assert_int_equal(parsed.options.count[OPTION_JSON], 0);
}

static void two_dashes_end_the_options(void **state)
{
    struct parsed parsed = parse("a --json -- --stdout -q -- b");
    assert_true(parsed.is_right);
    assert_int_equal(parsed.options.count[OPTION_JSON], 1);
    assert_int_equal(parsed.options.count[OPTION_STDOUT], 0);
    assert_operands(&parsed, "a --stdout -q -- b");
}

static void single_dash_is_an_operand(void **state)
{
    struct parsed parsed = parse("- -o x");
    assert_true(parsed.is_right);
    assert_operands(&parsed, "-");
}

static void value_may_look_like_an_option_or_be_empty(void **state)
{
    struct parsed parsed = parse("-o --json");
    assert_true(parsed.is_right);
    assert_string_equal(parsed.options.value[OPTION_OUTPUT], "--json");
    assert_int_equal(parsed.options.count[OPTION_JSON], 0);
    parsed = parse("--output=");
    assert_true(parsed.is_right);
    assert_string_equal(parsed.options.value[OPTION_OUTPUT], "");
}

static void last_value_counts(void **state)
{
    struct parsed parsed = parse("-o a --output=b");
    assert_true(parsed.is_right);
    assert_string_equal(parsed.options.value[OPTION_OUTPUT], "b");
    assert_int_equal(parsed.options.count[OPTION_OUTPUT], 2);
}

static void mistakes_are_named(void **state)
{
    static const struct {
        const char *line;
        const char *problem;
    } mistakes[] = {
        {"--frob",    "unknown option '--frob'"       },
        {"--jso",     "unknown option '--jso'"        },
        {"--jsonx",   "unknown option '--jsonx'"      },
        {"-x",        "unknown option '-x' in '-x'"   },
        {"-qx",       "unknown option '-x' in '-qx'"  },
        {"--json=1",  "option '--json' takes no value"},
        {"--output",  "option '--output' needs DIR"   },
        {"a -o",      "option '-o' needs DIR"         },
        {"--=x",      "unknown option '--=x'"         },
        {"--\x1b[2J", "unknown option '--\\x1b[2J'"   },
    };
    for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
        struct parsed parsed = parse(mistakes[i].line);
        assert_false(parsed.is_right);
        assert_string_equal(parsed.problem, mistakes[i].problem);
    }
}

static void no_arguments_are_right(void **state)
{
    struct parsed parsed = parse("");
    assert_true(parsed.is_right);
    assert_int_equal(parsed.options.operand_count, 0);
}

static void help_lines_are_aligned(void **state)
{
    char line[160];
    options_help_line(&own[0], line, sizeof line);
    assert_string_equal(line, "  -o, --output DIR           where to");
    options_help_line(&own[1], line, sizeof line);
    assert_string_equal(line, "      --stdout               a stream");
}

static void numbers_must_be_whole_and_in_range(void **state)
{
    static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "0x10", "1.5", "9", "101", "18446744073709551617",
                                        "a"};
    unsigned long long number = 7;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(options_number(wrong[i], 10, 100, &number));
    assert_int_equal(number, 7);
    assert_true(options_number("10", 10, 100, &number));
    assert_int_equal(number, 10);
    assert_true(options_number("0100", 10, 100, &number));
    assert_int_equal(number, 100);
    assert_true(options_number("3", 1, 5, &number));
    assert_true(options_number("18446744073709551615", 0, ~0ull, &number));
    assert_true(number == ~0ull);
    assert_false(options_number("18446744073709551616", 0, ~0ull, &number));
}

static void sizes_may_have_a_unit(void **state)
{
    static const struct {
        const char *text;
        unsigned long long bytes;
    } right[] = {
        {"0",    0          },
        {"4096", 4096       },
        {"1K",   1024       },
        {"64M",  64ull << 20},
        {"2G",   2ull << 30 },
        {"3GiB", 3ull << 30 },
        {"1T",   1ull << 40 },
    };
    static const char *const wrong[] = {
        "", "M", "1k", "1MB", "1Mi", "1 M", "-1M", "1M2", "99999999999999999999", "18446744073709551615K"};
    unsigned long long bytes;
    for (size_t i = 0; i < COUNT_OF(right); i++) {
        assert_true(options_size(right[i].text, &bytes));
        assert_true(bytes == right[i].bytes);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(options_size(wrong[i], &bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken_in_all_four_spellings),
        cmocka_unit_test(letters_may_be_joined_and_repeated),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(single_dash_is_an_operand),
        cmocka_unit_test(value_may_look_like_an_option_or_be_empty),
        cmocka_unit_test(last_value_counts),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(no_arguments_are_right),
        cmocka_unit_test(help_lines_are_aligned),
        cmocka_unit_test(numbers_must_be_whole_and_in_range),
        cmocka_unit_test(sizes_may_have_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
