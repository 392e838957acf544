# The outside libraries, each as one imported target; nothing else in the tree looks for a library.
#
#   coldstream::archive   libarchive   <archive.h>, <archive_entry.h>   core/backup
#   coldstream::jansson   jansson      <jansson.h>                      core/backup, core/tool
#   coldstream::xxhash    xxhash       <xxhash.h>, header only          core/backup
#   coldstream::cmocka    cmocka       <cmocka.h>                       tests
#   coldstream::dbus      dbus-1       <dbus/dbus.h>                    linux/
#   coldstream::libconfig libconfig    <libconfig.h>                    core/config/config.c
#   coldstream::icu       ICU          <unicode/...>                    linux/os: os_collation.c, os_locale.c
#
# Natively they are Debian's packages. Debian has none for mingw-w64: windows/dependencies.sh builds static ones from
# Debian's source packages, and COLDSTREAM_WINDOWS_DEPS is the folder that it filled. The target of xxhash defines
# XXH_INLINE_ALL, so no file does.
if(WIN32)
    set(COLDSTREAM_WINDOWS_DEPS ${CMAKE_SOURCE_DIR}/build/windows-${COLDSTREAM_WINDOWS_ARCH}-deps
        CACHE PATH "What windows/dependencies.sh built for this architecture")
    if(NOT EXISTS ${COLDSTREAM_WINDOWS_DEPS}/stamp)
        message(FATAL_ERROR "Run this first: "
                            "sh windows/dependencies.sh ${COLDSTREAM_WINDOWS_ARCH} ${COLDSTREAM_WINDOWS_DEPS}")
    endif()
    # Further arguments: definitions that the library's header wants where it is linked statically.
    function(coldstream_dependency name library)
        add_library(coldstream::${name} STATIC IMPORTED GLOBAL)
        set_target_properties(coldstream::${name} PROPERTIES
            IMPORTED_LOCATION ${COLDSTREAM_WINDOWS_DEPS}/lib/${library}
            INTERFACE_INCLUDE_DIRECTORIES ${COLDSTREAM_WINDOWS_DEPS}/include
            INTERFACE_COMPILE_DEFINITIONS "${ARGN}")
    endfunction()
    coldstream_dependency(archive libarchive.a LIBARCHIVE_STATIC)
    coldstream_dependency(jansson libjansson.a)
    coldstream_dependency(libconfig libconfig.a LIBCONFIG_STATIC)
    coldstream_dependency(cmocka libcmocka.a)
    set(xxhash_include ${COLDSTREAM_WINDOWS_DEPS}/include)
else()
    find_package(PkgConfig REQUIRED)
    function(coldstream_dependency name module)
        pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
        add_library(coldstream::${name} ALIAS PkgConfig::${name})
    endfunction()
    coldstream_dependency(archive libarchive)
    coldstream_dependency(jansson jansson)
    coldstream_dependency(dbus dbus-1)
    coldstream_dependency(libconfig libconfig)
    coldstream_dependency(icu icu-i18n)
    if(COLDSTREAM_TESTS)
        coldstream_dependency(cmocka cmocka)
    endif()
    find_path(xxhash_include xxhash.h REQUIRED)
endif()

add_library(coldstream::xxhash INTERFACE IMPORTED GLOBAL)
set_target_properties(coldstream::xxhash PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${xxhash_include}
    INTERFACE_COMPILE_DEFINITIONS XXH_INLINE_ALL)
