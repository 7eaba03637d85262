/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/address.h"

#include <stdlib.h>
#include <string.h>

#include "base/hostname.h"
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
				"does not allow in it (only printable ASCII without the backslash)",
				option, shown);
	memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

/* 1..65535, with nothing after it. */
static bool
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

/* Text with two or more colons and no brackets is an IPv6 address, unless its end could be a port: ::1:4001
 * can be read in two ways. */
static int
check_bare_ipv6(const char *text, const char *option, bool port_allowed, struct err *err)
{
	const char *last = strrchr(text, ':');
	int len = (int)(last - text);
	uint16_t port;
	char shown[128], before[128];
	bool whole = hostname_is_address(text);

	text_format(before, sizeof before, "%.*s", len, text);
	if (port_allowed && hostname_is_address(before) && port_parse(last + 1, &port)) {
		text_harmless_str(shown, sizeof shown, text);
		err_set(err, ERR_USAGE, "%s: the brackets are missing in '%s'", option, shown);
		if (!whole)
			return err_hint(err, "Write [%.*s]:%u.", len, shown, port);
		return err_hint(err, "Write [%.*s]:%u, or [%s] if %u is part of the address.", len, shown,
			port, shown, port);
	}
	if (whole)
		return 0;
	err_set(err, ERR_USAGE, "%s: '%s' is not an address", option,
		text_harmless_str(shown, sizeof shown, text));
	return err_hint(err, "Write HOST:PORT; put an IPv6 address in brackets, [::1]:2762.");
}

/* Find the host and the port, NULL if there is none. False if malformed. */
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
	const char *shown = TEXT_SHOWN(text, 128);
	const char *name, *digits;
	size_t len;

	*host = NULL;
	if (!split(text, &name, &len, &digits))
		return err_set(err, ERR_USAGE, "%s: '%s' is not an address; write HOST:PORT or [IPv6]:PORT",
			option, shown);
	if (len == 0)
		return err_set(err, ERR_USAGE, "%s: the host is missing in '%s'", option, shown);
	if (digits && !port)
		return err_set(err, ERR_USAGE, "%s: the local port cannot be chosen; write AET@ADDRESS",
			option);
	if (digits && !port_parse(digits, port))
		return err_set(err, ERR_USAGE, "%s: the port in '%s' is not a number from 1 to 65535",
			option, shown);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f || name[i] == '/')
			return err_set(err, ERR_USAGE, "%s: '%s' has a blank, slash or control character in "
				"the host name", option, shown);
	if (*text != '[' && memchr(name, ':', len) && check_bare_ipv6(text, option, port != NULL, err) < 0)
		return -1;
	if (hostname_to_ascii(name, len, host, err) < 0)
		return err_wrap(err, "%s", option);
	return 0;
}
