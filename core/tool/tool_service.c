/* SPDX-License-Identifier: MIT */
#include "tool/tool.h"
#include "tool/tool_service.h"

static int absent(struct tool *tool, const char *why)
{
    report_error(&tool->report, "%s", why);
    return EXIT_STATUS_NO_SERVICE;
}

bool tool_service_open(struct tool *tool, int *ret_status)
{
    struct service_failure failure = {.status = EXIT_STATUS_FAILED};
    if (!tool->platform || !tool->platform->service) {
        *ret_status = absent(tool, "there is no service on this platform yet");
        return false;
    }
    jet_err err =
        tool->platform->service->open(tool->options.value[OPTION_BUS_ADDRESS], tool->stop, &tool->service, &failure);
    if (err >= JET_errSuccess)
        return true;
    if (!interrupt_happened(ret_status)) {
        report_error(&tool->report, "%s", failure.text);
        *ret_status = (int)failure.status;
    }
    return false;
}

bool tool_service_begin(struct tool *tool, int *ret_status)
{
    tool->output_targets =
        (struct interrupt_targets){.stop = tool->stop, .status = progress_status_event(tool->report.progress)};
    jet_err err = interrupt_begin(&tool->output_targets);
    if (err < JET_errSuccess) {
        report_error(&tool->report, "%s", jet_err_text(err));
        *ret_status = EXIT_STATUS_FAILED;
        return false;
    }
    return tool_service_open(tool, ret_status);
}

int tool_service_failed(struct tool *tool, const char *what, jet_err err)
{
    const struct service_failure *failure = &tool->service->failure;
    int interrupted;
    if (err == JET_errBackupAbortByServer && interrupt_happened(&interrupted))
        return interrupted;
    report_error(&tool->report, "%s%s%s", what ? what : "", what ? ": " : "", failure->text);
    return (int)failure->status;
}

void tool_service_end(struct tool *tool)
{
    if (tool->service)
        tool->service->ops->free(tool->service);
    tool->service = NULL;
}
