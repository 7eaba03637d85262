/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/optcheck.h"

#include <string.h>

#include "base/hostname.h"
#include "base/text.h"
#include "dicom/uid.h"
#include "report/output.h"

static bool
is_given(const struct secret_option *secret)
{
	return secret->source || secret->value.given;
}

static int
check_identity(const struct options *options, struct err *err)
{
	int kinds = (options->user != NULL) + is_given(&options->user_jwt) + is_given(&options->user_saml);

	if (kinds > 1)
		return err_set(err, ERR_USAGE, "only one of --user, --user-jwt and --user-saml can be "
			"negotiated");
	if (is_given(&options->user_pass) && !options->user)
		return err_set(err, ERR_USAGE, "--user-pass needs --user NAME");
	if (options->user_rsp && kinds == 0)
		return err_set(err, ERR_USAGE, "--user-rsp needs --user, --user-jwt or --user-saml");
	return 0;
}

/* The first option about a key store that was given, NULL if there is none. */
static const char *
key_option(const struct options *options)
{
	if (options->key_store_type != STORE_AUTO)
		return "key-store-type";
	if (is_given(&options->key_store_pass))
		return "key-store-pass";
	if (is_given(&options->key_pass))
		return "key-pass";
	return options->key_alias ? "key-alias" : NULL;
}

static int
check_trust(const struct options *options, struct err *err)
{
	size_t stores = options->trust_stores.count;
	size_t types = options->trust_store_types.count;
	size_t passes = options->trust_store_passes.count;

	if (stores == 0 && !options->trust_system && !options->dry_run) {
		err_set(err, ERR_USAGE, "no trusted certificate authority is given to verify the receiver");
		return err_hint(err, "Give --trust-store FILE, or --trust-system to trust the system's "
			"authorities; --plain sends without TLS.");
	}
	if (types > stores)
		return err_set(err, ERR_USAGE, "--trust-store-type is given %zu times, but --trust-store "
			"%zu times", types, stores);
	if (passes > stores || (passes > 1 && passes != stores))
		return err_set(err, ERR_USAGE, "--trust-store-pass is given %zu times, but --trust-store "
			"%zu times; give one for all or one for each", passes, stores);
	return 0;
}

/* The name or address that the receiver's certificate must contain. */
static int
check_host(const struct options *options, struct err *err)
{
	const char *host = options->tls_host ? options->tls_host : options->host;
	const char *problem = host ? hostname_problem(host) : NULL;

	if (!problem)
		return 0;
	err_set(err, ERR_USAGE, "--%s: \"%s\" cannot be a host name: it %s",
		options->tls_host ? "tls-host" : "connect", TEXT_SHOWN(host, 256),
		problem);
	return err_hint(err, "Give the name or address in the receiver's certificate%s.",
		options->tls_host ? "" : ", here or with --tls-host");
}

static int
check_tls(const struct options *options, struct err *err)
{
	if (options->plain && options->tls_option)
		return err_set(err, ERR_USAGE, "--%s and --plain exclude each other: with --plain there is "
			"no TLS", options->tls_option);
	if (options->plain)
		return 0;
	if (check_trust(options, err) < 0)
		return -1;
	if (!options->key_store && key_option(options))
		return err_set(err, ERR_USAGE, "--%s needs --key-store FILE", key_option(options));
	if (options->tls_profile && (options->protocols.count > 0 || options->ciphers.count > 0))
		return err_set(err, ERR_USAGE, "--tls-profile and %s exclude each other: the profile names "
			"protocols and cipher suites", options->protocols.count > 0 ?
			"--tls-protocol (--tls12, --tls13)" : "--tls-cipher");
	if (options->tls_host && options->tls_no_host_check)
		return err_set(err, ERR_USAGE, "--tls-host and --tls-no-host-check exclude each other");
	if (options->tls_allow_cn && options->tls_no_host_check)
		return err_set(err, ERR_USAGE, "--tls-allow-cn and --tls-no-host-check exclude each other");
	return check_host(options, err);
}

