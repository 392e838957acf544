/* SPDX-License-Identifier: MIT */
/* test_config.c - the configuration: what is taken, what is refused, and with which line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/compiler.h"
#include "config.h"
#include "log.h"
#include "support/temp_folder.h"

#define INSTANCE(label) "instance: { label = \"" label "\"; system_path = \"/s\"; databases = ( \"/s/a.edb\" ); };\n"

static struct config *read_good(const char *path)
{
    char error[CONFIG_ERROR_SIZE];
    struct config *config = NULL;
    const jet_err err = config_read_here(path, &config, error);
    if (err < JET_errSuccess)
        print_error("%s\n", error);
    assert_int_equal(err, JET_errSuccess);
    return config;
}

static struct config *read_text(struct temp_folder *folder, const char *text)
{
    return read_good(temp_folder_write(folder, "c.conf", text, strlen(text)));
}

static void an_empty_file_gives_the_defaults(void **state)
{
    struct config *config = read_text(*state, "");
    assert_int_equal(config->log_level, LOG_LEVEL_INFO);
    assert_int_equal(config->freeze_timeout_ms, 60000);
    assert_int_equal(config->max_backups, 16);
    assert_int_equal(config->max_writers, 64);
    assert_int_equal(config->max_objects_of_client, 32);
    assert_int_equal(config->idle_timeout_ms, 600000);
    assert_null(config->instances);
    assert_null(config->writers);
    config_free(config);
}

static void every_key_is_taken(void **state)
{
    struct config *config = read_text(*state, "service: { log_level = \"debug\"; freeze_timeout_ms = 1000; "
                                              "idle_timeout_ms = 2000; max_backups = 2; max_writers = 3;\n"
                                              " max_objects_of_client = 4; max_instances = 5; page_size = 8192; "
                                              "cache_pages_max = 1000; runtime_path = \"/run/x\"; };\n"
                                              "instance: { label = \"mail\"; system_path = \"/s\"; log_path = \"/l\"; "
                                              "temporary_path = \"/t\"; base_name = \"abc\";\n"
                                              " databases = ( \"/d/a.edb\", \"/d/\\xff.edb\" ); circular_logging = "
                                              "true; make_missing = true; log_file_kib = 128; };\n"
                                              "writers: ( { label = \"shop\"; user = \"root\"; } );\n");
    assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(config->page_size, 8192);
    assert_string_equal(config->runtime_path, "/run/x");
    const struct config_instance *instance = config->instances;
    assert_string_equal(instance->label, "mail");
    assert_string_equal(instance->log_path, "/l");
    assert_string_equal(instance->base_name, "abc");
    assert_int_equal(instance->count_databases, 2);
    assert_string_equal(instance->databases[1], "/d/\xff.edb");
    assert_true(instance->circular_logging && instance->make_missing);
    assert_int_equal(instance->line, 3);
    assert_string_equal(config->writers->label, "shop");
    assert_int_equal(config->writers->uid, 0);
    config_free(config);
}

static void long_paths_stay_whole(void **state)
{
    char path[3001], text[4000];
    memset(path, 'p', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    (void)snprintf(text, sizeof text, "instance: { label = \"x\"; system_path = \"%s\"; databases = ( \"/a\" ); };",
                   path);
    struct config *config = read_text(*state, text);
    assert_string_equal(config->instances->system_path, path);
    config_free(config);
}

static void files_of_the_folder_are_read_in_the_order_of_their_names(void **state)
{
    static const char *const names[] = {"instances.d/2.conf", "instances.d/10.conf", "instances.d/a.conf.bak",
                                        "instances.d/.b.conf"};
    static const char *const texts[] = {INSTANCE("two"), INSTANCE("ten"), "nonsense", "nonsense"};
    assert_int_equal(mkdir(temp_folder_path(*state, "instances.d"), 0700), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        (void)temp_folder_write(*state, names[i], texts[i], strlen(texts[i]));
    struct config *config =
        read_text(*state, "instances: ( { label = \"main\"; system_path = \"/m\"; databases = ( \"/m/a\" ); } );");
    assert_string_equal(config->instances->label, "main");
    assert_string_equal(config->instances->next->label, "ten");
    assert_string_equal(config->instances->next->next->label, "two");
    assert_null(config->instances->next->next->next);
    config_free(config);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"\nservice: { odd = 1; };",                          "2: the key odd is not known here"},
        {"odd = 1;",                                          "1: the key odd is not known here"},
        {"service: { max_backups = 0; };",                    "1: max_backups must be 1 to 1000"},
        {"service: { max_backups = 1001; };",                 "1: max_backups must be 1 to 1000"},
        {"service: { max_backups = -1; };",                   "1: max_backups must be 1 to 1000"},
        {"service: { max_backups = 99999999999L; };",         "1: max_backups must be 1 to 1000"},
        {"service: { max_backups = \"7\"; };",                "1: max_backups must be a number"},
        {"service: { max_backups = 1.5; };",                  "1: max_backups must be a number"},
        {"service: { page_size = 5000; };",                   "1: page_size must be 2048"},
        {"service: { log_level = \"loud\"; };",               "1: log_level must be "},
        {"service: { log_level = 7; };",                      "1: log_level must be "},
        {"service = 5;",                                      "1: expected a group"},
        {"service: { runtime_path = \"run\"; };",             "1: runtime_path must be an absolute path"},
        {"service: { max_backups = 1;\n max_backups = 2; };", "2: "},
        {"service: {",                                        "1: "},
        {"instance: { label = \"x\"; };",                     "1: the key system_path is missing"},
        {"instance: { label = 7; };",                         "1: label must be a text"},
        {"instance: { label = \"\"; };",                      "1: label must have 1 to 64 bytes"},
        {"instance: { base_name = \"ab\"; };",                "1: base_name must have 3 to 3 bytes"},
        {"instance: { databases = \"/a\"; };",                "1: databases must be a list"},
        {"instance: { databases = (); };",                    "1: databases must be 1 to 6"},
        {"instance: { databases = ( 5 ); };",                 "1: databases must be a text"},
        {"instance: { databases = ( \"a\" ); };",             "1: databases must be an absolute path"},
        {"instance: { circular_logging = 1; };",              "1: circular_logging must be true or false"},
        {"instances: ( 5 );",                                 "1: expected a group"},
        {"instances: 5;",                                     "1: expected a list"},
        {"instance: { label = \"a\\tb\"; system_path = \"/s\"; databases = ( \"/a\" ); };", "1: the label must be 1 to 64 bytes of UTF-8"},
        {"instance: { label = \"\\xff\"; system_path = \"/s\"; databases = ( \"/a\" ); };", "1: the label must be 1 to 64 bytes of UTF-8"},
        {INSTANCE("x") "instances: ( { label = \"x\"; system_path = \"/s\"; databases = ( \"/a\" ); } );", "2: the label x stands in "},
        {"writers: ( { label = \"x\"; user = \"no such user\"; } );", "1: there is no user no such user"},
        {"writers: ( { label = \"x\"; } );",                  "1: the key user is missing"},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char error[CONFIG_ERROR_SIZE], name[20], expected[300];
        struct config *config = NULL;
        (void)snprintf(name, sizeof name, "%u.conf", (unsigned)i);
        const char *path = temp_folder_write(*state, name, rows[i].text, strlen(rows[i].text));
        (void)snprintf(expected, sizeof expected, "%s:%s", name, rows[i].fault);
        assert_int_equal(config_read_here(path, &config, error), JET_errInvalidParameter);
        if (!strstr(error, expected))
            print_error("%s: '%s' instead of '%s'\n", rows[i].text, error, expected);
        assert_non_null(strstr(error, expected));
        assert_null(config);
    }
}

static void a_missing_file_is_told_by_name(void **state)
{
    char error[CONFIG_ERROR_SIZE];
    struct config *config = NULL;
    assert_true(config_read_here(temp_folder_path(*state, "none.conf"), &config, error) < JET_errSuccess);
    assert_non_null(strstr(error, "none.conf: No such file"));
}

static void instances_are_compared_by_all_that_opens_them(void **state)
{
    struct config *one = read_text(*state, INSTANCE("x"));
    const char *texts[] = {
        INSTANCE("x"),
        INSTANCE("y"),
        "instance: { label = \"x\"; system_path = \"/t\"; databases = ( \"/s/a.edb\" ); };",
        "instance: { label = \"x\"; system_path = \"/s\"; log_path = \"/l\"; databases = ( \"/s/a.edb\" ); };",
        "instance: { label = \"x\"; system_path = \"/s\"; databases = ( \"/s/b.edb\" ); };",
        "instance: { label = \"x\"; system_path = \"/s\"; databases = ( \"/s/a.edb\" ); circular_logging = true; };",
        "instance: { label = \"x\"; system_path = \"/s\"; databases = ( \"/s/a.edb\" ); log_file_kib = 256; };",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "%u.conf", (unsigned)i);
        struct config *other = read_good(temp_folder_write(*state, name, texts[i], strlen(texts[i])));
        assert_int_equal(config_instance_equal(one->instances, other->instances), i == 0);
        config_free(other);
    }
    config_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_file_gives_the_defaults, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(every_key_is_taken, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(long_paths_stay_whole, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(files_of_the_folder_are_read_in_the_order_of_their_names, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told_with_its_line, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_is_told_by_name, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(instances_are_compared_by_all_that_opens_them, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
