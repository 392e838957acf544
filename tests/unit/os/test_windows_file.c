/* SPDX-License-Identifier: MIT */
/* Tests of os/os_file.h for what only Windows has: drives and shares, two separators, long paths, sharing, devices. */
#include "os/os_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "os/os_error.h"
#include "os/os_stream.h"
#include "support/temp_folder.h"

static void a_parent_ends_at_the_root(void **state)
{
    static const struct {
        const char *path;
        const char *parent;
    } cases[] = {
        {"C:\\a\\b",                            "C:\\a"                           },
        {"C:/a/b",                              "C:/a"                            },
        {"C:\\a\\\\b\\/",                       "C:\\a"                           },
        {"C:\\a",                               "C:\\"                            },
        {"C:/a/",                               "C:/"                             },
        {"C:\\",                                "C:\\"                            },
        {"C:a",                                 "C:"                              },
        {"C:a\\b",                              "C:a"                             },
        {"C:",                                  "C:"                              },
        {"\\a",                                 "\\"                              },
        {"\\",                                  "\\"                              },
        {"a\\b",                                "a"                               },
        {"a",                                   "."                               },
        {"a\\",                                 "."                               },
        {"",                                    "."                               },
        {"\\\\server\\share\\a\\b",             "\\\\server\\share\\a"            },
        {"\\\\server\\share\\a",                "\\\\server\\share\\"             },
        {"\\\\server\\share\\",                 "\\\\server\\share\\"             },
        {"\\\\server\\share",                   "\\\\server\\share"               },
        {"\\\\?\\C:\\a",                        "\\\\?\\C:\\"                     },
        {"\\\\?\\C:\\",                         "\\\\?\\C:\\"                     },
        {"\\\\?\\UNC\\server\\share\\a",        "\\\\?\\UNC\\server\\share\\"     },
        {"\\\\?\\UNC\\server\\share\\",         "\\\\?\\UNC\\server\\share\\"     },
        {"\\\\?\\GLOBALROOT\\Device\\Copy1\\a", "\\\\?\\GLOBALROOT\\Device\\Copy1"},
        {"\\\\?\\Volume{1-2}\\a",               "\\\\?\\Volume{1-2}\\"            },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *parent = os_path_parent(cases[i].path);
        assert_non_null(parent);
        assert_string_equal(parent, cases[i].parent);
        free(parent);
    }
}

