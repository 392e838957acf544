/* SPDX-License-Identifier: MIT */
/* Tests of jet/param.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jet/param.h"
#include "os/os_file.h"

static struct param_set set;

static int set_up(void **state)
{
    param_set_init(&set);
    return 0;
}

static int tear_down(void **state)
{
    param_set_done(&set);
    return 0;
}

/* The list of what clients set and read back, with a value each. */
static void numbers_come_back(void **state)
{
    static const uint32_t numbers[][2] = {
        {5,   100    },
        {6,   200    },
        {8,   300    },
        {9,   400    },
        {10,  30     },
        {11,  128    },
        {12,  80     },
        {17,  1      },
        {18,  32     },
        {19,  20     },
        {23,  1000   },
        {24,  1 << 20},
        {30,  64     },
        {31,  10     },
        {32,  20     },
        {35,  1      },
        {41,  512    },
        {45,  1      },
        {50,  1      },
        {51,  50     },
        {60,  10     },
        {63,  300    },
        {64,  8192   },
        {73,  12345  },
        {77,  1      },
        {98,  2      },
        {100, 1      },
        {102, 1      },
        {104, 32     },
        {105, 8      },
        {125, 10     },
        {126, 1      },
        {127, 1      },
        {129, 1      },
        {130, 0      },
        {136, 1      },
        {153, 1      },
        {160, 0      },
        {164, 65536  },
        {165, 65536  },
        {166, 65536  },
        {167, 65536  },
        {169, 1      },
        {170, 10     },
        {171, 100    },
        {172, 1000   },
        {177, 50     },
        {178, 50     },
        {179, 4      },
        {180, 1      },
        {181, 20000  },
        {183, 2048   },
        {184, 1      },
        {187, 777    },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint32_t id = numbers[i][0];
        assert_non_null(param_info(id));
        if (param_set_value(&set, id, numbers[i][1], NULL) != JET_errSuccess)
            fail_msg("%s", param_info(id)->name);
        assert_int_equal(param_number(&set, id), numbers[i][1]);
    }
}

static void values_outside_their_limits_are_refused(void **state)
{
    static const uint32_t refused[][2] = {
        {JET_paramDatabasePageSize,   4095 },
        {JET_paramDatabasePageSize,   12288},
        {JET_paramDatabasePageSize,   65536},
        {JET_paramDatabasePageSize,   0    },
        {JET_paramLogFileSize,        63   },
        {JET_paramMaxVerPages,        0    },
        {JET_paramMaxTransactionSize, 101  },
        {JET_paramCachePriority,      1001 },
        {JET_paramDbExtensionSize,    0    },
        {JET_paramEventLoggingLevel,  101  },
        {JET_paramMaxInstances,       0    },
        {JET_paramKeyMost,            255  },
        {JET_paramLVChunkSizeMost,    1000 },
        {185,                         1    },
        {JET_paramMaxValueInvalid,    1    },
        {JET_paramErrorToString,      1    },
        {9999,                        1    },
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (param_set_value(&set, refused[i][0], refused[i][1], NULL) != JET_errInvalidParameter)
            fail_msg("parameter %u takes %u", refused[i][0], refused[i][1]);
    assert_int_equal(param_number(&set, JET_paramDatabasePageSize), 4096);
}

static void a_base_name_has_three_characters(void **state)
{
    assert_string_equal(param_text(&set, JET_paramBaseName), "edb");
    assert_int_equal(param_set_value(&set, JET_paramBaseName, 0, "ab"), JET_errInvalidParameter);
    assert_int_equal(param_set_value(&set, JET_paramBaseName, 0, "abcd"), JET_errInvalidParameter);
    assert_int_equal(param_set_value(&set, JET_paramBaseName, 0, NULL), JET_errInvalidParameter);
    assert_int_equal(param_set_value(&set, JET_paramBaseName, 0, "xyz"), JET_errSuccess);
    assert_string_equal(param_text(&set, JET_paramBaseName), "xyz");
}

static void paths_become_absolute_and_folders_end_in_a_separator(void **state)
{
    char *here;
    char *expected;
    char *path;
    assert_int_equal(os_path_absolute("logs", &here), JET_errSuccess);
    expected = os_path_join(here, "");
    assert_non_null(expected);
    assert_int_equal(param_set_value(&set, JET_paramLogFilePath, 0, "logs"), JET_errSuccess);
    assert_int_equal(param_text_absolute(&set, JET_paramLogFilePath, &path), JET_errSuccess);
    assert_string_equal(path, expected);
    free(path);
    assert_int_equal(param_set_value(&set, JET_paramLogFilePath, 0, expected), JET_errSuccess);
    assert_int_equal(param_text_absolute(&set, JET_paramLogFilePath, &path), JET_errSuccess);
    assert_string_equal(path, expected);
    free(path);
    free(expected);
    free(here);
    assert_int_equal(param_text_absolute(&set, JET_paramAlternateDatabaseRecoveryPath, &path), JET_errSuccess);
    assert_string_equal(path, "");
    free(path);
}

static void the_default_folder_is_the_current_one(void **state)
{
    char *path;
    char *file;
    char *folder;
    assert_int_equal(param_text_absolute(&set, JET_paramSystemPath, &path), JET_errSuccess);
    assert_int_equal(os_path_absolute("x", &file), JET_errSuccess);
    folder = os_path_join(path, "x");
    assert_string_equal(folder, file);
    free(folder);
    free(file);
    free(path);
}

static void a_copy_has_its_own_texts(void **state)
{
    struct param_set copy;
    assert_int_equal(param_set_value(&set, JET_paramEventSource, 0, "mail"), JET_errSuccess);
    assert_int_equal(param_set_copy(&copy, &set), JET_errSuccess);
    assert_int_equal(param_set_value(&set, JET_paramEventSource, 0, "news"), JET_errSuccess);
    assert_string_equal(param_text(&copy, JET_paramEventSource), "mail");
    param_set_done(&copy);
}

static void a_configuration_leaves_alone_what_was_set(void **state)
{
    assert_int_equal(param_set_value(&set, JET_paramMaxSessions, 99, NULL), JET_errSuccess);
    assert_int_equal(param_set_value(&set, JET_paramConfiguration, 0, NULL), JET_errSuccess);
    assert_int_equal(param_number(&set, JET_paramMaxSessions), 99);
    assert_int_equal(param_number(&set, JET_paramLogFileSize), 64);
    assert_int_equal(param_number(&set, JET_paramConfiguration), 0);
    assert_int_equal(param_set_value(&set, JET_paramConfiguration, 1, NULL), JET_errSuccess);
    assert_int_equal(param_number(&set, JET_paramLogFileSize), 5120);
}

static void every_default_is_within_its_limits(void **state)
{
    for (uint32_t id = 0; id < PARAM_COUNT; id++) {
        const struct param_info *info = param_info(id);
        if (!info || info->use == PARAM_USE_RO || id == JET_paramCacheSize)
            continue;
        struct param_set other;
        param_set_init(&other);
        if (param_set_value(&other, id, info->value, info->text) != JET_errSuccess)
            fail_msg("%s does not take its default", info->name);
        param_set_done(&other);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_come_back),
        TEST(values_outside_their_limits_are_refused),
        TEST(a_base_name_has_three_characters),
        TEST(paths_become_absolute_and_folders_end_in_a_separator),
        TEST(the_default_folder_is_the_current_one),
        TEST(a_copy_has_its_own_texts),
        TEST(a_configuration_leaves_alone_what_was_set),
        TEST(every_default_is_within_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
