/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/dicomdir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "check_main.h"
#include "dicom/part10.h"
#include "dicom_bytes.h"
#include "home.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

#define XL ENCODING_EXPLICIT_LE
#define XB ENCODING_EXPLICIT_BE
#define IL ENCODING_IMPLICIT_LE

#define UNDEFINED ELEMENT_UNDEFINED
#define ITEM	  0xfffee000u
#define ITEM_END  0xfffee00du
#define SEQ_END	  0xfffee0ddu
#define RECORDS	  0x00041220u
#define IN_USE	  0x00041410u
#define TYPE	  0x00041430u
#define FILE_ID	  0x00041500u

/* What was handed out, a line each, without the directory's name. */
struct record {
	char text[4096];
	size_t count;
	size_t stop_at; /* the file that stops it, from 1; 0: none */
};

static int
note(void *ctx, const char *path)
{
	struct record *record = ctx;
	size_t len = strlen(record->text);
	size_t cut = strncmp(path, home, strlen(home)) == 0 ? strlen(home) : 0;

	snprintf(record->text + len, sizeof record->text - len, "%s\n", path + cut);
	return ++record->count == record->stop_at ? 7 : 0;
}

/* How a DICOMDIR is written. */
struct form {
	const char *syntax; /* as its header says it; NULL: not at all */
	struct encoding e;
	bool open_sequences; /* of undefined length */
	bool open_items;
};

/* A sequence or item around content, whose room is freed. */
static void
wrap(struct bytes *b, struct encoding e, uint32_t tag, bool open, struct bytes *content)
{
	bytes_header(b, e, tag, tag == ITEM ? NULL : "SQ", open ? UNDEFINED : (uint32_t)content->len);
	if (content->len > 0)
		bytes_put(b, content->data, content->len);
	if (open)
		bytes_header(b, e, tag == ITEM ? ITEM_END : SEQ_END, NULL, 0);
	bytes_free(content);
}

/* An icon, which holds a file ID of its own to be passed over. */
static void
nested(struct bytes *b, const struct form *form)
{
	struct bytes item = { 0 }, items = { 0 };

	bytes_text(&item, form->e, FILE_ID, "CS", "NOT\\THIS");
	bytes_text(&item, form->e, 0x00280010, "US", "xx");
	wrap(&items, form->e, ITEM, form->open_items, &item);
	wrap(b, form->e, 0x00880200, form->open_sequences, &items);
}

static void
put_record(struct bytes *b, const struct form *form, const char *type, unsigned in_use, const char *id,
	size_t len)
{
	struct bytes item = { 0 };

	bytes_value(&item, form->e, 0x00041400, "UL", "\0\0\0\0", 4);
	bytes_header(&item, form->e, IN_USE, "US", 2);
	bytes_u16(&item, form->e, in_use);
	bytes_text(&item, form->e, TYPE, "CS", type);
	if (id)
		bytes_value(&item, form->e, FILE_ID, "CS", id, len);
	bytes_text(&item, form->e, 0x00100010, "PN", "Doe^Jane");
	nested(&item, form);
	wrap(b, form->e, ITEM, form->open_items, &item);
}

/* A whole DICOMDIR of these records; they are freed. */
static void
put_directory(struct bytes *b, const struct form *form, struct bytes *records)
{
	struct bytes set = { 0 };

	bytes_text(&set, form->e, 0x00041130, "CS", "TEST");
	bytes_header(&set, form->e, 0x00041212, "US", 2);
	bytes_u16(&set, form->e, 0);
	wrap(&set, form->e, RECORDS, form->open_sequences, records);
	bytes_preamble(b);
	bytes_meta(b, UID_MEDIA_DIRECTORY, "1.2.3.4", form->syntax, 0);
	if (form->syntax && strcmp(form->syntax, UID_DEFLATED_LE) == 0)
		bytes_deflate(b, &set, 1);
	else
		bytes_put(b, set.data, set.len);
	bytes_free(&set);
}

static const struct form plain = { UID_EXPLICIT_LE, { .explicit_vr = true }, false, false };

