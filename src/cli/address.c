/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/address.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int
ae_title_parse(const char *text, size_t len, const char *option, char out[AE_TITLE_MAX + 1], struct err *err)
{
	char shown[80];

	for (; len > 0 && *text == ' '; len--)
		text++;
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text_harmless(shown, sizeof shown, text, len);
	if (len == 0)
		return err_set(err, ERR_USAGE, "%s: the AE title is empty", option);
	if (len > AE_TITLE_MAX)
		return err_set(err, ERR_USAGE, "%s: the AE title '%s' has %zu characters; DICOM allows %d",
			option, shown, len, AE_TITLE_MAX);
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '\\')
			return err_set(err, ERR_USAGE, "%s: the AE title '%s' has a character that DICOM "
				"does not allow there (only printable ASCII without the backslash)",
				option, shown);
	memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

bool
port_parse(const char *text, uint16_t *out)
{
	char *end;
	long value;

	if (*text < '0' || *text > '9')
		return false;
	value = strtol(text, &end, 10);
	if (*end || value < 1 || value > 65535)
		return false;
	*out = (uint16_t)value;
	return true;
}

/* Find where the host stands and where the port, NULL if there is none. False if malformed. */
static bool
split(const char *text, const char **host, size_t *len, const char **port)
{
	const char *end;

	*port = NULL;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
		*host = text + 1;
		*len = (size_t)(end - *host);
		if (end[1])
			*port = end + 2;
		return true;
	}
	*host = text;
	end = strchr(text, ':');
	if (!end || strchr(end + 1, ':')) {
		*len = strlen(text);
		return true;
	}
	*len = (size_t)(end - text);
	*port = end + 1;
	return true;
}

int
host_port_parse(const char *text, const char *option, char **host, uint16_t *port, struct err *err)
{
	char shown[128];
	const char *name, *digits;
	size_t len;

	text_harmless_str(shown, sizeof shown, text);
	if (!split(text, &name, &len, &digits))
		return err_set(err, ERR_USAGE, "%s: '%s' is no address; write HOST:PORT or [IPv6]:PORT",
			option, shown);
	if (len == 0)
		return err_set(err, ERR_USAGE, "%s: '%s' names no host", option, shown);
	if (digits && !port_parse(digits, port))
		return err_set(err, ERR_USAGE, "%s: the port in '%s' is no number from 1 to 65535",
			option, shown);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f || name[i] == '/')
			return err_set(err, ERR_USAGE, "%s: '%s' has a blank, slash or control character in "
				"the host name", option, shown);
	*host = strndup(name, len);
	return *host ? 0 : err_nomem(err);
}
