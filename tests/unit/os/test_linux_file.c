/* SPDX-License-Identifier: MIT */
/* Tests of linux/os: files. What only Linux has: FIFOs, sockets, devices, links, names that are not UTF-8, limits, file
 * systems without some operation (at link time, --wrap puts functions of this file before renameat2 and link). */
#include "os/os_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/os_clock.h"
#include "os/os_error.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

static bool no_rename_flags; /* as NFS */
static bool no_links;        /* as vfat */

int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);

int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (no_rename_flags && flags != 0) {
        errno = EINVAL;
        return -1;
    }
    return __real_renameat2(from_folder, from, to_folder, to, flags);
}

int __wrap_link(const char *from, const char *to)
{
    if (no_links) {
        errno = EPERM;
        return -1;
    }
    return __real_link(from, to);
}

static const enum os_file_mode every_mode[] = {OS_FILE_READ, OS_FILE_READ_WRITE, OS_FILE_CREATE_NEW};

/* The answer of os_file_open(); what it opened is closed again. */
static jet_err try_open(const char *path, enum os_file_mode mode)
{
    struct os_file *file = NULL;
    jet_err err = os_file_open(path, mode, &file);
    os_file_close(file);
    return err;
}

static void assert_refused_as_no_file(const char *path)
{
    struct os_path_info info;
    uint64_t start_ns = os_clock_monotonic_ns();
    assert_int_equal(try_open(path, OS_FILE_READ), JET_errInvalidPath);
    assert_int_not_equal(os_last_error(), 0);
    assert_int_equal(try_open(path, OS_FILE_READ_WRITE), JET_errInvalidPath);
    assert_int_equal(try_open(path, OS_FILE_CREATE_NEW), JET_errFileAlreadyExists);
    assert_in_range(os_clock_monotonic_ns() - start_ns, 0, 20000000000u); /* opening a FIFO would wait for ever */
    assert_int_equal(os_path_stat(path, &info), JET_errSuccess);
    assert_int_equal(info.kind, OS_PATH_OTHER);
    assert_int_equal(info.size_bytes, 0);
}

