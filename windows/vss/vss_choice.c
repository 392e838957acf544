/* SPDX-License-Identifier: MIT */
#include "vss_choice.h"

#include <stdlib.h>

/* ---- components of the requester's document ---- */

struct component {
    const struct vss_library *library;
    IVssComponent *object;
    BSTR path, name;
};

static void component_done(struct component *component)
{
    component->library->free_string(component->path);
    component->library->free_string(component->name);
    if (component->object)
        (void)component->object->lpVtbl->Release(component->object);
}

static jet_err component_init(struct component *component, IVssWriterComponents *components, UINT index)
{
    component->object = NULL;
    component->path = component->name = NULL;
    HRESULT answer = components->lpVtbl->GetComponent(components, index, &component->object);
    if (SUCCEEDED(answer))
        answer = component->object->lpVtbl->GetLogicalPath(component->object, &component->path);
    if (SUCCEEDED(answer))
        answer = component->object->lpVtbl->GetComponentName(component->object, &component->name);
    if (SUCCEEDED(answer) && component->path && component->name)
        return JET_errSuccess;
    component_done(component);
    return JET_errInternalError;
}

/* `use` for each; its error ends it. */
static jet_err each_component(const struct vss_library *library, IVssWriterComponents *components,
                              jet_err (*use)(void *context, const struct component *component), void *context)
{
    UINT count = 0;
    if (FAILED(components->lpVtbl->GetComponentCount(components, &count)))
        return JET_errInternalError;
    jet_err err = JET_errSuccess;
    for (UINT i = 0; i < count && err >= JET_errSuccess; i++) {
        struct component component = {.library = library};
        err = component_init(&component, components, i);
        if (err < JET_errSuccess)
            break;
        err = use(context, &component);
        component_done(&component);
    }
    return err;
}

/* ---- names ---- */

static bool has_component(const struct vss_instance *instance, const wchar_t *name)
{
    bool has = vss_name_equal(name, VSS_LOGS_COMPONENT);
    for (size_t i = 0; i < instance->database_count && !has; i++)
        has = vss_name_equal(name, instance->databases[i].component);
    return has;
}

/* `instances->count`: there is none. */
static size_t find(const struct vss_instances *instances, const struct component *component)
{
    size_t i = 0;
    while (i < instances->count && (!vss_name_equal(component->path, instances->items[i].name) ||
                                    !has_component(&instances->items[i], component->name)))
        i++;
    return i;
}

/* ---- choosing ---- */

enum affected { AFFECTED_NONE, AFFECTED_PART, AFFECTED_ALL };

static enum affected affected(const struct vss_instance *instance, const struct vss_object *object)
{
    const size_t all = 2 + instance->database_count;
    size_t count = (vss_object_affects(object, instance->system_path) ? 1u : 0u) +
                   (vss_object_affects(object, instance->log_path) ? 1u : 0u);
    for (size_t i = 0; i < instance->database_count; i++)
        count += vss_object_affects(object, instance->databases[i].folder) ? 1 : 0;
    if (count == 0)
        return AFFECTED_NONE;
    return count == all ? AFFECTED_ALL : AFFECTED_PART;
}

struct marking {
    const struct vss_instances *instances;
    bool *is_chosen;
};

static jet_err mark(void *context, const struct component *component)
{
    const struct marking *marking = context;
    const size_t found = find(marking->instances, component);
    if (found == marking->instances->count)
        return JET_errInstanceUnavailable;
    marking->is_chosen[found] = true;
    return JET_errSuccess;
}

static jet_err mark_all(const struct vss_choice *choice, const struct vss_object *object,
                        IVssWriterComponents *components, bool *is_chosen)
{
    struct marking marking = {&choice->instances, is_chosen};
    if (choice->is_by_components)
        return each_component(object->library, components, mark, &marking);
    for (size_t i = 0; i < choice->instances.count; i++)
        is_chosen[i] = affected(&choice->instances.items[i], object) != AFFECTED_NONE;
    return JET_errSuccess;
}

static jet_err handles_take(struct vss_choice *choice)
{
    choice->handles = calloc(choice->instances.count + 1, sizeof *choice->handles);
    if (!choice->handles)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < choice->instances.count; i++)
        choice->handles[i] = choice->instances.items[i].handle;
    return JET_errSuccess;
}

static jet_err choose(struct vss_choice *choice, const struct vss_object *object, IVssWriterComponents *components)
{
    bool *is_chosen = calloc(choice->instances.count + 1, sizeof *is_chosen);
    if (!is_chosen)
        return JET_errOutOfMemory;
    jet_err err = mark_all(choice, object, components, is_chosen);
    if (err >= JET_errSuccess) {
        vss_instances_keep(&choice->instances, is_chosen);
        err = handles_take(choice);
    }
    free(is_chosen);
    return err;
}

