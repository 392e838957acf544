/* SPDX-License-Identifier: MIT */
#include "jet/session_parameter.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "isam/session.h"
#include "jet/jet_session.h"

enum { CACHE_PRIORITY_MOST = 1000, CACHE_PRIORITY_DEFAULT = 100 };

/* Whose work it is, if nobody says: the user's id of the engine itself. */
static const uint32_t user_unknown = 0x80000000;

enum kind {
    NUMBER,    /* 32 bits */
    STRUCTURE, /* so many bytes */
    BYTES,     /* any number of bytes */
    LEVEL,     /* of the transaction; read-only */
};

struct parameter {
    uint32_t id;
    enum kind kind;
    size_t offset, size; /* in struct jet_session */
    uint32_t most;       /* of a number; as bits, if is_bits */
    bool is_bits;
};

#define MEMBER(name) offsetof(struct jet_session, name), sizeof((struct jet_session *)0)->name

static const struct parameter parameters[] = {
    {JET_sesparamCommitDefault,        NUMBER,         MEMBER(commit_default),                JET_bitCommitLazyFlush,            true                         },
    {JET_sesparamCommitGenericContext, BYTES,          MEMBER(commit_context),                SESSION_CONTEXT_MAX,               false                        },
    {JET_sesparamTransactionLevel,     LEVEL,          0,                                     sizeof(uint32_t),                  0,                             false},
    {JET_sesparamOperationContext,                                STRUCTURE,                   MEMBER(operation_context),                0,      false                  },
    {JET_sesparamCorrelationID,                                NUMBER,                      MEMBER(correlation_id),                      UINT32_MAX,            false},
    {JET_sesparamCachePriority,                                NUMBER,                      MEMBER(cache_priority),                      CACHE_PRIORITY_MOST,            false         },
    {JET_sesparamCommitContextContainsCustomerData,                                NUMBER,  MEMBER(context_has_customer_data),  UINT32_MAX, false         },
    {JET_sesparamCommitContextNeedPreCommitCallback,                                NUMBER, MEMBER(context_needs_callback), UINT32_MAX,    false             },
};

static const struct parameter *find(uint32_t id)
{
    for (size_t i = 0; i < COUNT_OF(parameters); i++)
        if (parameters[i].id == id)
            return &parameters[i];
    return NULL;
}

void session_parameters_init(struct jet_session *session)
{
    session->operation_context.ulUserID = user_unknown;
    session->cache_priority = CACHE_PRIORITY_DEFAULT;
}

void session_parameters_done(struct jet_session *session)
{
    free(session->commit_context.bytes);
    session->commit_context = (struct session_bytes){0};
}

/* What is too long leaves nothing behind. */
static jet_err bytes_take(struct session_bytes *bytes, const void *value, uint32_t size, uint32_t most)
{
    void *copy = NULL;
    if (size > 0 && size <= most) {
        copy = malloc(size);
        if (!copy)
            return JET_errOutOfMemory;
        memcpy(copy, value, size);
    }
    free(bytes->bytes);
    *bytes = (struct session_bytes){copy, copy ? size : 0};
    return size > most ? JET_errInvalidBufferSize : JET_errSuccess;
}

static jet_err number_check(const struct parameter *parameter, const void *value)
{
    uint32_t number;
    memcpy(&number, value, sizeof number);
    if (parameter->is_bits)
        return (number & ~parameter->most) != 0 ? JET_errInvalidGrbit : JET_errSuccess;
    return number > parameter->most ? JET_errInvalidParameter : JET_errSuccess;
}

jet_err session_parameter_set(struct jet_session *session, uint32_t id, const void *value, uint32_t size)
{
    const struct parameter *parameter = find(id);
    if (!value && size > 0)
        return JET_errInvalidParameter;
    if (!parameter)
        return JET_errInvalidSesparamId;
    if (parameter->kind == LEVEL)
        return JET_errFeatureNotAvailable;
    void *member = (char *)session + parameter->offset;
    if (parameter->kind == BYTES)
        return bytes_take(member, value, size, parameter->most);
    if (!value || size != parameter->size)
        return JET_errInvalidBufferSize;
    jet_err err = parameter->kind == NUMBER ? number_check(parameter, value) : JET_errSuccess;
    if (err >= JET_errSuccess)
        memcpy(member, value, size);
    return err;
}

jet_err session_parameter_get(const struct jet_session *session, uint32_t id, void *value, uint32_t size,
                              uint32_t *ret_actual)
{
    const struct parameter *parameter = find(id);
    if (!parameter)
        return JET_errInvalidSesparamId;
    const uint32_t level = session->session->level;
    const void *member = parameter->kind == LEVEL ? (const void *)&level : (const char *)session + parameter->offset;
    uint32_t actual = (uint32_t)parameter->size;
    if (parameter->kind == BYTES) {
        const struct session_bytes *bytes = member;
        member = bytes->bytes;
        actual = bytes->size;
    }
    if (ret_actual)
        *ret_actual = actual;
    if (!value)
        return JET_errSuccess;
    if (size < actual)
        return parameter->kind == BYTES ? JET_errBufferTooSmall : JET_errInvalidBufferSize;
    if (actual > 0)
        memcpy(value, member, actual);
    return JET_errSuccess;
}
