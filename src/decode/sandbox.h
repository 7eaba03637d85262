/* SPDX-License-Identifier: BSD-3-Clause */
/* The helper program gives up all that decoding does not need. */
#ifndef MTLS_DECODE_SANDBOX_H
#define MTLS_DECODE_SANDBOX_H

#include "base/err.h"

/*
 * From here on this process has no files, starts nothing, opens nothing and gets one descriptor more
 * at most: by limits, Landlock and a seccomp filter that ends it at any other system call.
 * -1 if the kernel has seccomp and the filter cannot be set; what an older kernel lacks is left
 * out. Under sanitizers, which need more, it does nothing.
 */
int sandbox_enter(struct err *err);

#endif
