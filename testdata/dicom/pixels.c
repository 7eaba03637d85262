/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pixels KIND: the pictures of the fixtures, raw on standard output.
 * No trigonometry, so that every machine draws the same bytes.
 *
 * page    400 x 400, 8 bit grey         the picture in the PDF
 * ct      64 x 64, 16 bit little endian stored values, Hounsfield + 1024
 * signed  64 x 64, 12 bit signed in 16 bit little endian, Hounsfield
 * rgb     64 x 64, RGB by pixel
 * frames  6 x 32 x 32, 8 bit grey       a bar that turns into a wedge
 * odd     5 x 5, 8 bit grey             25 bytes, no padding
 */
#include <stdio.h>
#include <string.h>

/* A head phantom after Shepp and Logan; cos and sin are of the tilt. */
struct ellipse {
	int hounsfield; /* added inside */
	double x, y, a, b, cos, sin;
};

static const struct ellipse phantom[] = {
	{ 2000, 0, 0, .69, .92, 1, 0 },
	{ -970, 0, -.0184, .6624, .874, 1, 0 },
	{ -60, .22, 0, .11, .31, .951056516, -.309016994 },
	{ -60, -.22, 0, .16, .41, .951056516, .309016994 },
	{ 40, 0, .35, .21, .25, 1, 0 },
	{ 50, 0, .1, .046, .046, 1, 0 },
	{ 50, 0, -.1, .046, .046, 1, 0 },
	{ 60, -.08, -.605, .046, .023, 1, 0 },
	{ 60, .06, -.605, .023, .046, 1, 0 },
};

static int
phantom_hounsfield(int column, int row, int size)
{
	double x = (2.0 * column + 1) / size - 1;
	double y = 1 - (2.0 * row + 1) / size;
	int hu = -1000;

	for (size_t i = 0; i < sizeof(phantom) / sizeof(phantom[0]); i++) {
		const struct ellipse *e = &phantom[i];
		double u = ((x - e->x) * e->cos + (y - e->y) * e->sin) / e->a;
		double v = ((y - e->y) * e->cos - (x - e->x) * e->sin) / e->b;

		if (u * u + v * v <= 1)
			hu += e->hounsfield;
	}
	return hu;
}

/* A brain window: -90..170 HU onto the grey scale. */
static int
windowed(int hu)
{
	int grey = (hu + 90) * 255 / 260;

	return grey < 0 ? 0 : grey > 255 ? 255 : grey;
}

/* Grain, so that a lost or doubled byte shows; Knuth's multiplicative hash. */
static int
grain(int column, int row, int range)
{
	unsigned hash = ((unsigned)row * 8191u + (unsigned)column) * 2654435761u;

	return (int)(hash >> 24) % range;
}

static void
draw_page(int column, int row)
{
	int grey = windowed(phantom_hounsfield(column, row, 400));

	putchar(grey < 8 || grey > 247 ? grey : grey + grain(column, row, 9) - 4);
}

static void
draw_ct(int column, int row)
{
	int stored = phantom_hounsfield(column, row, 64) + 1024 + grain(column, row, 9);

	putchar(stored & 0xff);
	putchar(stored >> 8);
}

static void
draw_signed(int column, int row)
{
	unsigned stored = (unsigned)(phantom_hounsfield(column, row, 64) + grain(column, row, 9));

	putchar(stored & 0xff);
	putchar(stored >> 8 & 0xff);
}

static void
draw_rgb(int column, int row)
{
	putchar(column * 4);
	putchar(row * 4);
	putchar((column / 8 + row / 8) % 2 ? 255 : grain(column, row, 64));
}

static void
draw_frame(int column, int row)
{
	int frame = row / 32;

	putchar(column * 5 > (row % 32) * frame ? 8 * column : 255 - 8 * (row % 32));
}

static void
draw_odd(int column, int row)
{
	putchar(50 * column + row);
}

static const struct {
	const char *name;
	int columns, rows;
	void (*draw)(int column, int row);
} kinds[] = {
	{ "page", 400, 400, draw_page },
	{ "ct", 64, 64, draw_ct },
	{ "signed", 64, 64, draw_signed },
	{ "rgb", 64, 64, draw_rgb },
	{ "frames", 32, 6 * 32, draw_frame },
	{ "odd", 5, 5, draw_odd },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		for (int row = 0; row < kinds[i].rows; row++)
			for (int column = 0; column < kinds[i].columns; column++)
				kinds[i].draw(column, row);
		return fflush(stdout) ? 1 : 0;
	}
	fputs("usage: pixels page|ct|signed|rgb|frames|odd\n", stderr);
	return 2;
}