jet_err vss_choice_init(struct vss_choice *choice, const struct vss_writer_host *host, const struct vss_object *object,
                        IVssWriterComponents *components)
{
    *choice = (struct vss_choice){
        .is_by_components = components && vss_object_has_components(object),
        .type = vss_object_backup_type(object),
        .library = object->library,
    };
    jet_err err = vss_instances_init(&choice->instances, host);
    if (err >= JET_errSuccess)
        err = choose(choice, object, components);
    if (err < JET_errSuccess)
        vss_choice_done(choice);
    return err;
}

void vss_choice_done(struct vss_choice *choice)
{
    vss_instances_done(&choice->instances);
    free(choice->handles);
    choice->handles = NULL;
}

/* ---- using it ---- */

bool vss_choice_has(const struct vss_choice *choice, JET_INSTANCE handle)
{
    size_t i = 0;
    while (i < choice->instances.count && choice->handles[i] != handle)
        i++;
    return i < choice->instances.count;
}

bool vss_choice_is_whole(const struct vss_choice *choice, const struct vss_object *object)
{
    bool is_whole = true;
    for (size_t i = 0; i < choice->instances.count && is_whole; i++)
        is_whole = affected(&choice->instances.items[i], object) == AFFECTED_ALL;
    return is_whole;
}

JET_GRBIT vss_choice_grbit(const struct vss_choice *choice)
{
    if (choice->is_by_components && choice->type == VSS_BT_FULL)
        return JET_bitContinueAfterThaw;
    if (choice->is_by_components && (choice->type == VSS_BT_INCREMENTAL || choice->type == VSS_BT_LOG))
        return JET_bitContinueAfterThaw | JET_bitIncrementalSnapshot;
    return JET_bitCopySnapshot;
}

static size_t component_count(const struct vss_choice *choice)
{
    size_t count = 0;
    for (size_t i = 0; i < choice->instances.count; i++)
        count += choice->instances.items[i].database_count + 1;
    return count;
}

struct saving {
    const struct vss_choice *choice;
    size_t saved;
};

/* The document has no component twice: VSS sees to that. */
static jet_err count_saved(void *context, const struct component *component)
{
    struct saving *saving = context;
    boolean is_saved = false;
    if (find(&saving->choice->instances, component) == saving->choice->instances.count)
        return JET_errSuccess; /* of an instance that was not there when it was chosen: vouches for none */
    if (SUCCEEDED(component->object->lpVtbl->GetBackupSucceeded(component->object, &is_saved)) && is_saved)
        saving->saved++;
    return JET_errSuccess;
}

bool vss_choice_is_saved(const struct vss_choice *choice, IVssWriterComponents *components)
{
    struct saving saving = {choice, 0};
    if (!choice->is_by_components || !components || choice->instances.count == 0)
        return false;
    return each_component(choice->library, components, count_saved, &saving) >= JET_errSuccess &&
           saving.saved == component_count(choice);
}

struct stamping {
    const struct vss_choice *choice;
    const wchar_t *stamp;
};

static jet_err stamp_one(void *context, const struct component *component)
{
    const struct stamping *stamping = context;
    if (find(&stamping->choice->instances, component) < stamping->choice->instances.count)
        (void)component->object->lpVtbl->SetBackupStamp(component->object, stamping->stamp);
    return JET_errSuccess;
}

void vss_choice_stamp(const struct vss_choice *choice, IVssWriterComponents *components, const wchar_t *stamp)
{
    struct stamping stamping = {choice, stamp};
    if (components)
        jet_err_ignore(
            each_component(choice->library, components, stamp_one, &stamping)); /* a help for requesters, no more */
}

/* ---- restores ---- */

static jet_err refuse(void *context, const struct component *component)
{
    const struct vss_instances *running = context;
    boolean is_selected = false;
    (void)component->object->lpVtbl->IsSelectedForRestore(component->object, &is_selected);
    if (!is_selected || find(running, component) == running->count)
        return JET_errSuccess;
    (void)component->object->lpVtbl->SetPreRestoreFailureMsg(component->object,
                                                             L"The instance of this database runs: stop it first.");
    return JET_errInstanceUnavailable;
}

bool vss_choice_refuse_restore(const struct vss_writer_host *host, const struct vss_object *object,
                               IVssWriterComponents *components)
{
    struct vss_instances running;
    if (!components)
        return false;
    if (vss_instances_init(&running, host) < JET_errSuccess)
        return true; /* what cannot be ruled out is not risked */
    jet_err err = each_component(object->library, components, refuse, &running);
    vss_instances_done(&running);
    return err < JET_errSuccess;
}