/* A DICOMDIR that refers to one file. */
static void
refer(struct bytes *b, const char *id, size_t len)
{
	struct bytes records = { 0 };

	put_record(&records, &plain, "IMAGE", 0xffff, id, len);
	put_directory(b, &plain, &records);
}

/* The bytes as the file DICOMDIR; they are freed. */
static int
run(struct bytes *b, struct record *record, struct err *err)
{
	bytes_save(b, at("DICOMDIR"));
	bytes_free(b);
	return dicomdir_read(at("DICOMDIR"), note, record, err);
}

static const struct {
	const char *syntax;
	struct encoding e;
} syntaxes[] = {
	{ UID_EXPLICIT_LE, { .explicit_vr = true } },
	{ UID_IMPLICIT_LE, { .explicit_vr = false } },
	{ UID_EXPLICIT_BE, { .explicit_vr = true, .big_endian = true } },
	{ UID_DEFLATED_LE, { .explicit_vr = true } },
	{ NULL, { .explicit_vr = true } },
};

#define FORMS (4 * COUNT(syntaxes))

/* A tree as media have it. */
static void
put_tree(struct bytes *b, const struct form *form)
{
	struct bytes records = { 0 };

	put_record(&records, form, "PATIENT", 0xffff, NULL, 0);
	put_record(&records, form, "STUDY", 0xffff, "", 0);
	put_record(&records, form, "IMAGE", 0xffff, "IMAGES\\IM2 ", 11);
	put_record(&records, form, "IMAGE", 0, "IMAGES\\GONE", 11);
	put_record(&records, form, "IMAGE", 0xffff, "IMAGES\\IM1", 10);
	put_record(&records, form, "SR DOCUMENT", 0xffff, "SR1\0", 4);
	put_directory(b, form, &records);
}

/* That tree in one of its FORMS. */
static void
put_form(struct bytes *b, int i)
{
	struct form form = {
		.syntax = syntaxes[i / 4].syntax,
		.e = syntaxes[i / 4].e,
		.open_sequences = i & 1,
		.open_items = i & 2,
	};

	put_tree(b, &form);
}

/* Whoever reads it as an object is told. */
static bool
is_dicomdir(const char *path)
{
	struct instance instance;
	struct err err = ERR_INIT;
	enum part10_result result = part10_read(path, &instance, &err);

	if (result == PART10_OK)
		instance_clear(&instance);
	return result == PART10_NOT_DICOM && err.detail == NO_INPUT_IS_DICOMDIR;
}

START_TEST(every_form)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	struct bytes b = { 0 };

	put_form(&b, _i);
	ck_assert_int_eq(run(&b, &record, &err), 0);
	ck_assert_str_eq(record.text, "/IMAGES/IM2\n/IMAGES/IM1\n/SR1\n");
	ck_assert(is_dicomdir(at("DICOMDIR")));
}
END_TEST

/* A file, the reference to it, and what is handed out. */
static const struct {
	const char *files[3];
	const char *id;
	const char *path;
} matches[] = {
	{ { "IMAGES/IM1" }, "IMAGES\\IM1", "/IMAGES/IM1\n" },
	{ { "images/im1" }, "IMAGES\\IM1", "/images/im1\n" },
	{ { "Images/Im1" }, "IMAGES\\IM1", "/Images/Im1\n" },
	{ { "IMAGES/IM1;1" }, "IMAGES\\IM1", "/IMAGES/IM1;1\n" },
	{ { "IMAGES/IM1.;1" }, "IMAGES\\IM1", "/IMAGES/IM1.;1\n" },
	{ { "images./im1." }, "IMAGES\\IM1", "/images./im1.\n" },
	{ { "IMAGES/im1.dcm;1" }, "IMAGES\\IM1.DCM", "/IMAGES/im1.dcm;1\n" },
	{ { "IMAGES/IM1" }, "images\\im1.", "/IMAGES/IM1\n" },
	{ { "X/Im1", "X/im1", "X/IM1" }, "X\\IM1", "/X/IM1\n" },
	{ { "X/Im1", "X/iM1", "X/IM1." }, "X\\IM1", "/X/IM1.\n" },
	{ { "X/IM12", "X/IM", "X/IM1.x" }, "X\\IM1", "/X/IM1\n" },
	{ { "IM1;2" }, "IM1", "/IM1\n" },
	{ { "im1" }, "IM1", "/im1\n" },
	{ { "x/other" }, "X\\Y\\IM1", "/x/Y/IM1\n" },
	{ { "other" }, "X\\Y\\IM1", "/X/Y/IM1\n" },
	{ { "images/im1" }, " IMAGES \\ IM1  ", "/images/im1\n" },
	{ { "a b/c" }, "A B\\C", "/a b/c\n" },
	{ { "IMAGES/IM1" }, "\\IMAGES\\\\IM1\\", "/IMAGES/IM1\n" },
	{ { "...;1" }, "..;1", "/..;1\n" },
	{ { "\xff\n\t/\033" }, "\xff\n\t\\\033", "/\xff\n\t/\033\n" },
	{ { "\xc3\xa4" }, "\xc3\x84", "/\xc3\x84\n" },
	{ { "%s" }, "%S", "/%s\n" },
};

