/* SPDX-License-Identifier: MIT */
/* crc32c.h - CRC-32C (Castagnoli, as in iSCSI and ext4): what CloseFile says of a stream. */
#ifndef COLDSTREAM_LINUX_HOST_CRC32C_H
#define COLDSTREAM_LINUX_HOST_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of what `crc` is of (0: of nothing yet), and then these bytes. By the processor's instruction where it has one. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t size);

/* The same, step by step: for the test of the other. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t size);

#endif
