/* SPDX-License-Identifier: BSD-3-Clause */
/* PDFs as instances: their bytes, their patient and study, and what is refused. */
#include "dcmtk/encapsulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "dicom_bytes.h"

#define SMALL	 "%PDF-1.4\nhello\n%%EOF\n"
#define STUDY	 "2.25.142289912144117129006775735858485754900"
#define COMPLETE "PatientName=Doe^Jane", "PatientID=7", "StudyInstanceUID=1.2.3"

static const unsigned char seed[32] = "a seed as long as SHA-256 gives";
static char dir[] = "/tmp/mtls-pdf-XXXXXX";

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static const char *
put(const char *name, const void *data, size_t len)
{
	static char path[256];
	struct bytes bytes = { 0 };

	snprintf(path, sizeof path, "%s/%s", dir, name);
	bytes_put(&bytes, data, len);
	bytes_save(&bytes, path);
	bytes_free(&bytes);
	return path;
}

static const char *
fixture(const char *name)
{
	static char path[1024];
	const char *srcdir = getenv("srcdir");

	snprintf(path, sizeof path, "%s/testdata/%s", srcdir ? srcdir : ".", name);
	return path;
}

/* The whole file. Its data to be freed. */
static struct bytes
load(const char *path)
{
	struct bytes bytes = { 0 };
	struct stat st;
	FILE *f = fopen(path, "rb");

	ck_assert_msg(f && fstat(fileno(f), &st) == 0, "%s", path);
	bytes_zero(&bytes, (size_t)st.st_size);
	ck_assert_uint_eq(fread(bytes.data, 1, bytes.len, f), bytes.len);
	fclose(f);
	return bytes;
}

static struct edits *
make_edits(const char *const words[], const char *suffix)
{
	struct err err = ERR_INIT;
	struct edits *edits = edits_new(&err);

	ck_assert_ptr_nonnull(edits);
	for (size_t i = 0; words[i]; i++)
		ck_assert_msg(edits_set(edits, words[i], &err) == 0, "%s", err.text);
	if (suffix)
		ck_assert_int_eq(edits_suffix(edits, suffix, &err), 0);
	return edits;
}

/* Does dciodvfy find no error? If it is not installed, the end-to-end test has to check this. */
static void
verify(const char *path)
{
	char command[1200];

	snprintf(command, sizeof command, "! command -v dciodvfy >/dev/null || "
		"{ dciodvfy '%s' 2>&1 | grep '^Error' && exit 1; exit 0; }", path);
	ck_assert_msg(system(command) == 0, "%s", path);
}

/* Does the value stand in the file behind this tag, as explicit VR has it? */
static void
has(const struct bytes *file, uint32_t tag, const char *vr, const char *value)
{
	struct bytes want = { 0 };

	bytes_text(&want, ENCODING_EXPLICIT_LE, tag, vr, value);
	ck_assert_msg(memmem(file->data, file->len, want.data, want.len) != NULL, "%08x %s", tag, value);
	bytes_free(&want);
}

