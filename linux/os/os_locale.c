/* SPDX-License-Identifier: MIT */
#include "os_locale.h"

#include <string.h>
#include <strings.h>
#include <unicode/uloc.h>

#include "base/types.h"
#include "os/os_collation.h"

enum {
    LCID_INVARIANT = 0x7F,
    LCID_USER_DEFAULT = 0x400,
    LCID_SYSTEM_DEFAULT = 0x800,
    LCID_LANGUAGE_MASK = 0xFFFF,
};
#define LCID_NAME_DEFAULT "en-US" /* what "the user's language" is: keys must not depend on who is logged in */

/* Languages with a second order. */
static const struct alternative {
    const char *name;
    uint32_t lcid;
    const char *icu;
} alternatives[] = {
    {"de-DE_phoneb", 0x10407, "de_DE@collation=phonebook"  },
    {"es-ES_tradnl", 0x0040A, "es_ES@collation=traditional"},
    {"ja-JP_radstr", 0x40411, "ja_JP@collation=unihan"     },
    {"zh-CN_stroke", 0x20804, "zh_Hans_CN@collation=stroke"},
    {"zh-SG_stroke", 0x21004, "zh_Hans_SG@collation=stroke"},
    {"zh-MO_stroke", 0x21404, "zh_Hant_MO@collation=stroke"},
    {"zh-TW_pronun", 0x30404, "zh_Hant_TW@collation=zhuyin"},
    {"zh-TW_radstr", 0x40404, "zh_Hant_TW@collation=unihan"},
    {"zh-HK_radstr", 0x40C04, "zh_Hant_HK@collation=unihan"},
    {"zh-MO_radstr", 0x41404, "zh_Hant_MO@collation=unihan"},
};

/* Where Windows leaves out the script that ICU names. */
static const char *const plain_scripts[] = {"zh_Hans_", "zh_Hant_", "pa_Guru_", "mn_Cyrl_", "ug_Arab_"};

static const struct alternative *alternative_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(alternatives); i++)
        if (strcasecmp(alternatives[i].name, name) == 0)
            return &alternatives[i];
    return NULL;
}

static bool is_spelled_well(const char *name)
{
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    return length < OS_COLLATION_NAME_SIZE && name[length] == '\0';
}

/* ICU takes any language for one that has the order of none. */
static bool is_known(const char *icu)
{
    char country[ULOC_COUNTRY_CAPACITY];
    UErrorCode status = U_ZERO_ERROR;
    const int32_t length = uloc_getCountry(icu, country, sizeof country, &status);

    if (U_FAILURE(status) || uloc_getISO3Language(icu)[0] == '\0')
        return false;
    return length == 0 || (country[0] >= '0' && country[0] <= '9') || uloc_getISO3Country(icu)[0] != '\0';
}

jet_err os_locale_to_icu(const char *name, char ret_icu[OS_LOCALE_ICU_SIZE])
{
    const struct alternative *alternative = alternative_by_name(name);
    UErrorCode status = U_ZERO_ERROR;
    int32_t parsed = 0;

    if (alternative) {
        memcpy(ret_icu, alternative->icu, strlen(alternative->icu) + 1);
        return JET_errSuccess;
    }
    if (name[0] == '\0') {
        ret_icu[0] = '\0';
        return JET_errSuccess;
    }
    if (!is_spelled_well(name))
        return JET_errInvalidLanguageId;
    uloc_forLanguageTag(name, ret_icu, OS_LOCALE_ICU_SIZE, &parsed, &status);
    if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING || (size_t)parsed != strlen(name) ||
        !is_known(ret_icu))
        return JET_errInvalidLanguageId;
    return JET_errSuccess;
}

/* ---- numbers ---- */

static void drop_script(char *icu)
{
    for (size_t i = 0; i < COUNT_OF(plain_scripts); i++) {
        const size_t length = strlen(plain_scripts[i]);

        if (strncmp(icu, plain_scripts[i], length) == 0)
            memmove(icu + 3, icu + length, strlen(icu + length) + 1);
    }
}

static jet_err name_of_language(uint32_t lcid, char ret_name[OS_COLLATION_NAME_SIZE])
{
    char icu[OS_LOCALE_ICU_SIZE];
    UErrorCode status = U_ZERO_ERROR;

    uloc_getLocaleForLCID(lcid, icu, sizeof icu, &status);
    if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING || strchr(icu, '@') || !is_known(icu))
        return JET_errInvalidLanguageId;
    drop_script(icu);
    if (strlen(icu) >= OS_COLLATION_NAME_SIZE)
        return JET_errInvalidLanguageId;
    for (char *c = icu; *c; c++)
        if (*c == '_')
            *c = '-';
    uint32_t back;
    jet_err err = os_collation_lcid_of_name(icu, &back);
    if (err >= JET_errSuccess && back != lcid)
        err = JET_errInvalidLanguageId; /* a number that ICU has only come near to */
    if (err >= JET_errSuccess)
        memcpy(ret_name, icu, strlen(icu) + 1);
    return err;
}

jet_err os_collation_name_of_lcid(uint32_t lcid, char ret_name[OS_COLLATION_NAME_SIZE])
{
    const char *name = NULL;

    if (lcid == LCID_INVARIANT)
        name = "";
    else if (lcid == LCID_USER_DEFAULT || lcid == LCID_SYSTEM_DEFAULT)
        name = LCID_NAME_DEFAULT;
    for (size_t i = 0; i < COUNT_OF(alternatives); i++)
        if (alternatives[i].lcid == lcid)
            name = alternatives[i].name;
    if (name) {
        memcpy(ret_name, name, strlen(name) + 1);
        return JET_errSuccess;
    }
    return (lcid & ~(uint32_t)LCID_LANGUAGE_MASK) == 0 ? name_of_language(lcid, ret_name) : JET_errInvalidLanguageId;
}

jet_err os_collation_lcid_of_name(const char *name, uint32_t *ret_lcid)
{
    const struct alternative *alternative = alternative_by_name(name);
    char icu[OS_LOCALE_ICU_SIZE];
    jet_err err = os_locale_to_icu(name, icu);

    if (err < JET_errSuccess)
        return err;
    if (name[0] == '\0')
        *ret_lcid = LCID_INVARIANT;
    else
        *ret_lcid = alternative ? alternative->lcid : uloc_getLCID(icu);
    return *ret_lcid == 0 ? JET_errInvalidLanguageId : JET_errSuccess;
}
