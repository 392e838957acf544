/* SPDX-License-Identifier: MIT */
/* vss_object.h - the object that VSS calls: an object of a class derived from CVssWriter, laid out by hand.
 *
 *      +0x00   pointer to the table of virtual methods: ours
 *      +0x08   vssapi's own
 *      +0x10   room, should its constructor want more than the headers say
 *
 * Microsoft's compiler gives a virtual destructor one slot, and these methods no overloads, so the table is in the
 * order of the declarations. No exception may leave a method, and none of ours throws. */
#ifndef COLDSTREAM_WINDOWS_VSS_OBJECT_H
#define COLDSTREAM_WINDOWS_VSS_OBJECT_H

#include "vss_library.h"

struct vss_object;

struct vss_methods {
    struct vss_object *(*destroy)(struct vss_object *self, unsigned flags);
    vss_bool (*on_identify)(struct vss_object *self, IVssCreateWriterMetadata *metadata);
    vss_bool (*on_prepare_backup)(struct vss_object *self, IVssWriterComponents *components);
    vss_bool (*on_prepare_snapshot)(struct vss_object *self);
    vss_bool (*on_freeze)(struct vss_object *self);
    vss_bool (*on_thaw)(struct vss_object *self);
    vss_bool (*on_abort)(struct vss_object *self);
    vss_bool (*on_backup_complete)(struct vss_object *self, IVssWriterComponents *components);
    vss_bool (*on_backup_shutdown)(struct vss_object *self, VSS_ID snapshot_set_id);
    vss_bool (*on_pre_restore)(struct vss_object *self, IVssWriterComponents *components);
    vss_bool (*on_post_restore)(struct vss_object *self, IVssWriterComponents *components);
    vss_bool (*on_post_snapshot)(struct vss_object *self, IVssWriterComponents *components);
    vss_bool (*on_back_off_io)(struct vss_object *self, wchar_t *volume, VSS_ID snapshot_id, VSS_ID provider_id);
    vss_bool (*on_continue_io)(struct vss_object *self, wchar_t *volume, VSS_ID snapshot_id, VSS_ID provider_id);
    vss_bool (*on_vss_shutdown)(struct vss_object *self);
    vss_bool (*on_vss_startup)(struct vss_object *self);
};
_Static_assert(sizeof(struct vss_methods) == 16 * sizeof(void *), "the table of CVssWriter");

struct vss_object {
    const struct vss_methods *methods;
    void *vssapi;
    void *room[30];
    /* ours */
    const struct vss_library *library;
    IVssWriterImpl *impl; /* of the new way; else NULL */
    bool is_constructed;  /* by the old way */
    void *context;
};

/* For the calls that the writer's thread makes; `text` of VSS_WRITER_TEXT_SIZE bytes says what VSS answered.
 * JET_errFeatureNotAvailable (VSS is not active), JET_errAccessDenied, JET_errInternalError. */
MUST_CHECK jet_err vss_object_init(struct vss_object *object, const struct vss_library *library,
                                   const struct vss_methods *methods, void *context, const wchar_t *instance_name,
                                   char *text);
MUST_CHECK jet_err vss_object_subscribe(struct vss_object *object, char *text);

/* Waits for the methods that run; then none runs any more. */
void vss_object_unsubscribe(struct vss_object *object);
void vss_object_done(struct vss_object *object);

/* ---- what a method may ask; what VSS cannot tell is the careful answer ---- */

/* On the method's own thread, and never in OnIdentify. */
void vss_object_fail(struct vss_object *object, HRESULT failure);
VSS_BACKUP_TYPE vss_object_backup_type(const struct vss_object *object);       /* not known: a copy */
bool vss_object_has_components(const struct vss_object *object);               /* not known: none was selected */
bool vss_object_affects(const struct vss_object *object, const wchar_t *path); /* not known: yes */
/* Only from OnPrepareSnapshot to OnPostSnapshot. False: not known. */
bool vss_object_set_id(const struct vss_object *object, VSS_ID *ret_id);

#endif
