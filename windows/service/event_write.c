/* SPDX-License-Identifier: MIT */
/* event_write.c - the two places where events go: the Application log, and standard error of a service that runs in a
 * console. */
#include "event.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <windows.h>

#include "../os/os_text.h"
#include "os/os_console.h"

/* Texts as Windows wants them; one that cannot be converted is left empty. */
static void texts_convert(const char *const *texts, size_t count, wchar_t *wide[EVENT_TEXTS_MAX])
{
    for (size_t i = 0; i < EVENT_TEXTS_MAX; i++) {
        wide[i] = NULL;
        if (i >= count || os_text_to_wide(texts[i], &wide[i]) < JET_errSuccess)
            wide[i] = _wcsdup(L"");
    }
}

static void texts_free(wchar_t *wide[EVENT_TEXTS_MAX])
{
    for (size_t i = 0; i < EVENT_TEXTS_MAX; i++)
        free(wide[i]);
}

/* The severity is in the number, as windmc made it. */
static WORD type_of(unsigned long id)
{
    switch (id >> 30) {
    case 3: return EVENTLOG_ERROR_TYPE;
    case 2: return EVENTLOG_WARNING_TYPE;
    default: return EVENTLOG_INFORMATION_TYPE;
    }
}

static void write_system(void *context, unsigned long id, const char *const *texts, size_t count)
{
    wchar_t *wide[EVENT_TEXTS_MAX];
    const HANDLE log = RegisterEventSourceW(NULL, context);
    if (!log)
        return;
    texts_convert(texts, count, wide);
    (void)ReportEventW(log, type_of(id), 0, id, NULL, (WORD)count, 0, (const wchar_t **)(void *)wide, NULL);
    texts_free(wide);
    (void)DeregisterEventSource(log);
}

struct event_writer event_writer_system(const wchar_t *source)
{
    return (struct event_writer){(void *)(uintptr_t)source, write_system};
}

static void write_console(void *context, unsigned long id, const char *const *texts, size_t count)
{
    wchar_t *wide[EVENT_TEXTS_MAX];
    wchar_t *message = NULL;
    char *text = NULL;
    (void)context;
    texts_convert(texts, count, wide);
    const DWORD length =
        FormatMessageW(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY,
                       NULL, id, 0, (wchar_t *)(void *)&message, 0, (va_list *)(void *)wide);
    if (length > 0 && os_text_from_wide(message, length, &text) >= JET_errSuccess) {
        size_t size = strlen(text);
        while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
            size--;
        text[size] = '\n'; /* there is one at the end of each message */
        os_console_write_stderr(text, size + 1);
    }
    LocalFree(message);
    free(text);
    texts_free(wide);
}

struct event_writer event_writer_console(void)
{
    return (struct event_writer){NULL, write_console};
}