/* name, with its directories. */
static void
make(const char *name)
{
	const char *slash = strchr(name, '/');
	struct bytes b = { 0 };
	char part[64];

	if (slash) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
		ck_assert(mkdir(at(part), 0700) == 0 || errno == EEXIST);
	}
	bytes_put(&b, "x", 1);
	bytes_save(&b, at(name));
	bytes_free(&b);
}

START_TEST(match)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	struct bytes b = { 0 };

	for (int i = 0; i < 3 && matches[_i].files[i]; i++)
		make(matches[_i].files[i]);
	refer(&b, matches[_i].id, strlen(matches[_i].id));
	ck_assert_int_eq(run(&b, &record, &err), 0);
	ck_assert_str_eq(record.text, matches[_i].path);
}
END_TEST

/* A DICOMDIR in the working directory is named without one, and so are its files. */
START_TEST(relative)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	struct bytes b = { 0 };

	make("Images/Im1");
	refer(&b, "IMAGES\\IM1", 10);
	bytes_save(&b, at("DICOMDIR"));
	bytes_free(&b);
	ck_assert_int_eq(chdir(home), 0);
	ck_assert_int_eq(dicomdir_read("DICOMDIR", note, &record, &err), 0);
	ck_assert_int_eq(dicomdir_read("./DICOMDIR", note, &record, &err), 0);
	ck_assert_str_eq(record.text, "Images/Im1\n./Images/Im1\n");
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

#define BYTES(text) text, sizeof text - 1

/* Referred to between two files that are all right. */
static const struct {
	const char *id;
	size_t len;
	const char *why;
} refusals[] = {
	{ BYTES(".."), "is outside of" },
	{ BYTES("..\\PASSWD"), "is outside of" },
	{ BYTES("A\\..\\B"), "is outside of" },
	{ BYTES("A\\ .. \\B"), "is outside of" },
	{ BYTES("A\\.."), "is outside of" },
	{ BYTES("/etc/passwd"), "is outside of" },
	{ BYTES("A/B"), "is outside of" },
	{ BYTES("A\\../B"), "is outside of" },
	{ BYTES("A\0B"), "contains a NUL" },
	{ BYTES("\\\\"), "is empty" },
	{ BYTES(" \\ \\ "), "is empty" },
};

static void
put_between(struct bytes *b, const char *id, size_t len)
{
	struct bytes records = { 0 };

	put_record(&records, &plain, "IMAGE", 0xffff, "IM1 ", 4);
	put_record(&records, &plain, "IMAGE", 0xffff, id, len);
	put_record(&records, &plain, "IMAGE", 0xffff, "IM2 ", 4);
	put_directory(b, &plain, &records);
}

static void
check_refused(const char *id, size_t len, const char *why)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	struct bytes b = { 0 };

	put_between(&b, id, len);
	ck_assert_int_eq(run(&b, &record, &err), -1);
	ck_assert_str_eq(record.text, "/IM1\n/IM2\n");
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_ptr_eq(strstr(err.text, at("DICOMDIR")), err.text);
	ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
	ck_assert(err.hint[0] != '\0');
}

