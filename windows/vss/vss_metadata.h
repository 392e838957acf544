/* SPDX-License-Identifier: MIT */
/* vss_metadata.h - what VSS is told of the instances: components, their files, how they are restored. */
#ifndef COLDSTREAM_WINDOWS_VSS_METADATA_H
#define COLDSTREAM_WINDOWS_VSS_METADATA_H

#include "vss_instance.h"
#include "vss_library.h"

/* `service` NULL: there is none to stop and start. The error is that of the first answer of VSS that was none of
 * success. */
MUST_CHECK jet_err vss_metadata_write(IVssCreateWriterMetadata *metadata, const struct vss_instances *instances,
                                      const wchar_t *service);

#endif
