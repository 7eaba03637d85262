/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/commands.h"

#include "dicom/plan.h"
#include "dicom/status.h"
#include "send/event.h"

/* A receiver that refuses Verification may still accept objects: say so. */
static void
explain_refusal(const struct association_request *request, struct err *err)
{
	err_set(err, ERR_NO_CONTEXT, "%s accepted the association with %s but not the Verification SOP "
		"class, so it cannot be asked for a C-ECHO", request->called, request->calling);
	err_hint(err, "Storage may work nevertheless: the IRIS sample registers only storage classes. Send "
		"an object, or add Verification to the association-table row.");
}

static int
echo(const struct association_request *request, struct association_facts *facts, int64_t *rtt_us,
	struct err *err)
{
	const struct association_driver *driver = &association_dcmtk;
	struct association *assoc = driver->open(request, facts, err);
	struct err ignored = ERR_INIT;
	struct command_rsp rsp;
	struct status_meaning meaning;

	if (!assoc) {
		if (err->kind == ERR_NO_CONTEXT)
			explain_refusal(request, err);
		return -1;
	}
	if (driver->echo(assoc, &rsp, rtt_us, err) < 0) {
		driver->abort(assoc);
		return -1;
	}
	(void)!driver->release(assoc, &ignored);
	meaning = status_echo(rsp.status);
	if (meaning.severity == STATUS_SUCCESS)
		return 0;
	err_set(err, ERR_ECHO_REFUSED, "%s answered the C-ECHO with status 0x%04X, %s", request->called,
		rsp.status, meaning.meaning);
	return err_hint(err, "%s", meaning.remedy);
}

enum err_kind
cmd_echo(struct setup *setup, struct options *options)
{
	const struct reporter *reporter = &setup->reporter;
	struct association_request request = setup_request(setup, options);
	struct association_facts facts;
	struct report_association event;
	struct plan plan = { .count = 0 };
	struct err err = ERR_INIT;
	int64_t rtt_us;

	plan_echo(&plan);
	request.plan = &plan;
	if (echo(&request, &facts, &rtt_us, &err) < 0) {
		if (options->one_of_several)
			err_wrap(&err, "%s", options->to);
		else
			suggest_check(options, &err);
		reporter->error(reporter->self, &err);
		return err.kind;
	}
	association_warn(reporter, setup->expiry, &request, &facts);
	event = association_event(&request, &facts);
	event.destination = options->one_of_several ? options->to : NULL;
	reporter->echo(reporter->self, &event, rtt_us);
	return ERR_NONE;
}