static void a_fifo_is_refused_without_waiting_for_its_writer(void **state)
{
    const char *path = temp_folder_path(*state, "fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused_as_no_file(path);
}

struct exchange {
    const char *one;
    const char *other;
    struct os_event *enough;
};

static void exchange_run(void *context)
{
    const struct exchange *exchange = context;
    while (!os_event_wait(exchange->enough, 0))
        (void)renameat2(AT_FDCWD, exchange->one, AT_FDCWD, exchange->other, RENAME_EXCHANGE);
}

static void a_name_that_becomes_a_fifo_while_it_is_opened_never_hangs(void **state)
{
    struct exchange exchange = {.one = temp_folder_write(*state, "one", "abc", 3),
                                .other = temp_folder_path(*state, "other")};
    struct os_thread *thread;
    assert_int_equal(mkfifo(exchange.other, 0600), 0);
    assert_int_equal(os_event_new(&exchange.enough), JET_errSuccess);
    assert_int_equal(os_thread_start(exchange_run, &exchange, &thread), JET_errSuccess);
    for (unsigned i = 0; i < 20000; i++) {
        jet_err err = try_open(exchange.one, OS_FILE_READ);
        assert_true(err == JET_errSuccess || err == JET_errInvalidPath);
    }
    os_event_set(exchange.enough);
    os_thread_join(thread);
    os_event_free(exchange.enough);
}

static void a_socket_is_refused(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = temp_folder_path(*state, "socket");
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_true(strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_refused_as_no_file(path);
    close(fd);
}

static void a_device_is_refused(void **state)
{
    assert_refused_as_no_file("/dev/null");
}

/* The descriptor that the next open() will use. */
static int next_descriptor(void)
{
    int fd = dup(STDERR_FILENO);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}

static void opened_files_block_and_are_not_inherited(void **state)
{
    const char *path = temp_folder_path(*state, "file");
    for (size_t i = COUNT_OF(every_mode); i-- > 0;) {
        struct os_file *file = NULL;
        int fd = next_descriptor();
        assert_int_equal(os_file_open(path, every_mode[i], &file), JET_errSuccess);
        assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        os_file_close(file);
        assert_int_equal(fcntl(fd, F_GETFD), -1);
    }
}

static void nothing_stays_open_after_a_refusal(void **state)
{
    const char *path = temp_folder_path(*state, "fifo");
    int fd = next_descriptor();
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t i = 0; i < COUNT_OF(every_mode); i++)
        assert_true(try_open(path, every_mode[i]) < JET_errSuccess);
    assert_int_equal(next_descriptor(), fd);
}

static void links_are_followed_and_a_dangling_one_is_missing_but_taken(void **state)
{
    const char *link_path = temp_folder_path(*state, "link");
    const char *dangling = temp_folder_path(*state, "dangling");
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    struct os_path_info info;
    assert_int_equal(symlink("file", link_path), 0);
    assert_int_equal(symlink("missing", dangling), 0);
    assert_int_equal(try_open(link_path, OS_FILE_READ), JET_errSuccess);
    assert_int_equal(os_path_stat(link_path, &info), JET_errSuccess);
    assert_int_equal(info.size_bytes, 3);
    assert_int_equal(try_open(dangling, OS_FILE_READ), JET_errFileNotFound);
    assert_int_equal(try_open(dangling, OS_FILE_CREATE_NEW), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_new(file, dangling), JET_errFileAlreadyExists);
}

static void names_that_are_not_utf8_pass_unchanged(void **state)
{
    static const char *const names[] = {"\x01\x7f \n", "caf\xe9.edb", "\xff\xfe", "\xff\xff"};
    struct os_folder_list list = {0};
    for (size_t i = COUNT_OF(names); i-- > 0;)
        assert_int_equal(try_open(temp_folder_write(*state, names[i], "abc", 3), OS_FILE_READ), JET_errSuccess);
    assert_int_equal(os_folder_list(temp_folder_root(*state), &list), JET_errSuccess);
    assert_int_equal(list.count, COUNT_OF(names));
    for (size_t i = 0; i < list.count; i++)
        assert_string_equal(list.names[i], names[i]);
    os_folder_list_free(&list);
}

static void names_that_cannot_be_are_invalid_paths(void **state)
{
    char name[NAME_MAX + 2];
    const char *loop = temp_folder_path(*state, "loop");
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(symlink("loop", loop), 0);
    assert_int_equal(try_open(loop, OS_FILE_READ), JET_errInvalidPath);
    for (size_t i = 0; i < COUNT_OF(every_mode); i++)
        assert_int_equal(try_open(temp_folder_path(*state, name), every_mode[i]), JET_errInvalidPath);
    assert_int_equal(os_folder_create(temp_folder_path(*state, name)), JET_errInvalidPath);
}

static void a_parent_that_is_a_file_is_an_invalid_path(void **state)
{
    const char *path = temp_folder_path(*state, "file/below");
    temp_folder_write(*state, "file", "abc", 3);
    for (size_t i = 0; i < COUNT_OF(every_mode); i++)
        assert_int_equal(try_open(path, every_mode[i]), JET_errInvalidPath);
    assert_int_equal(os_folder_create(path), JET_errInvalidPath);
    assert_int_equal(os_folder_flush(path), JET_errInvalidPath);
    assert_int_equal(os_folder_flush(temp_folder_path(*state, "missing")), JET_errFileNotFound);
}

static void what_may_not_be_read_is_denied(void **state)
{
    const char *path = temp_folder_write(*state, "file", "abc", 3);
    bool is_root = geteuid() == 0;
    assert_int_equal(chmod(path, 0), 0);
    if (is_root)
        assert_int_equal(seteuid(65534), 0); /* root may read everything */
    jet_err err = try_open(path, OS_FILE_READ);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(err, JET_errFileAccessDenied);
}

static void without_descriptors_opening_is_out_of_memory(void **state)
{
    const char *path = temp_folder_write(*state, "file", "abc", 3);
    struct rlimit before;
    struct rlimit none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    jet_err err = try_open(path, OS_FILE_READ);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(err, JET_errOutOfMemory);
}

static void the_file_size_limit_is_a_full_disk(void **state)
{
    struct rlimit before;
    struct rlimit small;
    struct os_file *file = NULL;
    char block[1000] = {0};
    uint64_t size = 0;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1500;
    assert_int_equal(os_file_open(temp_folder_path(*state, "file"), OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    jet_err first = os_file_write(file, 0, block, sizeof block);
    jet_err second = os_file_write(file, 1000, block, sizeof block); /* half of it fits */
    jet_err third = os_file_set_size(file, 1501);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(first, JET_errSuccess);
    assert_int_equal(second, JET_errDiskFull);
    assert_int_equal(third, JET_errDiskFull);
    assert_int_equal(os_file_size(file, &size), JET_errSuccess);
    assert_int_equal(size, 1500);
    os_file_close(file);
}

static void a_full_file_system_is_a_full_disk(void **state)
{
    const char *mounted = temp_folder_path(*state, "mounted");
    static char block[65536];
    struct os_file *file = NULL;
    assert_int_equal(os_folder_create(mounted), JET_errSuccess);
    if (mount("none", mounted, "tmpfs", 0, "size=131072") != 0) {
        print_message("skipped: mounting a small file system needs root\n");
        skip();
    }
    jet_err opened = os_file_open(temp_folder_path(*state, "mounted/file"), OS_FILE_CREATE_NEW, &file);
    jet_err err = JET_errSuccess;
    for (unsigned i = 0; i < 4 && opened == JET_errSuccess && err == JET_errSuccess; i++)
        err = os_file_write(file, (uint64_t)i * sizeof block, block, sizeof block);
    os_file_close(file);
    assert_int_equal(umount(mounted), 0);
    assert_int_equal(opened, JET_errSuccess);
    assert_int_equal(err, JET_errDiskFull);
}

static int plain_file_system_setup(void **state)
{
    no_rename_flags = true;
    return temp_folder_setup(state);
}

static int poor_file_system_setup(void **state)
{
    no_links = true;
    return plain_file_system_setup(state);
}

static int file_system_teardown(void **state)
{
    no_rename_flags = false;
    no_links = false;
    return temp_folder_teardown(state);
}

static void rename_new_keeps_its_promise_without_the_kernels_flag(void **state)
{
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    const char *other = temp_folder_write(*state, "other", "defg", 4);
    const char *folder = temp_folder_path(*state, "folder");
    const char *moved = temp_folder_path(*state, "moved");
    struct os_path_info info;
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    assert_int_equal(os_path_rename_new(file, other), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_new(file, folder), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_new(folder, file), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_new(temp_folder_path(*state, "missing"), moved), JET_errFileNotFound);
    assert_int_equal(os_path_rename_new(file, temp_folder_path(*state, "nowhere/file")), JET_errInvalidPath);

    assert_int_equal(os_path_rename_new(file, temp_folder_path(*state, "folder/file")), JET_errSuccess);
    assert_int_equal(os_path_stat(file, &info), JET_errFileNotFound);
    assert_int_equal(os_path_rename_new(folder, moved), JET_errSuccess);
    assert_int_equal(os_path_stat(folder, &info), JET_errFileNotFound);
    assert_int_equal(os_path_stat(temp_folder_path(*state, "moved/file"), &info), JET_errSuccess);
    assert_int_equal(info.size_bytes, 3);
    assert_int_equal(os_path_stat(other, &info), JET_errSuccess);
    assert_int_equal(info.size_bytes, 4);
}

static void a_folder_with_something_in_it_is_never_replaced(void **state)
{
    const char *folder = temp_folder_path(*state, "folder");
    const char *taken = temp_folder_path(*state, "taken");
    struct os_path_info info;
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    assert_int_equal(os_folder_create(taken), JET_errSuccess);
    const char *member = temp_folder_write(*state, "taken/member", "abc", 3);
    assert_int_equal(os_path_rename_new(folder, taken), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_over(folder, taken), JET_errFileAlreadyExists);
    assert_int_equal(os_path_stat(member, &info), JET_errSuccess);
}

static void assert_parent(const char *path, const char *expected)
{
    char *parent = os_path_parent(path);
    assert_non_null(parent);
    assert_string_equal(parent, expected);
    free(parent);
}

static void the_root_is_its_own_parent(void **state)
{
    char *child = os_path_join("/", "child");
    assert_non_null(child);
    assert_string_equal(child, "/child");
    free(child);
    assert_parent("/", "/");
    assert_parent("///", "/");
    assert_parent("/child", "/");
    assert_parent("//child/", "/");
    assert_parent("/a/b", "/a");
    assert_string_equal(os_path_name("back\\slash"), "back\\slash");
    assert_true(os_path_is_absolute("/a"));
    assert_false(os_path_is_absolute("a/b"));
    assert_false(os_path_is_absolute("C:/a"));
    assert_false(os_path_is_absolute(""));
}

static void temporary_folders_follow_tmpdir_and_are_private(void **state)
{
    struct stat info;
    char *path = NULL;
    assert_int_equal(setenv("TMPDIR", temp_folder_root(*state), 1), 0);
    assert_int_equal(os_folder_create_temporary("prefix", &path), JET_errSuccess);
    assert_parent(path, temp_folder_root(*state));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    free(path);
    path = NULL;
    assert_int_equal(setenv("TMPDIR", temp_folder_path(*state, "missing"), 1), 0);
    assert_int_equal(os_folder_create_temporary("prefix", &path), JET_errInvalidPath);
    assert_null(path);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_int_equal(os_folder_create_temporary("prefix", &path), JET_errSuccess);
    assert_parent(path, "/tmp");
    assert_int_equal(os_folder_remove(path), JET_errSuccess);
    free(path);
}

#define ON(file_system, test)                                                                                          \
    {                                                                                                                  \
#test " on a " #file_system, test, file_system##_setup, file_system_teardown, NULL                             \
    }
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_fifo_is_refused_without_waiting_for_its_writer),
        WITH_FOLDER(a_name_that_becomes_a_fifo_while_it_is_opened_never_hangs),
        WITH_FOLDER(a_socket_is_refused),
        cmocka_unit_test(a_device_is_refused),
        WITH_FOLDER(opened_files_block_and_are_not_inherited),
        WITH_FOLDER(nothing_stays_open_after_a_refusal),
        WITH_FOLDER(links_are_followed_and_a_dangling_one_is_missing_but_taken),
        WITH_FOLDER(names_that_are_not_utf8_pass_unchanged),
        WITH_FOLDER(names_that_cannot_be_are_invalid_paths),
        WITH_FOLDER(a_parent_that_is_a_file_is_an_invalid_path),
        WITH_FOLDER(what_may_not_be_read_is_denied),
        WITH_FOLDER(without_descriptors_opening_is_out_of_memory),
        WITH_FOLDER(the_file_size_limit_is_a_full_disk),
        WITH_FOLDER(a_full_file_system_is_a_full_disk),
        ON(plain_file_system, rename_new_keeps_its_promise_without_the_kernels_flag),
        ON(poor_file_system, rename_new_keeps_its_promise_without_the_kernels_flag),
        WITH_FOLDER(a_folder_with_something_in_it_is_never_replaced),
        ON(plain_file_system, a_folder_with_something_in_it_is_never_replaced),
        cmocka_unit_test(the_root_is_its_own_parent),
        WITH_FOLDER(temporary_folders_follow_tmpdir_and_are_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
