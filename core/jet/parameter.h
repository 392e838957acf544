/* SPDX-License-Identifier: MIT */
/* parameter.h - JetSetSystemParameter and JetGetSystemParameter without their text: which set is meant, and when. */
#ifndef COLDSTREAM_JET_PARAMETER_H
#define COLDSTREAM_JET_PARAMETER_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

/* Sets a parameter of an instance, of the process, or of the instances to come. `handle`: 0 or JET_instanceNil is none.
 * JET_errInvalidParameter, JET_errInvalidSesid; JET_errAlreadyInitialized: too late for this parameter;
 * param_set_value()'s. */
MUST_CHECK jet_err parameter_set(JET_INSTANCE handle, JET_SESID sesid, uint32_t id, JET_API_PTR number,
                                 const char *text);

/* Gets one. `number` (may be NULL) is also read: JET_paramErrorToString gets the code in it; what
 * JET_paramUnicodeIndexDefault gives needs `room` bytes there (JET_errBufferTooSmall). `ret_text`: for parameters that
 * are text, a new string for free(); else NULL. */
MUST_CHECK jet_err parameter_get(JET_INSTANCE handle, JET_SESID sesid, uint32_t id, JET_API_PTR *number, size_t room,
                                 char **ret_text);

#endif
