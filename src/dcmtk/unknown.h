/* SPDX-License-Identifier: BSD-3-Clause */
/* Elements with the VR UN for which the dictionary has another VR. For src/dcmtk only. */
#ifndef MTLS_DCMTK_UNKNOWN_H
#define MTLS_DCMTK_UNKNOWN_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcitem.h"

/*
 * Give the standard elements with VR UN in the item, and in the items in it, the VR in the dictionary:
 * their values are implicit VR little endian (PS3.5 6.2.2). Those that are too long for memory, or not such
 * values, stay UN. Returns how many were changed. May throw bad_alloc.
 */
unsigned unknown_resolve(DcmItem &item);

#endif
