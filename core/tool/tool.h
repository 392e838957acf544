/* SPDX-License-Identifier: MIT */
/* tool.h - the command line `coldstream`, portable part.
 *
 * main() of the platform turns its arguments into UTF-8 (Linux: passes them as they are) and calls this.
 */
#ifndef COLDSTREAM_TOOL_TOOL_H
#define COLDSTREAM_TOOL_TOOL_H

/* Runs the command in argv[1 ...]; the exit status of the process. The array is rearranged. Nothing is kept, but that a
 * process that has watched for interrupts goes on to ignore them: may be called again. */
int coldstream_main(int argc, char **argv);

#endif
