/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/element.h"

#include <string.h>

/* PS3.5 7.1.2: the VRs with a 16-bit length, and those with a 32-bit one. */
static const char vrs_short[] = "AEASATCSDADSDTFDFLISLOLTPNSHSLSSSTTMUIULUS";
static const char vrs_long[] = "OBODOFOLOVOWSQSVUCUNURUTUV";

static bool
listed(const char *vrs, const char *vr)
{
	for (; *vrs; vrs += 2) {
		if (vrs[0] == vr[0] && vrs[1] == vr[1])
			return true;
	}
	return false;
}

bool
element_vr_known(const char *vr)
{
	return listed(vrs_short, vr) || listed(vrs_long, vr);
}

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

uint16_t
element_u16(const unsigned char *p, bool big_endian)
{
	unsigned value = big_endian ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];

	return (uint16_t)value;
}

uint32_t
element_u32(const unsigned char *p, bool big_endian)
{
	uint32_t first = element_u16(p, big_endian);
	uint32_t second = element_u16(p + 2, big_endian);

	return big_endian ? first << 16 | second : second << 16 | first;
}

enum element_result
element_parse(const unsigned char *p, size_t size, struct encoding encoding, struct element *out)
{
	bool big = encoding.big_endian;

	if (size < 8)
		return ELEMENT_SHORT;
	out->tag = (uint32_t)element_u16(p, big) << 16 | element_u16(p + 2, big);
	out->vr[0] = '\0';
	out->header = 8;
	if (!encoding.explicit_vr || out->tag >> 16 == 0xfffe) {
		out->length = element_u32(p + 4, big);
		return ELEMENT_OK;
	}
	memcpy(out->vr, p + 4, 2);
	out->vr[2] = '\0';
	if (!is_capital(out->vr[0]) || !is_capital(out->vr[1]))
		return ELEMENT_UNKNOWN;
	if (listed(vrs_short, out->vr)) {
		out->length = element_u16(p + 6, big);
		return ELEMENT_OK;
	}
	if (size < 12)
		return ELEMENT_SHORT;
	out->length = element_u32(p + 8, big);
	out->header = 12;
	return ELEMENT_OK;
}
