/* SPDX-License-Identifier: MIT */
/* data_folder.h - %ProgramData%\Coldstream, with the configuration. Both return a number of Windows' errors. */
#ifndef COLDSTREAM_WINDOWS_SERVICE_DATA_FOLDER_H
#define COLDSTREAM_WINDOWS_SERVICE_DATA_FOLDER_H

/* Makes it and instances.d, or sets who may write them: administrators and the system. Others may read.
 * ERROR_INVALID_OWNER: it was there before, and is a link or another user's, or something in it is. */
unsigned long data_folder_make(void);

/* Removes what of them is empty; that there is more is no error. */
unsigned long data_folder_remove(void);

#endif
