/* SPDX-License-Identifier: MIT */
/* command_hook.c - `hook status|install|remove`: whether a guest agent on this machine runs freeze-hook, and seeing to
 * it.
 *
 *      /etc/qemu/fsfreeze-hook.d/50-coldstream                              run by the QEMU agent's dispatcher
 *      /etc/vmware-tools/backupScripts.d/50-coldstream                      run by open-vm-tools
 *      /etc/systemd/system/qemu-guest-agent.service.d/50-coldstream.conf    starts the QEMU agent with its dispatcher
 *
 * Rules.
 *   1. The first two are links to the program; the third is written only if --enable-agent asks for it.
 *   2. Nothing that is there is replaced, and nothing that is not ours is removed.
 *   3. Only agents that are installed are looked after; the others are named.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "tool/json_line.h"

#define HOOK_PROGRAM COLDSTREAM_LIBEXEC "/freeze-hook"
#define DISPATCHER   "/etc/qemu/fsfreeze-hook"
#define UNIT_NAME    "qemu-guest-agent.service"
#define DROP_IN      "/etc/systemd/system/" UNIT_NAME ".d/50-coldstream.conf"

static const char drop_in_text[] =
    "# Written by 'coldstream hook install --enable-agent', removed by 'coldstream hook remove'.\n"
    "[Service]\n"
    "ExecStart=\n"
    "ExecStart=-/usr/sbin/qemu-ga -F" DISPATCHER "\n";

static const struct option hook_options[] = {
    {OPTION_ENABLE_AGENT, "enable-agent", 0, NULL,     "install: also have the QEMU agent started with its hooks"},
    {OPTION_ROOT,         "root",         0, "PREFIX", "a folder to take for the root of the machine"            },
    {OPTION_END,          NULL,           0, NULL,     NULL                                                      },
};

static const char hook_description[] =
    "Guest agents of hypervisors run programs before and after they freeze the file systems. These commands look "
    "after\n"
    "ours, freeze-hook(8), which freezes all instances of the service meanwhile.\n"
    "\n"
    "  status    says of each agent whether it is there and will run the hook, and what is missing if not\n"
    "  install   puts the hook where the agents that are there look for it\n"
    "  remove    takes it away again\n"
    "\n"
    "No file that is there is replaced, and none that is not ours is removed. The QEMU agent of Debian is started\n"
    "without its hooks: --enable-agent writes the drop-in for its unit that changes this. status exits with 3 if\n"
    "an agent that is there would not run the hook.\n";

struct agent {
    const char *name;
    const char *programs[3]; /* any of them: it is installed */
    const char *folder;      /* of its scripts */
    const char *link;
};

static const struct agent agents[] = {
    {
     "qemu", {"/usr/sbin/qemu-ga", "/usr/bin/qemu-ga", NULL},
     "/etc/qemu/fsfreeze-hook.d", "/etc/qemu/fsfreeze-hook.d/50-coldstream",
     },
    {
     "vmware",      {"/usr/bin/vmtoolsd", "/usr/sbin/vmtoolsd", NULL},
     "/etc/vmware-tools/backupScripts.d",                    "/etc/vmware-tools/backupScripts.d/50-coldstream",
     },
};

struct hook {
    struct tool *tool;
    const char *root; /* "" or PREFIX */
    unsigned missing; /* things that an agent that is there would need */
    unsigned failed;
};

/* ---- paths below the root ---- */

static bool below(struct hook *hook, const char *path, char whole[PATH_MAX])
{
    if (snprintf(whole, PATH_MAX, "%s%s", hook->root, path) < PATH_MAX)
        return true;
    report_error(&hook->tool->report, "%s: the name is too long", hook->root);
    hook->failed++;
    return false;
}

static bool is_there(struct hook *hook, const char *path)
{
    char whole[PATH_MAX];
    struct stat info;
    return below(hook, path, whole) && lstat(whole, &info) == 0;
}

static bool is_program(struct hook *hook, const char *path)
{
    char whole[PATH_MAX];
    struct stat info;
    return below(hook, path, whole) && stat(whole, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_IXUSR);
}

static bool is_installed(struct hook *hook, const struct agent *agent)
{
    for (size_t i = 0; agent->programs[i]; i++)
        if (is_program(hook, agent->programs[i]))
            return true;
    return false;
}

/* A link of this name leads to our program, whether or not that is there. */
static bool is_our_link(struct hook *hook, const char *path)
{
    char whole[PATH_MAX], target[PATH_MAX];
    if (!below(hook, path, whole))
        return false;
    const ssize_t size = readlink(whole, target, sizeof target - 1);
    if (size < 0)
        return false;
    target[size] = '\0';
    return strcmp(target, HOOK_PROGRAM) == 0;
}

