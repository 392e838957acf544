/* SPDX-License-Identifier: MIT */
/* freeze_hook.c - the program that hypervisors' guest agents run before and after they freeze the file systems.
 *
 *      freeze-hook freeze                        Manager.Freeze([], {detached, timeout-ms}): 0 all instances are frozen
 *      freeze-hook thaw | freezeFail | unfreeze  Manager.Thaw(): 0 thawed, or nothing was frozen
 *
 * 1: it could not be done, or, of a thaw, the freeze had ended by itself before: the image is only crash-consistent,
 * and a host that looks learns it. 2: usage. The whole contract is freeze-hook(8).
 *
 * Rules.
 *   1. It always ends: every reply has a limit, and an alarm ends the process if the bus itself hangs. An agent that waits
 *      for its hook answers nobody.
 *   2. The freeze is detached: it outlives this process, and ends by the service's deadline if no thaw comes.
 *   3. A freeze whose reply did not come may still happen. Nobody will call thaw for it, so this program does, once.
 *   4. Nothing is written to any file, and nobody is waited for who may: between freeze and thaw the disk is still.
 *   5. Where nothing of Coldstream's is in use, success is the truth: nothing has to be frozen (in_use.h).
 */
#include <dbus/dbus.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "in_use.h"
#include "journal.h"

#define SERVICE_NAME      "org.coldstream.Backup1"
#define SERVICE_PATH      "/org/coldstream/Backup1"
#define INTERFACE_MANAGER "org.coldstream.Backup1.Manager"
#define ERROR_TIMED_OUT   "org.coldstream.Backup1.Error.OSSnapshotTimeOut"

/* A test has less time. */
#ifndef COLDSTREAM_FREEZE_REPLY_MS
#define COLDSTREAM_FREEZE_REPLY_MS 20000
#endif
#ifndef COLDSTREAM_FREEZE_TIMEOUT_MS
#define COLDSTREAM_FREEZE_TIMEOUT_MS 60000
#endif

enum {
    EXIT_OK = 0,
    EXIT_NOT_DONE = 1,
    EXIT_USAGE = 2,

    FREEZE_TIMEOUT_MS = COLDSTREAM_FREEZE_TIMEOUT_MS, /* after which the service thaws by itself */
    FREEZE_REPLY_MS = COLDSTREAM_FREEZE_REPLY_MS,
    THAW_REPLY_MS = 10000,
    UNDO_REPLY_MS = 3000,
    BUS_SECONDS = 6, /* for connecting, besides the replies */
};

struct hook {
    DBusConnection *bus;
    bool is_in_use;
};

static void say(enum journal_priority priority, const char *what, const DBusError *error)
{
    char line[900];
    (void)snprintf(line, sizeof line, "%s: %s (%s)", what, error->message ? error->message : "no reason given",
                   error->name ? error->name : "no name");
    journal_say(priority, line);
}

/* ---- the process ---- */

static void give_up(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_NOT_DONE);
}

/* From now on this process ends, whatever hangs. */
static void limit_life(unsigned seconds)
{
    const struct sigaction action = {.sa_handler = give_up};
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGALRM);
    (void)sigaction(SIGALRM, &action, NULL);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)alarm(seconds);
}

/* Whoever starts us may have left anything behind. */
static void clean_environment(void)
{
    const int nothing = open("/dev/null", O_RDWR | O_NOCTTY);
    for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; fd++)
        if (fd == STDIN_FILENO || fcntl(fd, F_GETFD) < 0)
            (void)dup2(nothing, fd);
    if (nothing > STDERR_FILENO)
        (void)close(nothing);
    (void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    (void)unsetenv("DBUS_SESSION_BUS_ADDRESS");
    (void)unsetenv("DBUS_VERBOSE"); /* libdbus would write into files */
    if (chdir("/") < 0)
        _exit(EXIT_NOT_DONE);
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
}

/* ---- calls ---- */

/* Without a bus, or without the service: a failure only where there is something that would have had to be frozen. */
static int nobody_there(const struct hook *hook, const DBusError *error)
{
    if (!hook->is_in_use)
        return EXIT_OK;
    say(JOURNAL_ERROR, "the service cannot be reached", error);
    return EXIT_NOT_DONE;
}

