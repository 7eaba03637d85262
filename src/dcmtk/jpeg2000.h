/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JPEG 2000 for DCMTK, which has no codec for it: decompression by OpenJPEG,
 * frame by frame, into one buffer for all. A frame's samples take four bytes
 * each meanwhile.
 */
#ifndef MTLS_DCMTK_JPEG2000_H
#define MTLS_DCMTK_JPEG2000_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dccodec.h"

/*
 * Decodes one of the two transfer syntaxes of ISO/IEC 15444-1. What the code
 * streams' headers say must have been held against the attributes before
 * (decompress.h does); what is decoded is held against them again. Pixels come
 * by pixel (Planar Configuration 0); of YBR_ICT and YBR_RCT, RGB is made, and
 * Photometric Interpretation says so. Failures bear a text that ends a sentence
 * about the file.
 */
class Jpeg2000Decoder : public DcmCodec {
    public:
	explicit Jpeg2000Decoder(E_TransferSyntax syntax) : syntax_(syntax) {}

	OFBool canChangeCoding(E_TransferSyntax from, E_TransferSyntax to) const override;
	OFCondition decode(const DcmRepresentationParameter *, DcmPixelSequence *fragments,
		DcmPolymorphOBOW &pixels, const DcmCodecParameter *, const DcmStack &stack,
		OFBool &remove_old) const override;

	/* Not wanted here: no single frames, no compression. */
	OFCondition decodeFrame(const DcmRepresentationParameter *, DcmPixelSequence *,
		const DcmCodecParameter *, DcmItem *, Uint32, Uint32 &, void *, Uint32,
		OFString &) const override;
	OFCondition encode(const Uint16 *, Uint32, const DcmRepresentationParameter *, DcmPixelSequence *&,
		const DcmCodecParameter *, DcmStack &, OFBool &) const override;
	OFCondition encode(E_TransferSyntax, const DcmRepresentationParameter *, DcmPixelSequence *,
		const DcmRepresentationParameter *, DcmPixelSequence *&, const DcmCodecParameter *,
		DcmStack &, OFBool &) const override;
	Uint16 decodedBitsAllocated(Uint16, Uint16) const; /* overrides from DCMTK 3.7 on */
	OFCondition determineDecompressedColorModel(const DcmRepresentationParameter *, DcmPixelSequence *,
		const DcmCodecParameter *, DcmItem *, OFString &) const override;

    private:
	E_TransferSyntax syntax_;
};

/* DCMTK wants a parameter with every codec; this one has none. */
class NoCodecParameter : public DcmCodecParameter {
    public:
	DcmCodecParameter *clone() const override { return new NoCodecParameter(*this); }
	const char *className() const override { return "NoCodecParameter"; }
};

#endif
