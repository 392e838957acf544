/* SPDX-License-Identifier: MIT */
/* esent.h - the JET API: what an application of ESENT includes, on Linux and on Windows.
 *
 * This header is the contract with programs that exist, so it keeps their names: functions, structures, fields and
 * constants are called as in Microsoft's documented API; numbers and layouts are facts of that API. It is complete:
 * every function and every flag that there is, what is not built included.
 *
 *      esent.h                 types, callbacks, and the files below
 *      esent_bits.h            flags (grbits)                  esent_info.h        structures that tell something
 *      esent_parameters.h      parameters and their values     esent_structs.h     structures of schema and records
 *      esent_constants.h       all other constants             esent_text.h        all that has text, for A and W
 *      esent_names.h           bare names                      esent_functions.h   all other functions
 *      base/jet_err.h          error codes                     esent_platform.h    the calling convention
 *
 * Rules.
 *   1. Handles and parameter values have the size of a pointer; JET_ERR, JET_DBID, JET_COLUMNID, JET_GRBIT and every
 *      count and size of a call have 32 bits, on every platform. Never write `unsigned long` for them on Linux.
 *   2. Text is char in the A forms (Linux: UTF-8; Windows: the process's code page) and 16-bit WCHAR in the W forms, on
 *      Linux too, where wchar_t is something else: write u"name".
 *   3. A bare name is the A form, or W where the program defines JET_UNICODE.
 *   4. Layouts are Microsoft's: packed to 4 where pointers have 32 bits, with six structures packed to 1 (esent_info.h).
 *      tests/unit/jet/test_esent_abi.c has the sizes.
 *   5. Which functions are built is in exports.list; the others return JET_wrnNyi.
 *
 * Installed as <esent.h> with its parts beside it. It cannot be mixed with another esent.h in one file.
 */
#ifndef COLDSTREAM_JET_ESENT_H
#define COLDSTREAM_JET_ESENT_H

#if defined(_INC_ESENT) || defined(_JET_INCLUDED)
#error "another esent.h is included already"
#endif
#define _INC_ESENT
#define _JET_INCLUDED

#include <stdint.h>

#include "base/jet_err.h"
#include "jet/esent_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The newest version of the API that is asked for; everything is declared whatever it is. */
#ifndef JET_VERSION
#define JET_VERSION 0x0A00
#endif

typedef int32_t JET_ERR;
typedef uintptr_t JET_API_PTR;

typedef JET_API_PTR JET_HANDLE; /* an open file of a backup, a registered callback */
typedef JET_API_PTR JET_INSTANCE;
typedef JET_API_PTR JET_SESID;
typedef JET_API_PTR JET_TABLEID;
typedef JET_API_PTR JET_LS; /* local storage: the application's own */
typedef JET_API_PTR JET_OSSNAPID;

typedef uint32_t JET_DBID;
typedef uint32_t JET_COLUMNID;
typedef uint32_t JET_GRBIT;
typedef uint32_t JET_COLTYP;
typedef uint32_t JET_OBJTYP;
typedef uint32_t JET_CBTYP;
typedef uint32_t JET_SNP;
typedef uint32_t JET_SNT;
typedef uint32_t JET_SNC;
typedef uint32_t JET_ENGINEFORMATVERSION;
typedef double JET_DATESERIAL; /* days since 30 December 1899 */

typedef char *JET_PSTR;
typedef const char *JET_PCSTR;
typedef WCHAR *JET_PWSTR;
typedef const WCHAR *JET_PCWSTR;

#include "jet/esent_bits.h"
#include "jet/esent_constants.h"
#include "jet/esent_parameters.h"

#if UINTPTR_MAX == 0xFFFFFFFFu
#pragma pack(push, 4)
#endif

#include "jet/esent_info.h"
#include "jet/esent_structs.h"

/* Progress of a long call; what `pv` points to depends on `snp` and `snt`. */
typedef JET_ERR(JET_API *JET_PFNSTATUS)(JET_SESID sesid, JET_SNP snp, JET_SNT snt, void *pv);
/* Recovery control of JetInit4. */
typedef JET_ERR(JET_API *JET_PFNINITCALLBACK)(JET_SNP snp, JET_SNT snt, void *pv, void *pvContext);
/* Events of a table; JET_cbtyp... says which. */
typedef JET_ERR(JET_API *JET_CALLBACK)(JET_SESID sesid, JET_DBID dbid, JET_TABLEID tableid, JET_CBTYP cbtyp,
                                       void *pvArg1, void *pvArg2, void *pvContext, JET_API_PTR ulUnused);
/* A transaction committed lazily has become durable. */
typedef JET_ERR(JET_API *JET_PFNDURABLECOMMITCALLBACK)(JET_INSTANCE instance, JET_COMMIT_ID *pCommitIdSeen,
                                                       JET_GRBIT grbit);
/* Memory for JetEnumerateColumns: cb 0 frees, pv NULL allocates. */
typedef void *(JET_API *JET_PFNREALLOC)(void *pvContext, void *pv, uint32_t cb);

#define JET_CHAR      char
#define JET_AW(name)  name##A
#define JET_AW_(name) name##_A
#include "jet/esent_text.h"
#undef JET_CHAR
#undef JET_AW
#undef JET_AW_
#define JET_CHAR      WCHAR
#define JET_AW(name)  name##W
#define JET_AW_(name) name##_W
#include "jet/esent_text.h"
#undef JET_CHAR
#undef JET_AW
#undef JET_AW_

#include "jet/esent_functions.h"

#if UINTPTR_MAX == 0xFFFFFFFFu
#pragma pack(pop)
#endif

#ifdef __cplusplus
}
#endif

#include "jet/esent_names.h"

#endif
