/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include "base/compiler.h"

const char arguments_usage[] =
    "usage: coldstreamd install [--name NAME] [--config FILE] [--account ACCOUNT [--password PASSWORD]]\n"
    "       coldstreamd stop    [--name NAME]        stops the service, and waits until its process is gone\n"
    "       coldstreamd remove  [--name NAME]        the same, and removes it; its data stay\n"
    "       coldstreamd run     [--name NAME] [--config FILE]   here, until Ctrl-C; events go to standard error\n"
    "       coldstreamd --check-config [FILE]        reads the configuration; 0: good, 2: not\n"
    "       coldstreamd --version | --help\n"
    "NAME is coldstream if it is not given: the service's, its event source's, and its pipe's (\\\\.\\pipe\\NAME). "
    "FILE is\n"
    "%ProgramData%\\Coldstream\\coldstream.conf; instances.d is looked for beside it. ACCOUNT is Local System; a "
    "virtual\n"
    "account, 'NT SERVICE\\NAME', needs no password. 'install' registers the service to start with Windows, or "
    "changes\n"
    "what was registered before; 'net start NAME' starts it now.\n";

static const struct {
    const wchar_t *word;
    enum arguments_command command;
} commands[] = {
    {L"service",        ARGUMENTS_SERVICE     },
    {L"run",            ARGUMENTS_RUN         },
    {L"install",        ARGUMENTS_INSTALL     },
    {L"stop",           ARGUMENTS_STOP        },
    {L"remove",         ARGUMENTS_REMOVE      },
    {L"--check-config", ARGUMENTS_CHECK_CONFIG},
    {L"--version",      ARGUMENTS_VERSION     },
    {L"--help",         ARGUMENTS_HELP        },
};

static bool take_command(const wchar_t *word, struct arguments *arguments)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (wcscmp(word, commands[i].word) != 0)
            continue;
        arguments->command = commands[i].command;
        return true;
    }
    return false;
}

/* It becomes a part of a registry key, of a pipe's name and of a quoted command line. */
static bool is_name(const wchar_t *name)
{
    const size_t length = wcslen(name);
    return length > 0 && length <= 80 && wcspbrk(name, L"\\/\"") == NULL;
}

static bool take_option(const wchar_t *option, const wchar_t *value, struct arguments *arguments)
{
    if (wcscmp(option, L"--name") == 0 && is_name(value))
        arguments->name = value;
    else if (wcscmp(option, L"--config") == 0)
        arguments->config = value;
    else if (wcscmp(option, L"--account") == 0 && arguments->command == ARGUMENTS_INSTALL)
        arguments->account = value;
    else if (wcscmp(option, L"--password") == 0 && arguments->command == ARGUMENTS_INSTALL)
        arguments->password = value;
    else
        return false;
    return true;
}

bool arguments_parse(int count, wchar_t *const *values, struct arguments *ret_arguments)
{
    int at = 2;
    *ret_arguments = (struct arguments){.name = L"coldstream"};
    if (count < 2 || !take_command(values[1], ret_arguments))
        return false;
    if (ret_arguments->command == ARGUMENTS_CHECK_CONFIG && at < count)
        ret_arguments->config = values[at++];
    for (; at + 1 < count; at += 2)
        if (!take_option(values[at], values[at + 1], ret_arguments))
            return false;
    return at == count;
}
