/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pdf [PICTURE] <TEXT >FILE: a PDF 1.4 file (ISO 32000-1), the same bytes
 * every time. PICTURE is 400 x 400 raw 8 bit grey. In the text, a line that
 * begins with
 *
 *   "# "   is a heading           "* "   is a bullet
 *   "> "   is an arrow from client to server, "< " one back, with its label
 *   "@"    places the picture     "---"  begins a new page
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES_MAX = 16, PICTURE_SIDE = 400, LEFT = 72, TOP = 770 };

/* Object numbers; a page and its content follow in pairs. */
enum { CATALOG = 1, PAGES, INFO, PLAIN, BOLD, PICTURE, FIRST_PAGE, OBJECTS_MAX = FIRST_PAGE + 2 * PAGES_MAX };

struct page {
	FILE *stream;
	char *content;
	size_t length;
	int y;
};

struct pdf {
	long offset[OBJECTS_MAX];
	struct page pages[PAGES_MAX];
	int page_count;
	unsigned char picture[PICTURE_SIDE * PICTURE_SIDE];
	int has_picture;
};

static void
die(const char *why)
{
	fprintf(stderr, "pdf: %s\n", why);
	exit(1);
}

static struct page *
page_new(struct pdf *pdf)
{
	struct page *page = &pdf->pages[pdf->page_count];

	if (pdf->page_count++ == PAGES_MAX)
		die("too many pages");
	page->y = TOP;
	page->stream = open_memstream(&page->content, &page->length);
	if (page->stream == NULL)
		die("no memory");
	return page;
}

static void
put_text(struct page *page, int font, int size, int x, const char *text)
{
	fprintf(page->stream, "BT /F%d %d Tf %d %d Td (", font, size, x, page->y);
	for (; *text != '\0'; text++) {
		if (strchr("()\\", *text))
			fputc('\\', page->stream);
		fputc(*text, page->stream);
	}
	fputs(") Tj ET\n", page->stream);
}

/* From x to x, its label above, its head at the end. */
static void
put_arrow(struct page *page, int from, int to, const char *label)
{
	int back = from < to ? -7 : 7;

	put_text(page, PLAIN, 9, LEFT + 100, label);
	page->y -= 5;
	fprintf(page->stream, "%d %d m %d %d l S\n", from, page->y, to, page->y);
	fprintf(page->stream, "%d %d m %d %d l %d %d l f\n", to, page->y, to + back, page->y + 3, to + back,
		page->y - 3);
	page->y -= 17;
}

static void
put_picture(struct page *page)
{
	page->y -= 300;
	fprintf(page->stream, "q 300 0 0 300 %d %d cm /Im Do Q\n", LEFT + 75, page->y);
	page->y -= 20;
}

static void
put_line(struct page *page, const char *line)
{
	if (!strncmp(line, "# ", 2)) {
		page->y -= 8;
		put_text(page, BOLD, 16, LEFT, line + 2);
		page->y -= 26;
	} else if (!strncmp(line, "* ", 2)) {
		fprintf(page->stream, "%d %d 3 3 re f\n", LEFT + 8, page->y + 3);
		put_text(page, PLAIN, 11, LEFT + 20, line + 2);
		page->y -= 15;
	} else if (!strncmp(line, "> ", 2)) {
		put_arrow(page, LEFT + 80, LEFT + 370, line + 2);
	} else if (!strncmp(line, "< ", 2)) {
		put_arrow(page, LEFT + 370, LEFT + 80, line + 2);
	} else if (!strcmp(line, "@")) {
		put_picture(page);
	} else {
		put_text(page, PLAIN, 11, LEFT, line);
		page->y -= 15;
	}
}

static void
read_text(struct pdf *pdf)
{
	struct page *page = page_new(pdf);
	char line[256];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "---"))
			page = page_new(pdf);
		else
			put_line(page, line);
	}
	for (int i = 0; i < pdf->page_count; i++)
		if (fclose(pdf->pages[i].stream))
			die("no memory");
}

static void
read_picture(struct pdf *pdf, const char *path)
{
	FILE *file = fopen(path, "rb");

	if (file == NULL || fread(pdf->picture, sizeof(pdf->picture), 1, file) != 1)
		die("cannot read the picture");
	fclose(file);
	pdf->has_picture = 1;
}

static void
begin(struct pdf *pdf, int object)
{
	pdf->offset[object] = ftell(stdout);
	if (pdf->offset[object] < 0)
		die("standard output must be a file");
	printf("%d 0 obj\n", object);
}

static void
write_head(struct pdf *pdf)
{
	/* Four high bytes on the second line mark a binary file (7.5.2). */
	printf("%%PDF-1.4\n%%\342\343\317\323\n");
	begin(pdf, CATALOG);
	printf("<< /Type /Catalog /Pages %d 0 R >>\nendobj\n", PAGES);
	begin(pdf, PAGES);
	printf("<< /Type /Pages /Count %d /Kids [", pdf->page_count);
	for (int i = 0; i < pdf->page_count; i++)
		printf(" %d 0 R", FIRST_PAGE + 2 * i);
	printf(" ] /MediaBox [0 0 595 842]\n/Resources << /Font << /F%d %d 0 R", PLAIN, PLAIN);
	printf(" /F%d %d 0 R >> /XObject << /Im %d 0 R >> >> >>\nendobj\n", BOLD, BOLD, PICTURE);
	begin(pdf, INFO);
	printf("<< /Title (Mutual TLS for DICOM) /Producer (mtls-storescu test data)"
	       " /CreationDate (D:20240102030405Z) >>\nendobj\n");
	begin(pdf, PLAIN);
	printf("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n");
	begin(pdf, BOLD);
	printf("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>\nendobj\n");
}

static void
write_picture(struct pdf *pdf)
{
	int side = pdf->has_picture ? PICTURE_SIDE : 1;

	begin(pdf, PICTURE);
	printf("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray"
	       " /BitsPerComponent 8 /Length %d >>\nstream\n",
	       side, side, side * side);
	fwrite(pdf->picture, (size_t)side, (size_t)side, stdout);
	printf("\nendstream\nendobj\n");
}

static void
write_pages(struct pdf *pdf)
{
	for (int i = 0; i < pdf->page_count; i++) {
		const struct page *page = &pdf->pages[i];
		int object = FIRST_PAGE + 2 * i;

		begin(pdf, object);
		printf("<< /Type /Page /Parent %d 0 R /Contents %d 0 R >>\nendobj\n", PAGES, object + 1);
		begin(pdf, object + 1);
		printf("<< /Length %zu >>\nstream\n%sendstream\nendobj\n", page->length, page->content);
	}
}

static void
write_trailer(struct pdf *pdf)
{
	int objects = FIRST_PAGE + 2 * pdf->page_count;
	long xref = ftell(stdout);

	printf("xref\n0 %d\n0000000000 65535 f \n", objects);
	for (int i = 1; i < objects; i++)
		printf("%010ld 00000 n \n", pdf->offset[i]);
	printf("trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\n", objects, CATALOG, INFO);
	printf("startxref\n%ld\n%%%%EOF\n", xref);
}

int
main(int argc, char **argv)
{
	static struct pdf pdf;

	if (argc > 1)
		read_picture(&pdf, argv[1]);
	read_text(&pdf);
	write_head(&pdf);
	write_picture(&pdf);
	write_pages(&pdf);
	write_trailer(&pdf);
	for (int i = 0; i < pdf.page_count; i++)
		free(pdf.pages[i].content);
	return fflush(stdout) ? 1 : 0;
}