static bool is_absent(const DBusError *error)
{
    return dbus_error_has_name(error, DBUS_ERROR_SERVICE_UNKNOWN) ||
           dbus_error_has_name(error, DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           dbus_error_has_name(error, DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND);
}

/* The reply, or NULL and why not. Takes over `call`; NULL: out of memory. */
static DBusMessage *ask(struct hook *hook, DBusMessage *call, int limit_ms, DBusError *error)
{
    if (!call) {
        dbus_set_error_const(error, DBUS_ERROR_NO_MEMORY, "out of memory");
        return NULL;
    }
    /* Where nothing is configured there is nothing to start the service for. */
    dbus_message_set_auto_start(call, hook->is_in_use);
    DBusMessage *reply = dbus_connection_send_with_reply_and_block(hook->bus, call, limit_ms, error);
    dbus_message_unref(call);
    return reply;
}

static DBusMessage *manager_call(const char *method)
{
    return dbus_message_new_method_call(SERVICE_NAME, SERVICE_PATH, INTERFACE_MANAGER, method);
}

static bool append_option(DBusMessageIter *options, const char *key, int type, const char *signature, const void *value)
{
    DBusMessageIter entry, variant;
    return dbus_message_iter_open_container(options, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
           dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
           dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant) &&
           dbus_message_iter_append_basic(&variant, type, value) &&
           dbus_message_iter_close_container(&entry, &variant) && dbus_message_iter_close_container(options, &entry);
}

/* Everything that there is; detached; with its deadline. */
static bool append_freeze_arguments(DBusMessage *call)
{
    const dbus_uint32_t timeout_ms = FREEZE_TIMEOUT_MS;
    const dbus_bool_t is_detached = TRUE;
    DBusMessageIter arguments, names, options;
    dbus_message_iter_init_append(call, &arguments);
    return dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "s", &names) &&
           dbus_message_iter_close_container(&arguments, &names) &&
           dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "{sv}", &options) &&
           append_option(&options, "detached", DBUS_TYPE_BOOLEAN, "b", &is_detached) &&
           append_option(&options, "timeout-ms", DBUS_TYPE_UINT32, "u", &timeout_ms) &&
           dbus_message_iter_close_container(&arguments, &options);
}

static DBusMessage *freeze_call(void)
{
    DBusMessage *call = manager_call("Freeze");
    if (call && !append_freeze_arguments(call)) {
        dbus_message_unref(call);
        return NULL;
    }
    return call;
}

static bool may_have_happened(const DBusError *error)
{
    return dbus_error_has_name(error, DBUS_ERROR_NO_REPLY) || dbus_error_has_name(error, DBUS_ERROR_TIMEOUT) ||
           dbus_error_has_name(error, DBUS_ERROR_TIMED_OUT);
}

/* Rule 3. */
static void undo_freeze(struct hook *hook)
{
    DBusError error = DBUS_ERROR_INIT;
    DBusMessage *reply = ask(hook, manager_call("Thaw"), UNDO_REPLY_MS, &error);
    if (reply)
        dbus_message_unref(reply);
    dbus_error_free(&error);
}

static int do_freeze(struct hook *hook)
{
    DBusError error = DBUS_ERROR_INIT;
    DBusMessage *reply = ask(hook, freeze_call(), FREEZE_REPLY_MS, &error);
    if (reply) {
        dbus_message_unref(reply);
        return EXIT_OK;
    }
    int status = EXIT_NOT_DONE;
    if (is_absent(&error)) {
        status = nobody_there(hook, &error);
    } else {
        say(JOURNAL_ERROR, "not frozen", &error);
        if (may_have_happened(&error))
            undo_freeze(hook);
    }
    dbus_error_free(&error);
    return status;
}

static int do_thaw(struct hook *hook)
{
    DBusError error = DBUS_ERROR_INIT;
    DBusMessage *reply = ask(hook, manager_call("Thaw"), THAW_REPLY_MS, &error);
    if (reply) {
        dbus_message_unref(reply);
        return EXIT_OK;
    }
    int status = EXIT_NOT_DONE;
    if (is_absent(&error))
        status = nobody_there(hook, &error);
    else if (dbus_error_has_name(&error, ERROR_TIMED_OUT))
        say(JOURNAL_WARNING, "the freeze had ended by itself before: the image is only crash-consistent", &error);
    else
        say(JOURNAL_ERROR, "not thawed", &error);
    dbus_error_free(&error);
    return status;
}

static int with_bus(int (*act)(struct hook *hook))
{
    struct hook hook = {.is_in_use = coldstream_is_in_use("")};
    DBusError error = DBUS_ERROR_INIT;
    hook.bus = dbus_bus_get_private(DBUS_BUS_SYSTEM, &error);
    if (!hook.bus) {
        const int status = nobody_there(&hook, &error);
        dbus_error_free(&error);
        return status;
    }
    dbus_connection_set_exit_on_disconnect(hook.bus, FALSE);
    const int status = act(&hook);
    dbus_connection_close(hook.bus);
    dbus_connection_unref(hook.bus);
    dbus_shutdown();
    return status;
}

static bool is_thaw(const char *word)
{
    return strcmp(word, "thaw") == 0 || strcmp(word, "freezeFail") == 0 || strcmp(word, "unfreeze") == 0;
}

/* open-vm-tools gives a second argument, a text of the host's, which is ignored. */
int main(int argc, char **argv)
{
    clean_environment();
    if (argc >= 2 && strcmp(argv[1], "freeze") == 0) {
        limit_life((FREEZE_REPLY_MS + UNDO_REPLY_MS) / 1000 + BUS_SECONDS);
        return with_bus(do_freeze);
    }
    if (argc >= 2 && is_thaw(argv[1])) {
        limit_life(THAW_REPLY_MS / 1000 + BUS_SECONDS);
        return with_bus(do_thaw);
    }
    journal_say(JOURNAL_ERROR, "usage: freeze-hook freeze | thaw | freezeFail | unfreeze");
    return EXIT_USAGE;
}
