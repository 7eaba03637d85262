/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hostname.h"

#include <idn2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define NAME_MAX_SHOWN 300 /* bytes: a name has 255 */

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

int
hostname_to_ascii(const char *text, size_t len, char **out, struct err *err)
{
	char *name = strndup(text, len), shown[NAME_MAX_SHOWN];
	uint8_t *found = NULL;
	int rc;

	*out = NULL;
	if (!name)
		return err_nomem(err);
	if (is_ascii(text, len)) {
		*out = name;
		return 0;
	}
	rc = idn2_lookup_u8((const uint8_t *)name, &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_OK) {
		*out = strdup((const char *)found);
		idn2_free(found);
	}
	text_harmless_str(shown, sizeof shown, name);
	free(name);
	if (rc == IDN2_MALLOC || (rc == IDN2_OK && !*out))
		return err_nomem(err);
	if (rc != IDN2_OK)
		return err_set(err, ERR_USAGE, "'%s' cannot be a host name: %s", shown, idn2_strerror(rc));
	return 0;
}

/* Does one of its labels begin so? */
static bool
has_a_label(const char *host)
{
	for (const char *label = host; label; label = strchr(label, '.'), label += label != NULL)
		if (strncasecmp(label, "xn--", 4) == 0)
			return true;
	return false;
}

char *
hostname_shown(char *out, size_t size, const char *host)
{
	char *unicode = NULL, plain[NAME_MAX_SHOWN], said[NAME_MAX_SHOWN];

	text_harmless_str(plain, sizeof plain, host);
	if (has_a_label(host) && idn2_to_unicode_8z8z(host, &unicode, 0) == IDN2_OK &&
	    strcmp(unicode, host) != 0)
		text_format(out, size, "%s (%s)", plain, text_harmless_str(said, sizeof said, unicode));
	else
		text_format(out, size, "%s", plain);
	idn2_free(unicode);
	return out;
}