static void a_join_knows_both_separators_and_bare_drives(void **state)
{
    static const char *const cases[][3] = {
        {"C:\\a", "b", "C:\\a\\b"},
        {"C:/a/", "b", "C:/a/b"  },
        {"C:\\",  "b", "C:\\b"   },
        {"C:",    "b", "C:b"     },
        {"a",     "b", "a\\b"    },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *path = os_path_join(cases[i][0], cases[i][1]);
        assert_non_null(path);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

static void a_name_is_behind_the_last_separator_of_either_kind(void **state)
{
    assert_string_equal(os_path_name("C:\\a/b\\c.edb"), "c.edb");
    assert_string_equal(os_path_name("C:\\a\\b/c.edb"), "c.edb");
    assert_string_equal(os_path_name("C:c.edb"), "c.edb");
    assert_string_equal(os_path_name("C:\\"), "");
    assert_true(os_path_is_absolute("C:\\a"));
    assert_true(os_path_is_absolute("c:/a"));
    assert_true(os_path_is_absolute("\\\\server\\share\\a"));
    assert_true(os_path_is_absolute("\\\\?\\C:\\a"));
    assert_false(os_path_is_absolute("C:a"));
    assert_false(os_path_is_absolute("\\a"));
    assert_false(os_path_is_absolute("/a"));
    assert_false(os_path_is_absolute("a"));
    assert_false(os_path_is_absolute(""));
}

static void create_empty(const char *path)
{
    struct os_file *file = NULL;
    assert_int_equal(os_file_open(path, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    os_file_close(file);
}

/* Under Wine some things are the Unix disk's: names are UTF-8 there, and root may write what is read-only. */
static void skip_under_wine(const char *reason)
{
    if (!GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version"))
        return;
    print_message("skipped under Wine: %s\n", reason);
    skip();
}

static void names_of_unpaired_surrogates_are_listed_and_opened(void **state)
{
    skip_under_wine("it has no file names that are not UTF-16");
    static const char name[] = "x\xED\xA0\x80y\xED\xB0\x80";
    struct temp_folder *folder = *state;
    struct os_folder_list list = {0};
    struct os_file *file = NULL;
    create_empty(temp_folder_path(folder, name));
    assert_int_equal(os_folder_list(temp_folder_root(folder), &list), JET_errSuccess);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.names[0], name);
    assert_int_equal(os_file_open(temp_folder_path(folder, list.names[0]), OS_FILE_READ, &file), JET_errSuccess);
    os_file_close(file);
    os_folder_list_free(&list);
}

static void folders_go_deeper_than_260_characters(void **state)
{
    struct temp_folder *folder = *state;
    char deep[1200] = "";
    struct os_folder_list list = {0};
    struct os_path_info info;
    for (size_t depth = 0; depth < 10; depth++) {
        (void)snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "%s%0100d", depth ? "/" : "", (int)depth);
        assert_int_equal(os_folder_create(temp_folder_path(folder, deep)), JET_errSuccess);
    }
    char *from = os_path_join(temp_folder_path(folder, deep), "from");
    char *to = os_path_join(temp_folder_path(folder, deep), "to");
    create_empty(from);
    assert_int_equal(os_path_rename_new(from, to), JET_errSuccess);
    assert_int_equal(os_path_stat(to, &info), JET_errSuccess);
    assert_int_equal(info.kind, OS_PATH_FILE);
    assert_int_equal(os_folder_list(temp_folder_path(folder, deep), &list), JET_errSuccess);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.names[0], "to");
    os_folder_list_free(&list);
    assert_int_equal(os_file_remove(to), JET_errSuccess);
    free(from);
    free(to);
}

static void devices_pipes_and_second_streams_are_no_files(void **state)
{
    static const char *const names[] = {"NUL",       "nul",
                                        "CON",       "C:\\NUL",
                                        "CONIN$",    "\\\\.\\pipe\\coldstream-no-such-pipe",
                                        "\\\\.\\C:", "\\\\.\\PhysicalDrive0"};
    struct temp_folder *folder = *state;
    struct os_file *file = NULL;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(os_file_open(names[i], OS_FILE_READ, &file), JET_errInvalidPath);
        assert_int_equal(os_file_open(names[i], OS_FILE_READ_WRITE, &file), JET_errInvalidPath);
        assert_int_equal(os_file_open(names[i], OS_FILE_CREATE_NEW, &file), JET_errInvalidPath);
    }
    assert_int_equal(os_file_open(temp_folder_path(folder, "NUL"), OS_FILE_CREATE_NEW, &file), JET_errInvalidPath);
    assert_int_equal(os_file_open(temp_folder_path(folder, "a:b"), OS_FILE_CREATE_NEW, &file), JET_errInvalidPath);
    assert_null(file);
}

static void a_device_is_neither_file_nor_folder(void **state)
{
    struct os_path_info info;
    assert_int_equal(os_path_stat("NUL", &info), JET_errSuccess);
    assert_int_equal(info.kind, OS_PATH_OTHER);
}

static void what_is_written_is_ours_alone(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_path(folder, "a");
    struct os_path_info info;
    struct os_file *writer = NULL;
    struct os_file *other = NULL;
    assert_int_equal(os_file_open(path, OS_FILE_CREATE_NEW, &writer), JET_errSuccess);
    assert_int_equal(os_file_open(path, OS_FILE_READ, &other), JET_errFileAccessDenied);
    assert_int_equal(os_last_error(), ERROR_SHARING_VIOLATION);
    assert_int_equal(os_file_remove(path), JET_errFileAccessDenied);
    assert_int_equal(os_path_stat(path, &info), JET_errSuccess); /* looking is free */
    os_file_close(writer);
    assert_int_equal(os_file_open(path, OS_FILE_READ, &other), JET_errSuccess);
    os_file_close(other);
}

static void what_is_read_may_change_and_go_meanwhile(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_write(folder, "a", "0123", 4);
    const char *other_path = temp_folder_path(folder, "b");
    struct os_file *reader = NULL;
    char buffer[4];
    size_t actual = 0;
    assert_int_equal(os_file_open(path, OS_FILE_READ, &reader), JET_errSuccess);
    assert_int_equal(os_path_rename_new(path, other_path), JET_errSuccess);
    assert_int_equal(os_file_remove(other_path), JET_errSuccess);
    assert_int_equal(os_file_read(reader, 0, buffer, sizeof buffer, &actual), JET_errSuccess);
    assert_int_equal(actual, sizeof buffer);
    assert_memory_equal(buffer, "0123", 4);
    os_file_close(reader);
}

/* A virus scanner: it has the file open, lets nobody change its name or have it alone, and goes after a while. */
static DWORD WINAPI look_for_a_while(void *handle)
{
    Sleep(400);
    CloseHandle(handle);
    return 0;
}

static HANDLE scanner_begin(const char *path)
{
    HANDLE handle = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS, NULL);
    assert_ptr_not_equal(handle, INVALID_HANDLE_VALUE);
    HANDLE thread = CreateThread(NULL, 0, look_for_a_while, handle, 0, NULL);
    assert_non_null(thread);
    return thread;
}