START_TEST(refused)
{
	check_refused(refusals[_i].id, refusals[_i].len, refusals[_i].why);
}
END_TEST

START_TEST(refused_for_length)
{
	static const size_t lengths[] = { NAME_MAX + 1, 1024, 1026, 40000, 65534 };
	char id[65534];

	memset(id, 'X', sizeof id);
	for (int i = 0; i < COUNT(lengths); i++)
		check_refused(id, lengths[i], "longer than a path can be");
	/* Short components, but all too many. */
	for (size_t i = 1; i < sizeof id; i += 2)
		id[i] = '\\';
	check_refused(id, 1026, "longer than a path can be");
}
END_TEST

/* Components that fit singly, below a directory that leaves no room for them. */
START_TEST(refused_for_room)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	struct bytes b = { 0 };
	char path[PATH_MAX];
	int fd;

	refer(&b, "IMAGES\\IM1", 10);
	fd = bytes_fd(&b);
	bytes_free(&b);
	memset(path, '/', sizeof path);
	path[PATH_MAX - 5] = '\0';
	ck_assert_int_eq(dicomdir_read_fd(fd, path, note, &record, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "longer than a path can be"));
	close(fd);
	ck_assert_uint_eq(record.count, 0);
}
END_TEST

/* Several are counted, and the first is named. */
START_TEST(refused_often)
{
	struct bytes b = { 0 }, records = { 0 };
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;

	put_record(&records, &plain, "IMAGE", 0xffff, "..\\A", 4);
	put_record(&records, &plain, "IMAGE", 0, "..\\I", 4);
	put_record(&records, &plain, "IMAGE", 0xffff, "IM1 ", 4);
	put_record(&records, &plain, "IMAGE", 0xffff, "..\\\033[1m", 7);
	put_directory(&b, &plain, &records);
	ck_assert_int_eq(run(&b, &record, &err), -1);
	ck_assert_str_eq(record.text, "/IM1\n");
	ck_assert_ptr_nonnull(strstr(err.text, "2 of its 3 references are refused: its directory record"));
	ck_assert_ptr_nonnull(strstr(err.text, "refers to \"..\\A\", which is outside of"));
}
END_TEST

START_TEST(stopped)
{
	struct record record = { .stop_at = (size_t)_i };
	struct err err = ERR_INIT;
	struct bytes b = { 0 };

	put_tree(&b, &plain);
	ck_assert_int_eq(run(&b, &record, &err), 7);
	ck_assert_uint_eq(record.count, (size_t)_i);
	ck_assert_int_eq(err.kind, ERR_NONE);
}
END_TEST

static void
nothing(struct bytes *b)
{
	(void)b;
}

static void
text(struct bytes *b)
{
	bytes_put(b, "Read me first.\n", 15);
}

static void
object(struct bytes *b)
{
	bytes_head(b, UID_EXPLICIT_LE);
	bytes_object(b, XL, 64);
}

static void
no_sequence(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, UID_MEDIA_DIRECTORY, "1.2.3.4", UID_EXPLICIT_LE, 0);
	bytes_text(b, XL, 0x00041130, "CS", "TEST");
}

static void
no_records(struct bytes *b)
{
	struct bytes records = { 0 };

	put_directory(b, &plain, &records);
}

static void
all_inactive(struct bytes *b)
{
	struct bytes records = { 0 };

	put_record(&records, &plain, "IMAGE", 0, "IM1 ", 4);
	put_directory(b, &plain, &records);
}

/* An element where an item belongs. */
static void
no_item(struct bytes *b)
{
	struct bytes records = { 0 };

	bytes_text(&records, XL, FILE_ID, "CS", "IM1");
	put_directory(b, &plain, &records);
}

/* Its last record says that it ends before its last element does. */
static void
item_too_short(struct bytes *b)
{
	struct bytes records = { 0 };

	bytes_header(&records, XL, ITEM, NULL, 10);
	bytes_text(&records, XL, FILE_ID, "CS", "IM1");
	put_directory(b, &plain, &records);
}

