/* SPDX-License-Identifier: MIT */
/* introspection.h - the texts of the interfaces, made at build time from the .xml files of this folder
 * (embed_xml.cmake). */
#ifndef COLDSTREAM_LINUX_SERVICE_INTROSPECTION_H
#define COLDSTREAM_LINUX_SERVICE_INTROSPECTION_H

extern const char introspection_manager[], introspection_instance[], introspection_backup[], introspection_snapshot[],
    introspection_standard[], introspection_object_manager[];

#endif
