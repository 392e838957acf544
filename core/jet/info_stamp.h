/* SPDX-License-Identifier: MIT */
/* info_stamp.h - positions, times and signatures of files (format/stamp.h) as the API's structures have them. */
#ifndef COLDSTREAM_JET_INFO_STAMP_H
#define COLDSTREAM_JET_INFO_STAMP_H

#include "format/stamp.h"
#include "jet/esent.h"

JET_LGPOS info_lgpos(struct lgpos_disk disk);
JET_LOGTIME info_logtime(struct logtime_disk disk);
JET_SIGNATURE info_signature(const struct signature_disk *disk);

#endif
