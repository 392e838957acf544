/* SPDX-License-Identifier: MIT */
/* session_parameter.h - JetSetSessionParameter and JetGetSessionParameter: what a session is told about itself.
 *
 * A parameter is a number, a structure, or bytes of any size. Most are for those who trace or account; only
 * JET_sesparamCommitDefault changes what the engine does.
 */
#ifndef COLDSTREAM_JET_SESSION_PARAMETER_H
#define COLDSTREAM_JET_SESSION_PARAMETER_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct jet_session;

enum { SESSION_CONTEXT_MAX = 30000 }; /* bytes of JET_sesparamCommitGenericContext */

/* The values of a new session. */
void session_parameters_init(struct jet_session *session);
void session_parameters_done(struct jet_session *session);

/* JET_errInvalidSesparamId, JET_errInvalidParameter, JET_errInvalidBufferSize, JET_errInvalidGrbit,
 * JET_errFeatureNotAvailable (it can only be asked for), JET_errOutOfMemory. */
MUST_CHECK jet_err session_parameter_set(struct jet_session *session, uint32_t id, const void *value, uint32_t size);

/* `value` NULL: only the size is wanted; `ret_actual` NULL: it is not. JET_errInvalidSesparamId;
 * JET_errInvalidBufferSize, JET_errBufferTooSmall (of what has no fixed size). */
MUST_CHECK jet_err session_parameter_get(const struct jet_session *session, uint32_t id, void *value, uint32_t size,
                                         uint32_t *ret_actual);

#endif