static bool file_contains(const char *path, const char *word)
{
    char line[1024];
    FILE *file = fopen(path, "re");
    bool is_found = false;
    if (!file)
        return false;
    while (!is_found && fgets(line, sizeof line, file))
        is_found = line[strspn(line, " \t")] != '#' && strstr(line, word) != NULL;
    (void)fclose(file);
    return is_found;
}

static bool any_file_contains(struct hook *hook, const char *pattern, const char *word)
{
    char whole[PATH_MAX];
    glob_t found;
    bool is_found = false;
    if (!below(hook, pattern, whole))
        return false;
    if (glob(whole, GLOB_NOSORT, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && !is_found; i++)
            is_found = file_contains(found.gl_pathv[i], word);
    globfree(&found);
    return is_found;
}

/* The agent is told about its dispatcher: by its configuration, a drop-in, its unit, or the environment of other
 * families of systems. */
static bool agent_runs_hooks(struct hook *hook)
{
    return any_file_contains(hook, "/etc/qemu/qemu-ga.conf", "fsfreeze-hook") ||
           any_file_contains(hook, "/etc/systemd/system/" UNIT_NAME ".d/*.conf", "-F") ||
           any_file_contains(hook, "/etc/systemd/system/" UNIT_NAME, "-F") ||
           any_file_contains(hook, "/etc/sysconfig/qemu-ga", "FSFREEZE_HOOK_PATHNAME=/") ||
           any_file_contains(hook, "/usr/lib/systemd/system/" UNIT_NAME, "-F/");
}

/* ---- what is told ---- */

static void tell(struct hook *hook, const char *agent, const char *what, bool is_good, const char *advice)
{
    struct tool *tool = hook->tool;
    if (!is_good)
        hook->missing++;
    json_t *object = json_line_new("hook");
    json_line_add_text(object, "agent", agent);
    json_line_add_text(object, "what", what);
    json_line_add_text(object, "state", is_good ? "ok" : "missing");
    if (!is_good)
        json_line_add_text(object, "advice", advice);
    report_json(&tool->report, object);
    if (tool_option(tool, OPTION_JSON))
        return;
    output_print(&tool->out, "%-8s %-8s %s\n", agent, is_good ? "ok" : "MISSING", what);
    if (!is_good)
        output_print(&tool->out, "%-17s -> %s\n", "", advice);
}

static void failed(struct hook *hook, const char *path)
{
    report_error(&hook->tool->report, "%s%s: %s", hook->root, path, strerror(errno));
    hook->failed++;
}

/* ---- status ---- */

static void qemu_status(struct hook *hook)
{
    tell(hook, "qemu", "the agent's dispatcher " DISPATCHER, is_program(hook, DISPATCHER),
         "it comes with the package of the agent; it must be executable");
    tell(hook, "qemu", "the agent is started with its hooks", agent_runs_hooks(hook),
         "coldstream hook install --enable-agent");
}

static void agent_status(struct hook *hook, const struct agent *agent)
{
    char what[PATH_MAX];
    if (!is_installed(hook, agent)) {
        report_say(&hook->tool->report, "%s: this agent is not installed", agent->name);
        return;
    }
    (void)snprintf(what, sizeof what, "the link %s", agent->link);
    tell(hook, agent->name, what, is_our_link(hook, agent->link),
         is_there(hook, agent->link) ? "something else has this name; move it away" : "coldstream hook install");
    if (strcmp(agent->name, "qemu") == 0)
        qemu_status(hook);
}

static void hook_status(struct hook *hook)
{
    tell(hook, "all", "the program " HOOK_PROGRAM, is_program(hook, HOOK_PROGRAM), "install the package again");
    for (size_t i = 0; i < COUNT_OF(agents); i++)
        agent_status(hook, &agents[i]);
}

/* ---- install ---- */

/* The folder and those above it, for everybody to read. */
static bool make_folders(struct hook *hook, const char *path)
{
    char whole[PATH_MAX];
    if (!below(hook, path, whole))
        return false;
    for (char *slash = whole + strlen(hook->root) + 1;; *slash++ = '/') {
        slash = strchr(slash, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(whole, 0755) < 0 && errno != EEXIST) {
            failed(hook, path);
            return false;
        }
        if (!slash)
            return true;
    }
}

static void install_link(struct hook *hook, const struct agent *agent)
{
    char whole[PATH_MAX];
    if (!is_installed(hook, agent)) {
        report_say(&hook->tool->report, "%s: this agent is not installed, nothing to do", agent->name);
        return;
    }
    if (is_our_link(hook, agent->link)) {
        report_say(&hook->tool->report, "%s: is there already", agent->link);
        return;
    }
    if (!make_folders(hook, agent->folder) || !below(hook, agent->link, whole))
        return;
    if (symlink(HOOK_PROGRAM, whole) < 0)
        failed(hook, agent->link);
    else
        report_say(&hook->tool->report, "%s: made", agent->link);
}

static void write_drop_in(struct hook *hook)
{
    char whole[PATH_MAX];
    if (!make_folders(hook, "/etc/systemd/system/" UNIT_NAME ".d") || !below(hook, DROP_IN, whole))
        return;
    const int fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        failed(hook, DROP_IN);
        return;
    }
    const bool is_written = write(fd, drop_in_text, sizeof drop_in_text - 1) == (ssize_t)sizeof drop_in_text - 1;
    if (!is_written || fsync(fd) < 0) {
        failed(hook, DROP_IN);
        (void)unlink(whole);
    } else {
        report_say(&hook->tool->report, "%s: made; now run: systemctl daemon-reload && systemctl restart %s", DROP_IN,
                   UNIT_NAME);
    }
    (void)close(fd);
}