static void scanner_end(HANDLE thread)
{
    assert_int_equal(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
}

static void a_scanner_that_looks_for_a_moment_is_waited_for(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_write(folder, "a", "0123", 4);
    const char *other_path = temp_folder_write(folder, "b", "4567", 4);
    struct os_file *file = NULL;
    HANDLE scanner = scanner_begin(path);
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    os_file_close(file);
    scanner_end(scanner);
    scanner = scanner_begin(path);
    assert_int_equal(os_path_rename_over(path, other_path), JET_errSuccess);
    scanner_end(scanner);
    scanner = scanner_begin(other_path);
    assert_int_equal(os_path_rename_new(other_path, path), JET_errSuccess);
    scanner_end(scanner);
    scanner = scanner_begin(path);
    assert_int_equal(os_file_remove(path), JET_errSuccess);
    scanner_end(scanner);
    assert_int_equal(os_folder_create(path), JET_errSuccess);
    scanner = scanner_begin(path);
    assert_int_equal(os_folder_remove(path), JET_errSuccess);
    scanner_end(scanner);
}

static void a_read_only_file_is_read_and_not_opened_for_writing(void **state)
{
    skip_under_wine("root may write everything");
    struct temp_folder *folder = *state;
    const char *path = temp_folder_write(folder, "a", "0123", 4);
    struct os_file *file = NULL;
    assert_true(SetFileAttributesA(path, FILE_ATTRIBUTE_READONLY));
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errFileAccessDenied);
    assert_int_equal(os_file_open(path, OS_FILE_READ, &file), JET_errSuccess);
    assert_int_equal(os_file_flush(file), JET_errSuccess);
    os_file_close(file);
    assert_true(SetFileAttributesA(path, FILE_ATTRIBUTE_NORMAL));
}

static void a_file_cannot_take_its_own_name(void **state)
{
    const char *path = temp_folder_write(*state, "a", "", 0);
    assert_int_equal(os_path_rename_new(path, path), JET_errFileAlreadyExists);
}

static void a_name_can_change_its_case(void **state)
{
    skip_under_wine("it leaves the name as it is");
    struct temp_folder *folder = *state;
    struct os_folder_list list = {0};
    const char *path = temp_folder_write(folder, "a", "", 0);
    assert_int_equal(os_path_rename_new(path, temp_folder_path(folder, "A")), JET_errSuccess);
    assert_int_equal(os_folder_list(temp_folder_root(folder), &list), JET_errSuccess);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.names[0], "A");
    os_folder_list_free(&list);
}

static void success_leaves_the_last_error_alone(void **state)
{
    struct temp_folder *folder = *state;
    struct os_folder_list list = {0};
    struct os_file *file = NULL;
    struct os_stream *stream = NULL;
    assert_int_equal(os_file_open(temp_folder_path(folder, "missing"), OS_FILE_READ, &file), JET_errFileNotFound);
    create_empty(temp_folder_path(folder, "a"));
    assert_int_equal(os_path_rename_new(temp_folder_path(folder, "a"), temp_folder_path(folder, "b")), JET_errSuccess);
    assert_int_equal(os_folder_list(temp_folder_root(folder), &list), JET_errSuccess);
    assert_int_equal(os_stream_open_stdout(&stream), JET_errSuccess);
    assert_int_equal(os_last_error(), ERROR_FILE_NOT_FOUND);
    os_stream_close(stream);
    os_folder_list_free(&list);
}

static void system_errors_have_words(void **state)
{
    struct temp_folder *folder = *state;
    struct os_file *file = NULL;
    char text[200] = "";
    char cut[6] = "";
    assert_int_equal(os_file_open(temp_folder_path(folder, "missing"), OS_FILE_READ, &file), JET_errFileNotFound);
    assert_int_equal(os_last_error(), ERROR_FILE_NOT_FOUND);
    assert_ptr_equal(os_last_error_text(text, sizeof text), text);
    assert_true(strlen(text) > 5);
    assert_null(strpbrk(text + strlen(text) - 1, "\r\n ."));
    assert_int_equal(strlen(os_last_error_text(cut, sizeof cut)), 5);
    assert_memory_equal(cut, text, 5);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_ends_at_the_root),
        cmocka_unit_test(a_join_knows_both_separators_and_bare_drives),
        cmocka_unit_test(a_name_is_behind_the_last_separator_of_either_kind),
        IN_FOLDER(names_of_unpaired_surrogates_are_listed_and_opened),
        IN_FOLDER(folders_go_deeper_than_260_characters),
        IN_FOLDER(devices_pipes_and_second_streams_are_no_files),
        cmocka_unit_test(a_device_is_neither_file_nor_folder),
        IN_FOLDER(what_is_written_is_ours_alone),
        IN_FOLDER(what_is_read_may_change_and_go_meanwhile),
        IN_FOLDER(a_scanner_that_looks_for_a_moment_is_waited_for),
        IN_FOLDER(a_read_only_file_is_read_and_not_opened_for_writing),
        IN_FOLDER(a_file_cannot_take_its_own_name),
        IN_FOLDER(a_name_can_change_its_case),
        IN_FOLDER(success_leaves_the_last_error_alone),
        IN_FOLDER(system_errors_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
