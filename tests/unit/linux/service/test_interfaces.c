/* SPDX-License-Identifier: MIT */
/* test_interfaces.c - the tables of methods and properties say what the XML files say, and the served text is the
 * file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dbus/dbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "object.h"
#include "policy.h"

static const struct {
    const struct interface *interface;
    const char *file;
} interfaces[] = {
    {&manager_interface,  "org.coldstream.Backup1.Manager.xml" },
    {&instance_interface, "org.coldstream.Backup1.Instance.xml"},
    {&backup_interface,   "org.coldstream.Backup1.Backup.xml"  },
    {&snapshot_interface, "org.coldstream.Backup1.Snapshot.xml"},
};

static char *read_file(const char *name)
{
    char path[1000];
    (void)snprintf(path, sizeof path, "%s/%s", COLDSTREAM_INTERFACES, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* The value of an attribute of the element that begins at `element`. */
static void attribute(const char *element, const char *name, char *value, size_t size)
{
    char pattern[64];
    const char *end = strchr(element, '>');
    (void)snprintf(pattern, sizeof pattern, " %s=\"", name);
    const char *at = strstr(element, pattern);
    assert_non_null(end);
    if (!at || at > end) {
        *value = '\0';
        return;
    }
    at += strlen(pattern);
    (void)snprintf(value, size, "%.*s", (int)strcspn(at, "\""), at);
}

/* Where the element `kind` of that name begins, and where it ends. */
static const char *find_element(const char *text, const char *kind, const char *name, const char **ret_end)
{
    char pattern[100], closing[40];
    (void)snprintf(pattern, sizeof pattern, "<%s name=\"%s\"", kind, name);
    (void)snprintf(closing, sizeof closing, "</%s>", kind);
    const char *at = strstr(text, pattern);
    if (!at)
        return NULL;
    const char *end = strchr(at, '>');
    assert_non_null(end);
    *ret_end = end[-1] == '/' ? end : strstr(at, closing);
    assert_non_null(*ret_end);
    return at;
}

static void signature_of(const char *method, const char *end, const char *wanted, char *signature, size_t size)
{
    *signature = '\0';
    for (const char *arg = strstr(method, "<arg "); arg && arg < end; arg = strstr(arg + 1, "<arg ")) {
        char direction[20], type[100];
        attribute(arg, "direction", direction, sizeof direction);
        attribute(arg, "type", type, sizeof type);
        assert_true(*direction != '\0' && strlen(signature) + strlen(type) < size);
        if (strcmp(direction, wanted) == 0)
            memcpy(signature + strlen(signature), type, strlen(type) + 1);
    }
}

static size_t count(const char *text, const char *pattern)
{
    size_t found = 0;
    for (const char *at = strstr(text, pattern); at; at = strstr(at + 1, pattern))
        found++;
    return found;
}

static void every_method_stands_in_the_file_with_its_signatures(void **state)
{
    for (size_t i = 0; i < COUNT_OF(interfaces); i++) {
        const struct interface *interface = interfaces[i].interface;
        char *text = read_file(interfaces[i].file);
        assert_int_equal(count(text, "<method "), interface->count_methods);
        for (size_t j = 0; j < interface->count_methods; j++) {
            char in[100], out[100];
            const char *end = NULL;
            const char *method = find_element(text, "method", interface->methods[j].name, &end);
            assert_non_null(method);
            signature_of(method, end, "in", in, sizeof in);
            signature_of(method, end, "out", out, sizeof out);
            assert_string_equal(in, interface->methods[j].in);
            assert_string_equal(out, interface->methods[j].out);
        }
        free(text);
    }
}

static void every_property_stands_in_the_file_with_its_type_and_annotation(void **state)
{
    static const char *const emits[] = {
        [EMITS_CONST] = "const",
        [EMITS_TRUE] = "true",
        [EMITS_INVALIDATES] = "invalidates",
        [EMITS_FALSE] = "false",
    };
    for (size_t i = 0; i < COUNT_OF(interfaces); i++) {
        const struct interface *interface = interfaces[i].interface;
        char *text = read_file(interfaces[i].file);
        assert_int_equal(count(text, "<property "), interface->count_properties);
        assert_true(interface->count_properties <= 32);
        for (size_t j = 0; j < interface->count_properties; j++) {
            char type[100], access[20], value[20];
            const char *end = NULL;
            const char *property = find_element(text, "property", interface->properties[j].name, &end);
            assert_non_null(property);
            attribute(property, "type", type, sizeof type);
            attribute(property, "access", access, sizeof access);
            const char *annotation =
                strstr(property, "<annotation name=\"org.freedesktop.DBus.Property.EmitsChangedSignal\"");
            assert_true(annotation && annotation < end);
            attribute(annotation, "value", value, sizeof value);
            assert_string_equal(type, interface->properties[j].signature);
            assert_string_equal(access, "read");
            assert_string_equal(value, emits[interface->properties[j].emits]);
        }
        free(text);
    }
}

static void the_served_text_is_the_interface_of_the_file(void **state)
{
    for (size_t i = 0; i < COUNT_OF(interfaces); i++) {
        char *text = read_file(interfaces[i].file);
        const char *xml = interfaces[i].interface->xml;
        while (*xml == ' ')
            xml++;
        const char *at = strstr(text, "<interface ");
        assert_non_null(at);
        assert_int_equal(strncmp(at, xml, strlen(xml)), 0);
        assert_non_null(strstr(xml, "</interface>"));
        assert_non_null(strstr(xml, interfaces[i].interface->name));
        free(text);
    }
}

static void every_signature_is_valid(void **state)
{
    for (size_t i = 0; i < COUNT_OF(interfaces); i++) {
        const struct interface *interface = interfaces[i].interface;
        for (size_t j = 0; j < interface->count_methods; j++) {
            assert_true(dbus_signature_validate(interface->methods[j].in, NULL));
            assert_true(dbus_signature_validate(interface->methods[j].out, NULL));
            assert_non_null(interface->methods[j].run);
        }
        for (size_t j = 0; j < interface->count_properties; j++)
            assert_true(dbus_signature_validate_single(interface->properties[j].signature, NULL));
    }
}

/* What changes something is never for everybody. */
static void every_method_of_ours_asks_somebody(void **state)
{
    for (size_t i = 0; i < COUNT_OF(interfaces); i++)
        for (size_t j = 0; j < interfaces[i].interface->count_methods; j++) {
            const enum access access = interfaces[i].interface->methods[j].access;
            assert_true(access == ACCESS_OWNER || policy_action(access) != NULL);
        }
    assert_null(policy_action(ACCESS_EVERYBODY));
    assert_string_equal(policy_action(ACCESS_TRUNCATE), "org.coldstream.backup1.truncate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_stands_in_the_file_with_its_signatures),
        cmocka_unit_test(every_property_stands_in_the_file_with_its_type_and_annotation),
        cmocka_unit_test(the_served_text_is_the_interface_of_the_file),
        cmocka_unit_test(every_signature_is_valid),
        cmocka_unit_test(every_method_of_ours_asks_somebody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