static void hook_install(struct hook *hook)
{
    for (size_t i = 0; i < COUNT_OF(agents); i++)
        install_link(hook, &agents[i]);
    if (!is_installed(hook, &agents[0]))
        return;
    if (agent_runs_hooks(hook))
        report_say(&hook->tool->report, "the QEMU agent is started with its hooks already");
    else if (tool_option(hook->tool, OPTION_ENABLE_AGENT))
        write_drop_in(hook);
    else
        report_say(
            &hook->tool->report,
            "the QEMU agent is started without its hooks, so this one will not run: --enable-agent changes that");
}

/* ---- remove ---- */

static void remove_file(struct hook *hook, const char *path)
{
    char whole[PATH_MAX];
    if (!below(hook, path, whole))
        return;
    if (unlink(whole) < 0)
        failed(hook, path);
    else
        report_say(&hook->tool->report, "%s: removed", path);
}

static void hook_remove(struct hook *hook)
{
    char whole[PATH_MAX];
    for (size_t i = 0; i < COUNT_OF(agents); i++) {
        if (is_our_link(hook, agents[i].link))
            remove_file(hook, agents[i].link);
        else if (is_there(hook, agents[i].link))
            report_say(&hook->tool->report, "%s: is not ours, and stays", agents[i].link);
    }
    if (below(hook, DROP_IN, whole) && is_there(hook, DROP_IN)) {
        /* One that somebody edited is theirs. */
        if (any_file_contains(hook, DROP_IN, "ExecStart=-/usr/sbin/qemu-ga -F" DISPATCHER "\n"))
            remove_file(hook, DROP_IN);
        else
            report_say(&hook->tool->report, "%s: was changed, and stays", DROP_IN);
    }
}

/* ---- the command ---- */

static int finish(const struct hook *hook, bool missing_counts)
{
    int status = EXIT_STATUS_DONE;
    if (hook->failed > 0)
        status = EXIT_STATUS_FAILED;
    else if (missing_counts && hook->missing > 0)
        status = EXIT_STATUS_WARNINGS;
    tool_summary(hook->tool, json_line_new("summary"), status);
    return status;
}

static int hook_run(struct tool *tool)
{
    const char *action = tool->options.operands[0];
    const char *root = tool->options.value[OPTION_ROOT];
    struct hook hook = {.tool = tool, .root = root ? root : ""};
    if (strcmp(action, "status") != 0 && strcmp(action, "install") != 0 && strcmp(action, "remove") != 0)
        return tool_usage(tool, "status, install or remove, not '%s'", action);
    if (tool_option(tool, OPTION_ENABLE_AGENT) && strcmp(action, "install") != 0)
        return tool_usage(tool, "--enable-agent goes with install");
    if (strcmp(action, "status") == 0)
        hook_status(&hook);
    else if (strcmp(action, "install") == 0)
        hook_install(&hook);
    else
        hook_remove(&hook);
    return finish(&hook, strcmp(action, "status") == 0);
}

const struct command command_hook = {
    .name = "hook",
    .synopsis = "status | install | remove [--enable-agent] [--root PREFIX]",
    .summary = "look after what guest agents run around a snapshot",
    .description = hook_description,
    .options = hook_options,
    .operands_min = 1,
    .operands_max = 1,
    .run = hook_run,
};
