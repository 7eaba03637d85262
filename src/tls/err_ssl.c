/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/err_ssl.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <openssl/err.h>

/* What the oldest entry says, NULL if it says nothing. buf: room for errno's text. */
static const char *
first_reason(char *buf, size_t size)
{
	unsigned long code = ERR_peek_error();

	if (code == 0)
		return NULL;
	if (ERR_SYSTEM_ERROR(code))
		return strerror_r(ERR_GET_REASON(code), buf, size);
	return ERR_reason_error_string(code);
}

int
err_ssl(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	char text[sizeof err->text], buf[128];
	const char *reason = first_reason(buf, sizeof buf);
	va_list ap;

	va_start(ap, fmt);
	text_vformat(text, sizeof text, fmt, ap);
	va_end(ap);
	err_set(err, kind, "%s%s%s", text, reason ? ": " : "", reason ? reason : "");
	ERR_clear_error();
	return -1;
}