static int
exclude(const char *one, const char *other, struct err *err)
{
	return err_set(err, ERR_USAGE, "%s and %s exclude each other", one, other);
}

/* Standard output has one content. */
static int
check_stdout(const struct options *options, struct err *err)
{
	bool metrics = options->prometheus && output_is_stdout(options->prometheus);
	bool page = options->html && output_is_stdout(options->html);
	const char *file = metrics ? "--prometheus -" : "--html -";

	if (metrics && page)
		return exclude("--prometheus -", "--html -", err);
	if ((metrics || page) && options->json)
		return exclude("--json", file, err);
	if ((metrics || page) && options->nagios)
		return exclude("--nagios", file, err);
	return 0;
}

/* The formats of the output, and the modes that have them. */
static int
check_output(const struct options *options, struct err *err)
{
	const char *check_only = options->nagios ? "nagios" : options->html ? "html" :
		options->ignore.count > 0 ? "ignore" : NULL;
	const char *no_echo = options->json ? "--json" : options->prometheus ? "--prometheus" : NULL;

	if (options->mode != MODE_CHECK && check_only) {
		err_set(err, ERR_USAGE, "--%s goes with --check only", check_only);
		return err_hint(err, "Add --check, or omit --%s.", check_only);
	}
	if (options->mode == MODE_ECHO && no_echo) {
		exclude(no_echo, "--echo", err);
		return err_hint(err, "--check includes a C-ECHO and supports %s.", no_echo);
	}
	if (options->dry_run && options->prometheus) {
		exclude("--prometheus", "--dry-run", err);
		return err_hint(err, "Metrics describe what was sent, and --dry-run sends nothing.");
	}
	if (options->json && options->nagios)
		return exclude("--json", "--nagios", err);
	return check_stdout(options, err);
}

static int
check_check(const struct options *options, struct err *err)
{
	if (options->nagios && options->check_depth == CHECK_FULL) {
		exclude("--nagios", "--check=full", err);
		return err_hint(err, "Testing what a server accepts takes many connections, too many for "
			"monitoring: use --check=quick.");
	}
	if (options->mode == MODE_CHECK && options->check_depth == CHECK_LOCAL && options->plain)
		return err_set(err, ERR_USAGE, "--check=local checks the stores, but --plain uses none");
	return 0;
}

/* The first thing given that could be sent, NULL if there is none. */
static const char *
first_input(const struct options *options)
{
	if (options->files.count > 0)
		return options->files.items[0];
	if (options->files_from)
		return "--files-from";
	return options->encapsulate.count > 0 ? "--encapsulate" : NULL;
}

/* A forgotten file name or an empty shell variable must not count as success. */
static int
check_list(const struct options *options, struct err *err)
{
	const char *more = first_input(options);

	if (options->mode == MODE_ECHO)
		more = "--echo";
	else if (options->mode == MODE_CHECK)
		more = "--check";
	else if (options->mode == MODE_STATUS)
		more = "--status";
	else if (options->connect_given)
		more = "--connect";
	else if (options->dry_run)
		more = "--dry-run";
	if (!more)
		return 0;
	err_set(err, ERR_USAGE, "--to without a name only lists the destinations, but '%s' was given",
		TEXT_SHOWN(more, 256));
	return err_hint(err, "Write --to NAME.");
}

/* A PDF does not say which patient it belongs to. */
static int
check_encapsulate(const struct options *options, struct err *err)
{
	bool pdfs = options->encapsulate.count > 0;

	if (options->like && !pdfs)
		return err_set(err, ERR_USAGE, "--like needs --encapsulate FILE.pdf");
	if (pdfs && !options->like && options->sets.count == 0) {
		err_set(err, ERR_USAGE, "--encapsulate: the patient and study of the PDF are not given");
		return err_hint(err, "Give an object of that study with --like FILE.dcm, or the attributes "
			"with --set.");
	}
	return 0;
}

