/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "tool/tool.h"

/* Arguments are bytes and stay as they are given. A reader that goes away is an error to report, not a way to die. */
int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    return coldstream_main(argc, argv);
}