static void
item_too_long(struct bytes *b)
{
	struct bytes records = { 0 };

	bytes_header(&records, XL, ITEM, NULL, 0xfffffffe);
	bytes_text(&records, XL, FILE_ID, "CS", "IM1");
	put_directory(b, &plain, &records);
}

/* Data of another syntax than the header says. */
static void
wrong_syntax(struct bytes *b)
{
	struct form form = { UID_EXPLICIT_LE, { .explicit_vr = false }, false, false };
	struct bytes records = { 0 };

	put_record(&records, &form, "IMAGE", 0xffff, "IM1 ", 4);
	put_directory(b, &form, &records);
}

static void
no_deflate(struct bytes *b)
{
	bytes_preamble(b);
	bytes_meta(b, UID_MEDIA_DIRECTORY, "1.2.3.4", UID_DEFLATED_LE, 0);
	bytes_put(b, "\xff\xff\xff\xff", 4);
}

/* Sequences within sequences, without end. */
static void
too_deep(struct bytes *b)
{
	struct bytes records = { 0 };

	bytes_header(&records, XL, ITEM, NULL, UNDEFINED);
	for (int i = 0; i < 100000; i++) {
		bytes_header(&records, XL, 0x00880200, "SQ", UNDEFINED);
		bytes_header(&records, XL, ITEM, NULL, UNDEFINED);
	}
	put_directory(b, &plain, &records);
}

static const struct {
	void (*make)(struct bytes *b);
	bool is;
	const char *why;
} bad[] = {
	{ nothing, false, "is not a DICOMDIR" },
	{ text, false, "is not a DICOMDIR" },
	{ object, false, "is not a DICOMDIR" },
	{ no_sequence, true, "has no Directory Record Sequence (0004,1220)" },
	{ no_records, true, "refers to no file" },
	{ all_inactive, true, "refers to no file" },
	{ no_item, true, "there is no directory record at offset" },
	{ item_too_short, true, "corrupt: data that should end at offset" },
	{ item_too_long, true, "truncated" },
	{ wrong_syntax, true, "has no value representation" },
	{ no_deflate, true, "deflated data set is corrupt" },
	{ too_deep, true, "nested more than" },
};

START_TEST(malformed)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	struct bytes b = { 0 };

	bad[_i].make(&b);
	ck_assert_int_eq(run(&b, &record, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, bad[_i].why) != NULL, "%s", err.text);
	ck_assert_ptr_eq(strstr(err.text, at("DICOMDIR")), err.text);
	ck_assert_uint_eq(record.count, 0);
	ck_assert_int_eq(is_dicomdir(at("DICOMDIR")), bad[_i].is);
}
END_TEST