/* One option must not forbid what another requests. */
static int
check_proposed(const struct options *options, struct err *err)
{
	for (size_t i = 0; i < options->proposed.count; i++) {
		const char *what = options->proposed.items[i];

		if (options->rules.no_implicit && strcmp(what, UID_IMPLICIT_LE) == 0)
			return exclude("--propose implicit", "--no-ivrle", err);
		if (options->rules.no_explicit && strcmp(what, UID_EXPLICIT_LE) == 0)
			return exclude("--propose explicit", "--no-evrle", err);
	}
	return 0;
}

/* What is sent, and where the results are written. */
static int
check_sending(const struct options *options, struct err *err)
{
	const char *input = first_input(options);

	if (options->dry_run && options->mode != MODE_SEND)
		return exclude("--dry-run", options->mode == MODE_ECHO ? "--echo" : "--check", err);
	if (options->mode == MODE_ECHO && input)
		return err_set(err, ERR_USAGE, "--echo sends no file, but '%s' was given",
			TEXT_SHOWN(input, 256));
	if (options->mode == MODE_CHECK && options->files.count == 0 && input)
		return err_set(err, ERR_USAGE, "--check takes file names only, but %s was given", input);
	if (options->mode == MODE_SEND && !input) {
		err_set(err, ERR_USAGE, "no FILE given");
		return err_hint(err, "Give the DICOM files or directories to send; to test only the "
			"connection, use --echo.");
	}
	if (options->resend && !options->journal)
		return err_set(err, ERR_USAGE, "--resend needs --journal FILE");
	if (options->journal_prune && !options->journal)
		return err_set(err, ERR_USAGE, "--journal-prune needs --journal FILE");
	if (options->from0 && !options->files_from && !options->failed_to && !options->done_to)
		return err_set(err, ERR_USAGE, "--from0 needs --files-from, --failed-to or --done-to");
	if (check_proposed(options, err) < 0)
		return -1;
	return check_encapsulate(options, err);
}

/* A plan needs no receiver, but a journal is kept for one. */
static int
check_receiver(const struct options *options, struct err *err)
{
	bool offline = options->mode == MODE_CHECK && options->check_depth == CHECK_LOCAL;

	if (options->connect_given || offline || (options->dry_run && !options->journal))
		return 0;
	err_set(err, ERR_USAGE, "no receiver given");
	return err_hint(err, "Give it with -c AET@HOST:PORT; see --help.");
}

/* --status needs no receiver; if one is given, it selects the entries. */
static int
check_status(const struct options *options, struct err *err)
{
	const char *other = options->dry_run ? "--dry-run" : options->resend ? "--resend" :
		options->journal_prune ? "--journal-prune" : options->failed_to ? "--failed-to" :
		options->done_to ? "--done-to" : options->prometheus ? "--prometheus" : NULL;

	if (other)
		return exclude(other, "--status", err);
	if (first_input(options))
		return err_set(err, ERR_USAGE, "--status takes no files, but '%s' was given",
			TEXT_SHOWN(first_input(options), 256));
	if (!options->journal)
		return err_set(err, ERR_USAGE, "--status needs --journal FILE");
	return 0;
}

int
optcheck(const struct options *options, struct err *err)
{
	if (options->config && !options->to && !options->list)
		return err_set(err, ERR_USAGE, "--config needs --to NAME");
	if (options->list)
		return check_list(options, err);
	if (options->mode == MODE_STATUS)
		return check_output(options, err) < 0 ? -1 : check_status(options, err);
	if (check_output(options, err) < 0 || check_check(options, err) < 0 ||
	    check_receiver(options, err) < 0 || check_identity(options, err) < 0 ||
	    check_tls(options, err) < 0)
		return -1;
	return check_sending(options, err);
}
