/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/element.h"

#include <string.h>

#include "base/bytes.h"

#define BIT(letter) (1u << ((letter) - 'A'))

/* PS3.5 7.1.2: the VRs with a 16-bit length, and those with a 32-bit one, by
 * their first letters: a bit for each second one. Looked up for each element. */
static const uint32_t vrs_short['Z' - 'A' + 1] = {
	['A' - 'A'] = BIT('E') | BIT('S') | BIT('T'),
	['C' - 'A'] = BIT('S'),
	['D' - 'A'] = BIT('A') | BIT('S') | BIT('T'),
	['F' - 'A'] = BIT('D') | BIT('L'),
	['I' - 'A'] = BIT('S'),
	['L' - 'A'] = BIT('O') | BIT('T'),
	['P' - 'A'] = BIT('N'),
	['S' - 'A'] = BIT('H') | BIT('L') | BIT('S') | BIT('T'),
	['T' - 'A'] = BIT('M'),
	['U' - 'A'] = BIT('I') | BIT('L') | BIT('S'),
};
static const uint32_t vrs_long['Z' - 'A' + 1] = {
	['O' - 'A'] = BIT('B') | BIT('D') | BIT('F') | BIT('L') | BIT('V') | BIT('W'),
	['S' - 'A'] = BIT('Q') | BIT('V'),
	['U' - 'A'] = BIT('C') | BIT('N') | BIT('R') | BIT('T') | BIT('V'),
};

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* vr: two capitals. */
static bool
listed(const uint32_t *vrs, const char *vr)
{
	return vrs[vr[0] - 'A'] & BIT(vr[1]);
}

bool
element_vr_known(const char *vr)
{
	return is_capital(vr[0]) && is_capital(vr[1]) && (listed(vrs_short, vr) || listed(vrs_long, vr));
}

uint16_t
element_u16(const unsigned char *p, bool big_endian)
{
	return big_endian ? get_be16(p) : get_le16(p);
}

uint32_t
element_u32(const unsigned char *p, bool big_endian)
{
	return big_endian ? get_be32(p) : get_le32(p);
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
