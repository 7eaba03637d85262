/* SPDX-License-Identifier: BSD-3-Clause */
/* Elements with the VR UN whose own VR the dictionary knows. For src/dcmtk only. */
#ifndef MTLS_DCMTK_UNKNOWN_H
#define MTLS_DCMTK_UNKNOWN_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcitem.h"

/*
 * Give the standard elements of UN in the item, and in the items in it, what the
 * dictionary knows them as: their values are implicit VR little endian (PS3.5
 * 6.2.2). Those that are too long for memory, and those that are no such values,
 * stay UN. Returns how many are known now. May throw bad_alloc.
 */
unsigned unknown_resolve(DcmItem &item);

#endif
