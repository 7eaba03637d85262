/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/err.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

#undef err_set
#undef err_hint
#undef err_wrap
#undef err_phase
#undef err_nomem

static const struct {
	int status;
	const char *word;
	bool retry;
} kinds[] = {
#define X(name, status, word, retry) [name] = { status, word, retry },
	ERR_KINDS(X)
#undef X
};

int
err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	struct err fresh = { .kind = kind }; /* the arguments may point into *err */
	va_list ap;

	va_start(ap, fmt);
	text_vformat(fresh.text, sizeof fresh.text, fmt, ap);
	va_end(ap);
	*err = fresh;
	return -1;
}

int
err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (err->hint[0])
		return -1;
	va_start(ap, fmt);
	text_vformat(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_wrap(struct err *err, const char *fmt, ...)
{
	char inner[sizeof err->text];
	char context[sizeof err->text / 2];
	va_list ap;

	memcpy(inner, err->text, sizeof inner);
	va_start(ap, fmt);
	text_vformat(context, sizeof context, fmt, ap);
	va_end(ap);
	text_format(err->text, sizeof err->text, "%s: %s", context, inner);
	return -1;
}

int
err_phase(struct err *err, const char *phase)
{
	if (!err->phase)
		err->phase = phase;
	return -1;
}

int
err_nomem(struct err *err)
{
	return err_set(err, ERR_INTERNAL, "out of memory");
}

int
err_status(enum err_kind kind)
{
	return kinds[kind].status;
}

const char *
err_word(enum err_kind kind)
{
	return kinds[kind].word;
}

bool
err_retryable(enum err_kind kind)
{
	return kinds[kind].retry;
}

bool
err_is_interrupt(enum err_kind kind)
{
	return kind == ERR_SIGHUP || kind == ERR_SIGINT || kind == ERR_SIGTERM;
}