START_TEST(no_file)
{
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;

	ck_assert_int_eq(dicomdir_read(at("none"), note, &record, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_ptr_nonnull(strstr(err.text, "/none: cannot be opened: No such file"));
	ck_assert_int_eq(dicomdir_read(home, note, &record, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is not a regular file"));
	ck_assert_int_eq(mkfifo(at("fifo"), 0600), 0);
	ck_assert_int_eq(dicomdir_read(at("fifo"), note, &record, &err), -1);
	ck_assert(!is_dicomdir(at("none")) && !is_dicomdir(home) && !is_dicomdir(at("fifo")));
}
END_TEST

static int
read_bytes(const struct bytes *b, struct record *record)
{
	struct err err = ERR_INIT;
	int fd = bytes_fd(b);
	int rc = dicomdir_read_fd(fd, "/nonexistent/DICOMDIR", note, record, &err);

	close(fd);
	ck_assert_int_eq(err.kind, rc ? ERR_NO_INPUT : ERR_NONE);
	return rc;
}

/* Cut anywhere: what it hands out is what stood before the cut, and it says so.
 * Of a deflated stream, the last bytes may hold nothing. */
START_TEST(cut)
{
	bool deflated = strcmp(syntaxes[_i / 4].syntax ? syntaxes[_i / 4].syntax : "", UID_DEFLATED_LE) == 0;
	struct record all = { .count = 0 };
	struct bytes b = { 0 };

	put_form(&b, _i);
	ck_assert_int_eq(read_bytes(&b, &all), 0);
	while (b.len-- > 0) {
		struct record record = { .count = 0 };

		if (read_bytes(&b, &record) == 0)
			ck_assert(deflated && record.count == all.count);
		ck_assert(strncmp(all.text, record.text, strlen(record.text)) == 0);
	}
	bytes_free(&b);
}
END_TEST

/* Any byte replaced: a sentence or files below the directory, nothing else. */
START_TEST(flipped)
{
	static const unsigned char values[] = { 0x00, 0x7f, 0xff, '/', '.', '\\' };
	struct bytes b = { 0 };

	put_form(&b, _i);
	for (size_t i = 132; i < b.len; i++) {
		unsigned char was = b.data[i];

		for (int j = 0; j < COUNT(values); j++) {
			struct record record = { .count = 0 };

			b.data[i] = values[j];
			(void)read_bytes(&b, &record);
			ck_assert_uint_le(record.count, 6);
			ck_assert_ptr_null(strstr(record.text, "/../"));
		}
		b.data[i] = was;
	}
	bytes_free(&b);
}
END_TEST

static bool
shell(const char *command)
{
	return system(command) == 0;
}

/* What DCMTK writes, where it is installed; then as a mount in lower case shows it. */
START_TEST(dcmmkdir)
{
	const char *srcdir = getenv("srcdir");
	struct record record = { .count = 0 };
	struct err err = ERR_INIT;
	char command[PATH_MAX];

	if (!shell("command -v dcmmkdir >/dev/null"))
		return;
	snprintf(command, sizeof command, "d=$(cd '%s/testdata/dicom' && pwd) && cd %s && mkdir -p IMG/A && "
		"cp \"$d/ct.dcm\" IMG/IM1 && cp \"$d/rgb.dcm\" IMG/IM2 && cp \"$d/sr.dcm\" IMG/A/SR1 && "
		"dcmmkdir -q IMG/IM1 IMG/IM2 IMG/A/SR1", srcdir ? srcdir : ".", home);
	ck_assert(shell(command));
	ck_assert(is_dicomdir(at("DICOMDIR")));
	ck_assert_int_eq(dicomdir_read(at("DICOMDIR"), note, &record, &err), 0);
	ck_assert_uint_eq(record.count, 3);
	ck_assert(strstr(record.text, "/IMG/IM1\n") && strstr(record.text, "/IMG/IM2\n"));
	ck_assert_ptr_nonnull(strstr(record.text, "/IMG/A/SR1\n"));
	snprintf(command, sizeof command, "cd %s && mv IMG img && mv img/IM1 img/im1 && mv img/A 'img/a.' && "
		"mv img/a./SR1 'img/a./Sr1.;1' && mv DICOMDIR dicomdir", home);
	ck_assert(shell(command));
	memset(&record, 0, sizeof record);
	ck_assert_int_eq(dicomdir_read(at("dicomdir"), note, &record, &err), 0);
	ck_assert_uint_eq(record.count, 3);
	ck_assert(strstr(record.text, "/img/im1\n") && strstr(record.text, "/img/IM2\n"));
	ck_assert_ptr_nonnull(strstr(record.text, "/img/a./Sr1.;1\n"));
}
END_TEST

static Suite *
suite_dicomdir(void)
{
	Suite *suite = suite_create("dicomdir");
	TCase *tcase = tcase_create("dicomdir");

	tcase_add_checked_fixture(tcase, home_make, home_remove);
	tcase_add_loop_test(tcase, every_form, 0, FORMS);
	tcase_add_rows(tcase, match, matches, id);
	tcase_add_test(tcase, relative);
	tcase_add_rows(tcase, refused, refusals, id);
	tcase_add_test(tcase, refused_for_length);
	tcase_add_test(tcase, refused_for_room);
	tcase_add_test(tcase, refused_often);
	tcase_add_loop_test(tcase, stopped, 1, 4);
	tcase_add_rows(tcase, malformed, bad, why);
	tcase_add_test(tcase, no_file);
	tcase_add_loop_test(tcase, cut, 0, FORMS);
	tcase_add_loop_test(tcase, flipped, 0, FORMS);
	tcase_add_test(tcase, dcmmkdir);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return check_run(suite_dicomdir());
}
