/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "tool/tool.h"

/* Arguments are bytes and stay as they are given. A reader that goes away and a file-size limit that is met are errors
 * to report, not ways to die. */
int main(int argc, char **argv)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    return coldstream_main(argc, argv);
}
