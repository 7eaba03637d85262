/* SPDX-License-Identifier: BSD-3-Clause */
/* What the compiler is to check of a function's callers. */
#ifndef MTLS_BASE_ATTRIBUTES_H
#define MTLS_BASE_ATTRIBUTES_H

/* The result must not be ignored. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* A format and its arguments, as printf has them: their places among the parameters, from 1; 0: a va_list. */
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

#endif
