/* SPDX-License-Identifier: MIT */
/* Database headers. Input: a byte of choices, a length, then the bytes of the header; or, by choice, a raw file.
 *
 *      bits 0-2  page size 2048 << n (n up to 4)      bit 3  seal the primary      bit 4  seal the shadow
 *      bit 5     the file is cut to the length        bit 7  everything after this byte is the file
 */
#include "format/dbheader.h"
#include "format/page.h"

#include "fuzz_input.h"

static uint8_t file[DBHEADER_PREFIX_SIZE];

static void look_at_header(const struct dbheader_disk *header)
{
    const struct logtime_disk times[] = {header->logtime_attach, header->logtime_detach, header->logtime_consistent,
                                         header->signature.created};
    char text[LOGTIME_TEXT_SIZE], position[LGPOS_TEXT_SIZE];

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        logtime_format(times[i], text);
        fuzz_expect(strlen(text) < sizeof text);
        (void)logtime_is_plausible(times[i]);
    }
    lgpos_format(lgpos_get(header->lgpos_attach), position);
    fuzz_touch(dbheader_state_name(le32_get(header->state)), 1);
    fuzz_touch(dbheader_filetype_name(le32_get(header->filetype)), 1);
    fuzz_touch(dbheader_backup_type_name(le32_get(header->backup_type_full_prev)), 1);
}

static void select_from(const uint8_t *bytes, size_t size)
{
    struct dbheader_selection selection;
    const jet_err err = dbheader_select(bytes, size, &selection);

    fuzz_expect(err != JET_errSuccess || selection.header);
    if (selection.header) {
        fuzz_expect(page_size_is_valid(selection.page_size));
        fuzz_touch(selection.header, selection.page_size);
        /* What is a header by its checksum alone may be a log's: select, which sees the file, says so. */
        fuzz_expect(dbheader_verify(selection.header, selection.page_size) ==
                    (selection.has_magic ? err : JET_errInvalidDatabaseVersion));
        fuzz_expect(selection.has_magic || err == JET_errDatabaseCorrupted);
        look_at_header(selection.header);
    }
    for (size_t page_size = 0; page_size <= PAGE_SIZE_MAX; page_size = page_size ? page_size * 2 : PAGE_SIZE_MIN)
        fuzz_expect(dbheader_check_attach(&selection, page_size) <= JET_errSuccess);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const uint8_t choice = fuzz_byte(&input);
    const size_t page_size = (size_t)PAGE_SIZE_MIN << (choice & 7) % 5;
    size_t file_size = sizeof file;
    struct dbheader_disk *header = (void *)file;

    if (choice & 0x80) {
        select_from(input.bytes, input.left < sizeof file ? input.left : sizeof file);
        return 0;
    }
    memset(file, 0, sizeof file);
    if (choice & 0x20)
        file_size = fuzz_u32(&input) % sizeof file;
    (void)fuzz_take(&input, header, sizeof *header);
    if (choice & 0x08) {
        header->page_size = le32_make((uint32_t)page_size);
        dbheader_seal(header, page_size);
    }
    memcpy(file + page_size, file, page_size);
    (void)fuzz_take(&input, file + page_size, page_size); /* what is left changes the shadow */
    if (choice & 0x10) {
        header = (void *)(file + page_size);
        header->page_size = le32_make((uint32_t)page_size);
        dbheader_seal(header, page_size);
    }
    select_from(file, file_size);
    return 0;
}