static const struct {
	const char *like; /* in testdata */
	const char *words[8];
	const char *suffix;
	const char *study, *name, *charset;
} whose[] = {
	{ "dicom/ct.dcm", { NULL }, NULL, STUDY, "Phantom^Anna", NULL },
	{ "dicom/deflated.dcm", { NULL }, NULL, STUDY, "Phantom^Anna", NULL },
	{ "dicom/bigendian.dcm", { NULL }, NULL, STUDY, "Phantom^Anna", NULL },
	{ "dicom/bare.dcm", { NULL }, NULL, STUDY, "Phantom^Anna", NULL },
	{ "dicom/jpeg.dcm", { NULL }, NULL, STUDY, "Phantom^Anna", NULL },
	{ "dicom/chinese.dcm", { NULL }, NULL, NULL, "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "GB18030" },
	{ "dicom/chinese.dcm", { "PatientName=王", NULL }, NULL, NULL, "\xcd\xf5", "GB18030" },
	{ "dicom/ct.dcm", { "PatientName=Roe", "StudyDescription=letter", NULL }, NULL, STUDY, "Roe", NULL },
	{ "dicom/ct.dcm", { NULL }, ".7", STUDY ".7", "Phantom^Anna", NULL },
	{ "dicom/ct.dcm", { "StudyInstanceUID=1.2.3", NULL }, ".7", "1.2.3", "Phantom^Anna", NULL },
	{ NULL, { COMPLETE, NULL }, NULL, "1.2.3", "Doe^Jane", NULL },
	{ NULL, { COMPLETE, NULL }, ".7", "1.2.3", "Doe^Jane", NULL },
	{ NULL, { COMPLETE, "DocumentTitle=Über", NULL }, NULL, "1.2.3", "Doe^Jane", "ISO_IR 192" },
};

START_TEST(belongs)
{
	struct edits *edits = make_edits(whose[_i].words, whose[_i].suffix);
	struct err err = ERR_INIT;
	struct instance instance;
	struct bytes file;
	unsigned parts = 9;
	const char *pdf = put("small.pdf", SMALL, sizeof SMALL - 1);

	ck_assert_msg(encapsulate_pdf(pdf, whose[_i].like ? fixture(whose[_i].like) : NULL, edits, seed, dir,
			&instance, &parts, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(parts, 0);
	ck_assert_int_eq(instance.raw, RAW_FIT);
	ck_assert_str_eq(instance.sop_class, "1.2.840.10008.5.1.4.1.1.104.1");
	ck_assert_str_eq(instance.syntax, UID_EXPLICIT_LE);
	ck_assert_str_eq(instance.origin, pdf);
	ck_assert(uid_valid(instance.sop_instance) && uid_valid(instance.series));
	ck_assert_str_ne(instance.sop_instance, instance.series);
	if (whose[_i].study)
		ck_assert_str_eq(instance.study, whose[_i].study);
	file = load(instance.path);
	has(&file, 0x00100010, "PN", whose[_i].name);
	if (whose[_i].charset)
		has(&file, 0x00080005, "CS", whose[_i].charset);
	verify(instance.path);
	bytes_free(&file);
	instance_clear(&instance);
	edits_free(edits);
}
END_TEST

/* The document's bytes are the PDF's. It is read in pieces of 64 KiB: marks across their ends count once. */
static const struct {
	size_t size;
	size_t marks[4]; /* where those before the last begin; 0 ends the row */
	unsigned parts;
} sizes[] = {
	{ 64, { 0 }, 0 },
	{ 65, { 20 }, 1 },
	{ 65536, { 20, 25 }, 2 },
	{ 65541, { 20, 65527 }, 2 },
	{ 131073, { 65531, 65536 }, 2 },
	{ 131073, { 65532 }, 1 },
	{ 131073, { 65533 }, 1 },
	{ 131073, { 65534 }, 1 },
	{ 131073, { 65535 }, 1 },
	{ 300001, { 65536, 131069, 196608 }, 3 },
};

START_TEST(bytes_kept)
{
	static const char *const words[] = { COMPLETE, NULL };
	struct edits *edits = make_edits(words, NULL);
	struct err err = ERR_INIT;
	struct instance instance;
	struct bytes file, want = { 0 };
	size_t size = sizes[_i].size;
	unsigned char *pdf = malloc(size);
	unsigned parts;

	ck_assert_ptr_nonnull(pdf);
	memset(pdf, 'x', size);
	memcpy(pdf, "%PDF-1.7\n", 9);
	for (size_t i = 0; sizes[_i].marks[i]; i++)
		memcpy(pdf + sizes[_i].marks[i], "%%EOF", 5);
	memcpy(pdf + size - 6, "%%EOF\n", 6);
	ck_assert_int_eq(encapsulate_pdf(put("a.pdf", pdf, size), NULL, edits, seed, dir, &instance, &parts,
		&err), 0);
	file = load(instance.path);
	ck_assert_uint_eq(parts, sizes[_i].parts);
	bytes_header(&want, ENCODING_EXPLICIT_LE, 0x00420011, "OB", (uint32_t)(size + size % 2));
	bytes_put(&want, pdf, size);
	bytes_put(&want, "", size % 2);
	has(&file, 0x00420012, "LO", "application/pdf");
	bytes_text(&want, ENCODING_EXPLICIT_LE, 0x00420012, "LO", "application/pdf");
	bytes_header(&want, ENCODING_EXPLICIT_LE, 0x00420015, "UL", 4);
	bytes_u32(&want, ENCODING_EXPLICIT_LE, (uint32_t)size);
	ck_assert(file.len > want.len && memcmp(file.data + file.len - want.len, want.data, want.len) == 0);
	verify(instance.path);
	bytes_free(&file);
	bytes_free(&want);
	instance_clear(&instance);
	edits_free(edits);
	free(pdf);
}
END_TEST

/* The same call, the same bytes; another seed, another instance. */
START_TEST(repeats)
{
	static const char *const words[] = { "PatientComments=x", NULL };
	static const unsigned char other[32] = { 1, 2, 3 };
	struct edits *edits = make_edits(words, NULL);
	struct err err = ERR_INIT;
	struct instance a, b, c;
	struct bytes first, second;
	struct stat st;
	unsigned parts;
	const char *pdf = put("a.pdf", SMALL, sizeof SMALL - 1);
	const char *like = fixture("dicom/ct.dcm");

	ck_assert_int_eq(encapsulate_pdf(pdf, like, edits, seed, dir, &a, &parts, &err), 0);
	ck_assert_int_eq(encapsulate_pdf(pdf, like, edits, seed, dir, &b, &parts, &err), 0);
	ck_assert_int_eq(encapsulate_pdf(pdf, like, edits, other, dir, &c, &parts, &err), 0);
	ck_assert_str_ne(a.path, b.path);
	first = load(a.path);
	second = load(b.path);
	ck_assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	/* in any release, or it would be another object */
	ck_assert_str_eq(a.series, "2.25.129103609601138272877647844692545970273");
	ck_assert_str_eq(a.sop_instance, "2.25.153029062179334786182442181929065607936");
	ck_assert_str_ne(a.sop_instance, c.sop_instance);
	ck_assert_str_ne(a.series, c.series);
	ck_assert_str_eq(a.study, c.study);
	ck_assert_int_eq(stat(a.path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	bytes_free(&first);
	bytes_free(&second);
	instance_clear(&a);
	instance_clear(&b);
	instance_clear(&c);
	edits_free(edits);
}
END_TEST

#define IS(text) text, sizeof text - 1

static const struct {
	const char *pdf;
	size_t size;
	const char *like;
	const char *words[8];
	enum err_kind kind;
	const char *text;
} refused[] = {
	{ IS(""), "dicom/ct.dcm", { NULL }, ERR_NO_INPUT, "does not begin with %PDF-" },
	{ IS("%PDF-1.4"), "dicom/ct.dcm", { NULL }, ERR_NO_INPUT, "does not end with %%EOF" },
	{ IS("GIF89a %%EOF"), "dicom/ct.dcm", { NULL }, ERR_NO_INPUT, "is not a complete PDF" },
	{ IS(SMALL), NULL, { NULL }, ERR_USAGE, "PatientName, PatientID, StudyInstanceUID missing" },
	{ IS(SMALL), NULL, { "PatientName=A", "PatientID=", "StudyInstanceUID=1.2", NULL }, ERR_USAGE,
		"PatientID missing" },
	{ IS(SMALL), "dicom/nowhere.dcm", { NULL }, ERR_NO_INPUT, "--like: " },
	{ IS(SMALL), "embeddedpdf.pdf", { NULL }, ERR_NO_INPUT, "is not a DICOM file" },
	{ IS(SMALL), "dicom/japanese.dcm", { "PatientName=Müller", NULL }, ERR_NO_INPUT, "\"ü\" is not in" },
	{ IS(SMALL), "dicom/ct.dcm", { "MIMETypeOfEncapsulatedDocument=text/plain", NULL }, ERR_USAGE,
		"follows from the document" },
	{ IS(SMALL), "dicom/ct.dcm", { "00091001=x", NULL }, ERR_NO_INPUT, "(0009,1001)" },
};

START_TEST(refuses)
{
	struct edits *edits = make_edits(refused[_i].words, NULL);
	struct err err = ERR_INIT;
	struct instance instance;
	unsigned parts;
	char command[128];
	const char *pdf = put("no.pdf", refused[_i].pdf, refused[_i].size);
	const char *like = refused[_i].like ? fixture(refused[_i].like) : NULL;

	ck_assert_int_eq(encapsulate_pdf(pdf, like, edits, seed, dir, &instance, &parts, &err), -1);
	ck_assert_msg(err.kind == refused[_i].kind && strstr(err.text, refused[_i].text), "%d %s", err.kind,
		err.text);
	ck_assert_msg(strstr(err.text, "no.pdf: ") != NULL, "%s", err.text);
	ck_assert_ptr_null(instance.path);
	/* Nothing is left behind. */
	snprintf(command, sizeof command, "test \"$(ls %s)\" = no.pdf", dir);
	ck_assert_int_eq(system(command), 0);
	edits_free(edits);
}
END_TEST

START_TEST(refuses_other_files)
{
	static const char *const words[] = { COMPLETE, NULL };
	struct edits *edits = make_edits(words, NULL);
	struct err err = ERR_INIT;
	struct instance instance;
	unsigned parts;
	char path[128];
	int fd;

	ck_assert_int_eq(encapsulate_pdf(dir, NULL, edits, seed, dir, &instance, &parts, &err), -1);
	ck_assert_msg(err.kind == ERR_NO_INPUT && strstr(err.text, "not a regular file"), "%s", err.text);
	ck_assert_int_eq(encapsulate_pdf("/nowhere", NULL, edits, seed, dir, &instance, &parts, &err), -1);
	ck_assert_str_eq(err.text, "/nowhere: cannot be opened: No such file or directory");
	ck_assert_int_eq(encapsulate_pdf(put("a.pdf", SMALL, sizeof SMALL - 1), NULL, edits, seed, "/nowhere",
		&instance, &parts, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_int_eq(encapsulate_pdf(put("a.pdf", SMALL, sizeof SMALL - 1), NULL, NULL, seed, dir, &instance,
		&parts, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	/* Sparse: 4 GiB - 1, which padded would be the undefined length. */
	snprintf(path, sizeof path, "%s/huge.pdf", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert(fd >= 0 && ftruncate(fd, 0xffffffff) == 0);
	close(fd);
	ck_assert_int_eq(encapsulate_pdf(path, NULL, edits, seed, dir, &instance, &parts, &err), -1);
	ck_assert_msg(err.kind == ERR_NO_INPUT && strstr(err.text, "too long"), "%s", err.text);
	edits_free(edits);
}
END_TEST

/* Its marks have to lie in the first and the last 1,024 bytes. */
static const struct {
	const char *name;
	size_t size, head, tail; /* of the file; where "%PDF-" begins; bytes from "%%EOF" to the end */
	const char *text; /* NULL: taken */
} edges[] = {
	{ "both as far in as they may be", 4096, 1019, 1024, NULL },
	{ "the head one byte too far in", 4096, 1020, 1024, "does not begin with %PDF-" },
	{ "the head begins behind the edge", 4096, 1024, 6, "does not begin with %PDF-" },
	{ "the tail one byte too early", 4096, 0, 1025, "does not end with %%EOF" },
	{ "the same, over several pieces", 200000, 1019, 1024, NULL },
	{ "the same, a head too far in", 200000, 1020, 5, "does not begin with %PDF-" },
	{ "the same, a tail too early", 200000, 0, 1025, "does not end with %%EOF" },
};

START_TEST(edge)
{
	static const char *const words[] = { COMPLETE, NULL };
	struct edits *edits = make_edits(words, NULL);
	struct err err = ERR_INIT;
	struct instance instance;
	unsigned char *pdf = malloc(edges[_i].size);
	unsigned parts;
	int rv;

	ck_assert_ptr_nonnull(pdf);
	memset(pdf, 'x', edges[_i].size);
	memcpy(pdf + edges[_i].head, "%PDF-", 5);
	memcpy(pdf + edges[_i].size - edges[_i].tail, "%%EOF", 5);
	rv = encapsulate_pdf(put("a.pdf", pdf, edges[_i].size), NULL, edits, seed, dir, &instance, &parts, &err);
	ck_assert_msg(rv == (edges[_i].text ? -1 : 0), "%s", err.text);
	if (edges[_i].text)
		ck_assert_msg(strstr(err.text, edges[_i].text) != NULL, "%s", err.text);
	else
		instance_clear(&instance);
	edits_free(edits);
	free(pdf);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("encapsulate");
	TCase *tc = tcase_create("encapsulate");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_rows(tc, belongs, whose, name);
	tcase_add_loop_test(tc, bytes_kept, 0, sizeof sizes / sizeof *sizes);
	tcase_add_test(tc, repeats);
	tcase_add_rows(tc, refuses, refused, pdf);
	tcase_add_rows(tc, edge, edges, name);
	tcase_add_test(tc, refuses_other_files);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
