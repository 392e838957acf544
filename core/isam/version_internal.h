/* SPDX-License-Identifier: MIT */
/* version_internal.h - versions, chains, buckets. See version.h for what they are. */
#ifndef COLDSTREAM_ISAM_VERSION_INTERNAL_H
#define COLDSTREAM_ISAM_VERSION_INTERNAL_H

#include <stdatomic.h>

#include "isam/engine.h"
#include "isam/transaction_internal.h"
#include "isam/version.h"
#include "os/os_thread.h"
#include "storage/latch.h"

/* Which node. Bytes are borrowed. */
struct version_key {
    struct database *db;
    pgno_t fdp;
    objid_t objid;
    bool is_unique;
    const uint8_t *key;
    size_t key_size;
    const uint8_t *data; /* part of the bookmark in non-unique trees, else size 0 */
    size_t data_size;
};

struct version;

/* The versions of one node. Lives as long as it has any, removals that wait included; so does the version that is its
 * home. */
struct version_chain {
    struct version_chain *next; /* in the bucket; guarded by its latch, as are `refs`, `newest` */
    uint64_t hash;
    uint32_t refs;    /* versions that name it, in the chain or not */
    uint32_t charged; /* bytes that count against the store's limit */
    struct version *newest;
    _Atomic bool is_forgotten; /* its tree is gone (version_forget_tree) */
    struct version *home;      /* constants from here on. The version behind which it was allocated, or NULL */
    struct database *db;       /* may be closed already if the tree is forgotten */
    uint8_t dbid;
    pgno_t fdp;
    objid_t objid;
    bool is_unique;
    uint32_t key_size;
    uint32_t data_size;
    uint8_t bytes[]; /* key, data */
};

struct version_action {
    const struct transaction_action *action;
    void *context;
};

struct version {
    struct version *older; /* in the chain; guarded by the bucket's latch, as is `newer` */
    struct version *newer;
    struct version_chain *chain; /* NULL: VERSION_ACTION */
    struct trx *trx;
    struct version *trx_older; /* in the list of the trx, which only its owner reads */

    uint32_t rceid;
    _Atomic uint8_t level; /* falls when an inner level is committed */
    uint8_t kind;          /* enum version_kind; becomes VERSION_REMOVE by its owner once it is in no chain */
    bool is_in_chain;
    bool has_image;   /* REPLACE: the image is known (in redo it may come later) */
    uint32_t charged; /* bytes that count against the store's limit */

    _Atomic pgno_t pending_pgno; /* page under which it is listed; 0: in no list. Changed under that list's latch */
    struct version *pending_next;
    struct version *pending_previous;

    uint16_t delta_offset;
    int64_t delta;
    struct version_action action;
    uint32_t image_size;
    uint8_t *image; /* behind the struct, or allocated (is_image_apart) */
    bool is_image_apart;
};

struct version_bucket {
    _Atomic(struct version_chain *)
        first; /* written under the latch; NULL may be trusted by who has the page latched */
    struct latch latch;
};

/* Versions whose before image is not in the log, by page. */
struct version_pending {
    _Atomic(struct version *) first;
    struct latch latch;
};

struct version_cleaner {
    struct os_thread *thread; /* NULL: not running */
    struct os_event *wake;
    struct os_event *done; /* set after each pass */
    _Atomic bool is_stopping;
    _Atomic bool is_woken;
    struct os_mutex *pass_lock; /* LOCK_RANK_VERSION_CLEAN: one pass at a time */
    struct os_mutex
        *tree_lock; /* LOCK_RANK_VERSION_TREE: held while a node is removed; version_forget_tree() waits for it */
    _Atomic jet_err last_err; /* of the thread's last pass, for who looks with a debugger */
    _Atomic uint64_t settled; /* transactions that were taken from the queue */
    _Atomic uint64_t removed;
};

enum { VERSION_ASKED = 64 };

struct version_store {
    struct engine *engine;
    _Atomic uint64_t
        asked[VERSION_ASKED]; /* hashes of nodes whose removal was asked for by readers: not again at once */
    struct version_bucket *buckets;
    size_t bucket_mask;
    struct version_pending *pending;
    size_t pending_mask;
    _Atomic uint32_t rceid_last;
    _Atomic uint64_t count;
    _Atomic uint64_t bytes;
    uint64_t bytes_max;
    uint64_t bytes_preferred; /* above it the clean-up is woken */
    struct version_cleaner cleaner;
};

MUST_CHECK jet_err version_store_new(struct engine *engine, struct version_store **ret_store);
void version_store_free(struct version_store *store); /* takes NULL; forgets every version of the queue */

/* There is none at all. Who has a page latched may believe it of the nodes there: a version is counted before the page
 * that has its change is given back. (Nodes keep their mark when their versions are gone.) */
static inline bool version_store_is_empty(const struct version_store *store)
{
    return atomic_load_explicit(&store->count, memory_order_relaxed) == 0;
}

/* ---- version.c ---- */

/* Before a change, with nothing latched: is there room for `size` bytes more? JET_errVersionStoreOutOfMemory. */
MUST_CHECK jet_err version_make_room(struct session *session, size_t size);

