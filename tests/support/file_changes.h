/* SPDX-License-Identifier: MIT */
/* file_changes.h - counts what the program under test changes on the disk, by watching the calls of os/.
 *
 * Link cs_test_file_changes. A write, a change of size, a new file, a rename and a removal count one each; a flush does
 * not.
 */
#ifndef COLDSTREAM_TESTS_FILE_CHANGES_H
#define COLDSTREAM_TESTS_FILE_CHANGES_H

/* Changes since the program began, by all threads. One that is under way may be counted already. */
unsigned file_changes(void);

#endif
