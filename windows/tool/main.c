/* SPDX-License-Identifier: MIT */
/* main.c - the program `coldstream` on Windows.
 *
 * The arguments come as UTF-16 and go on as UTF-8. What the program prints is UTF-8 too, byte for byte the same as on
 * Linux: the C library must not turn line ends into two characters, and a console must not read the bytes in a code
 * page of long ago. The code page belongs to the console, not to us, and is put back.
 */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>

#include <windows.h>

#include "os/os_console.h"
#include "tool/tool.h"
#include "../client/client.h"
#include "../os/os_text.h"

int wmain(int argc, wchar_t **argv);

static void arguments_free(char **arguments)
{
    for (char **argument = arguments; argument && *argument; argument++)
        free(*argument);
    free(arguments);
}

static jet_err arguments_convert(int argc, wchar_t **argv, char ***ret_arguments)
{
    jet_err err = JET_errOutOfMemory;
    char **arguments = calloc((size_t)argc + 1, sizeof *arguments);
    if (!arguments)
        goto fail;
    for (int i = 0; i < argc; i++) {
        err = os_text_from_wide(argv[i], wcslen(argv[i]), &arguments[i]);
        if (err < JET_errSuccess)
            goto fail;
    }
    *ret_arguments = arguments;
    return JET_errSuccess;
fail:
    arguments_free(arguments);
    return err;
}

static const struct tool_platform platform = {.service = &client_door};

static int run(int argc, wchar_t **argv)
{
    static const char out_of_memory[] = "coldstream: out of memory\n";
    char **arguments = NULL;
    if (arguments_convert(argc, argv, &arguments) < JET_errSuccess) {
        os_console_write_stderr(out_of_memory, sizeof out_of_memory - 1);
        return EXIT_FAILURE;
    }
    int status = coldstream_main(argc, arguments, &platform);
    arguments_free(arguments);
    return status;
}

int wmain(int argc, wchar_t **argv)
{
    UINT code_page = GetConsoleOutputCP(); /* 0 without a console */
    SetErrorMode(SEM_FAILCRITICALERRORS);  /* a drive without a disk is an error, and no question to anybody */
    (void)_setmode(_fileno(stdin), _O_BINARY);
    (void)_setmode(_fileno(stdout), _O_BINARY);
    (void)_setmode(_fileno(stderr), _O_BINARY);
    if (code_page != 0)
        SetConsoleOutputCP(CP_UTF8);
    int status = run(argc, argv);
    if (code_page != 0) {
        (void)fflush(stdout);
        SetConsoleOutputCP(code_page);
    }
    return status;
}