struct version_new {
    enum version_kind kind;
    uint32_t rceid; /* from a log record, which may come late; 0: the next one */
    unsigned level;
    const uint8_t *image; /* REPLACE; NULL in redo: not known */
    size_t image_size;
    int64_t delta;
    uint16_t delta_offset;
    bool
        is_free_of_charge; /* does not count against the limit: the memory that is used is small against what was asked for */
};

/* Makes a version of the session's transaction, newest of its chain. No check. JET_errOutOfMemory. */
MUST_CHECK jet_err version_add(struct session *session, const struct version_key *key, const struct version_new *what,
                               struct version **ret_version);

uint32_t version_next_rceid(struct version_store *store);

/* transaction_on_end(). */
MUST_CHECK jet_err version_add_action(struct session *session, const struct transaction_action *action, void *context);

/* A version that only says "this node is to be removed", of a trx that has nothing else. False: out of memory, or the
 * node has versions already, which will see to it. */
MUST_CHECK bool version_add_removal(struct version_store *store, const struct version_key *key, struct trx *trx);

/* May the session make a version of that kind here? JET_errWriteConflict. */
MUST_CHECK jet_err version_check_conflict(struct session *session, const struct version_key *key,
                                          enum version_kind kind);

/* Has somebody else changed nodes of the tree that the session does not see: in an open transaction, or after its
 * snapshot? Looks at the whole store. */
MUST_CHECK bool version_has_unseen(const struct session *session, const struct database *db, objid_t objid);

/* Is the newest change of the node one of an open transaction of somebody else? */
MUST_CHECK bool version_is_open_elsewhere(const struct session *session, const struct version_key *key);

uint64_t version_key_hash(const struct version_key *key);

/* Is the node kept from others already as that kind of lock would keep it: by such a lock, or by a change? */
MUST_CHECK bool version_has_lock(const struct session *session, const struct version_key *key, enum version_kind lock);

/* Takes back the newest version of the session, which is `version`. */
void version_revoke(struct session *session, struct version *version);

/* Takes it out of its chain and of its page's list; it stays with its trx. */
void version_unlink(struct version_store *store, struct version *v);

/* Frees it; it is unlinked, and in no trx's list any more. An action is disposed of. */
void version_free(struct version_store *store, struct version *v);

/* Unlinks and frees all versions of the trx, then the trx; takes NULL. */
void version_free_trx(struct version_store *store, struct trx *trx);

/* Why versions of a committed transaction cannot be forgotten at once, even if every snapshot sees it. */
enum version_keep {
    VERSION_KEEP_CLEANER = 1 << 0, /* there are deleted nodes, or actions to be settled */
    VERSION_KEEP_DURABLE = 1 << 1, /* pages wait for its Commit0 record (version.h, rule 5) */
};

/* The transaction was committed: its locks end, its actions hear of it, oldest first. Returns enum version_keep. The
 * session is at level 0. */
MUST_CHECK unsigned version_commit_trx(struct session *session, struct trx *trx);

/* Frees versions that are linked by trx_older only, and in no chain. */
void version_free_list(struct version_store *store, struct version *newest);

/* What a session sees of a node: starts as what is on the page. */
struct version_sight {
    bool exists; /* not flag-deleted */
    const uint8_t *data;
    size_t size;
    bool has_versions; /* set by version_see(): the store knows the node */
};

/* A buffer that grows; holds images that were copied out. */
struct version_image {
    uint8_t *bytes;
    size_t capacity;
};
void version_image_free(struct version_image *image);

/* Takes back what the session does not see; the page is latched. `sight->data` then may point into `image`.
 * JET_errOutOfMemory. */
MUST_CHECK jet_err version_see(const struct session *session, const struct version_key *key,
                               struct version_sight *sight, struct version_image *image);

/* Is every version of the node, but for those of `own`, one that nobody needs any more? With `own` NULL: of all. */
bool version_is_settled(struct version_store *store, const struct version_key *key, const struct trx *own);

struct version *version_find_own(struct version_store *store, const struct version_key *key, const struct trx *trx,
                                 uint32_t rceid, enum version_kind kind);

void version_chain_key(const struct version_chain *chain, struct version_key *ret_key);

/* ---- version_pending.c ---- */

/* The before image of this version must be in the log before page `pgno` is written. The page is latched
 * exclusively. */
void version_pending_add(struct version_store *store, struct version *v, pgno_t pgno);
void version_pending_remove(struct version_store *store, struct version *v);

/* Logs the image of a version that is listed. Errors of log_append(). */
MUST_CHECK jet_err version_pending_log(struct version_store *store, struct version *version);

/* ---- version_undo.c ---- */

/* Undoes the session's newest version: page, chain, list. What remains of an insert is put into `removals`. */
MUST_CHECK jet_err version_undo_newest(struct session *session, struct version **removals);

/* ---- version_clean.c ---- */

MUST_CHECK jet_err version_cleaner_init(struct version_store *store);
void version_cleaner_destroy(struct version_store *store);
MUST_CHECK jet_err version_cleaner_start(struct version_store *store);
void version_cleaner_stop(struct version_store *store);

/* The thread should look at the queue. Cheap; takes no lock that anybody holds for long. */
void version_cleaner_wake(struct version_store *store);

/* Wakes it, and waits until it made a pass, for a while. */
void version_cleaner_wait(struct version_store *store);

#endif
