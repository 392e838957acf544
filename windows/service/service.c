/* SPDX-License-Identifier: MIT */
#include "service.h"

enum service_exit service_run(const struct service_order *order)
{
    static const char *const started[] = {COLDSTREAM_VERSION, "-", "0"};
    order->tell(order->context, SERVICE_PHASE_STARTING);
    event_report(order->log, EVENT_STARTED, started, COUNT_OF(started));
    order->tell(order->context, SERVICE_PHASE_RUNNING);
    (void)os_event_wait(order->stop, OS_WAIT_FOREVER);
    order->tell(order->context, SERVICE_PHASE_STOPPING);
    event_report(order->log, EVENT_STOPPED, NULL, 0);
    return SERVICE_EXIT_DONE;
}

enum service_exit service_check_config(const wchar_t *config)
{
    (void)config;
    return SERVICE_EXIT_DONE;
}
