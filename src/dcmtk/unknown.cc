/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/unknown.h"

#include <string.h>

#include <memory>
#include <vector>

#include "dcmtk/dcmdata/dcdatset.h"
#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcistrmb.h"
#include "dcmtk/dcmdata/dcsequen.h"

namespace {

const Uint32 longest_value = 4096;	    /* bytes: longer values are not text that is edited */
const Uint32 longest_sequence = 16777216;

/* Is it UN, but the dictionary has another VR? */
bool
is_unknown(DcmElement &element)
{
	DcmTag known(element.getTag().getXTag());
	Uint32 length = element.getLengthField();

	if (element.getVR() != EVR_UN || known.getGroup() % 2 != 0 || known == DCM_PixelData)
		return false;
	if (known.getEVR() == EVR_UN || known.getEVR() == EVR_UNKNOWN)
		return false;
	return length <= (known.getEVR() == EVR_SQ ? longest_sequence : longest_value);
}

/* The element as read in implicit VR, NULL if it cannot be read. */
std::unique_ptr<DcmElement>
read_known(DcmElement &unknown)
{
	const Uint32 length = unknown.getLength();
	std::vector<Uint8> bytes(8 + length);
	DcmInputBufferStream stream;
	Uint8 *value = nullptr;
	DcmDataset item;
	bool whole;

	if (length > 0 && (unknown.getUint8Array(value).bad() || !value))
		return nullptr;
	bytes[0] = static_cast<Uint8>(unknown.getGTag());
	bytes[1] = static_cast<Uint8>(unknown.getGTag() >> 8);
	bytes[2] = static_cast<Uint8>(unknown.getETag());
	bytes[3] = static_cast<Uint8>(unknown.getETag() >> 8);
	for (unsigned i = 0; i < 4; i++)
		bytes[4 + i] = static_cast<Uint8>(length >> 8 * i);
	if (length > 0)
		memcpy(&bytes[8], value, length);
	stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
	stream.setEos();
	item.transferInit();
	whole = item.read(stream, EXS_LittleEndianImplicit, EGL_noChange, DCM_MaxReadLength).good();
	item.transferEnd();
	whole = whole && item.card() == 1 && stream.tell() == static_cast<offile_off_t>(bytes.size());
	return std::unique_ptr<DcmElement>(whole ? item.remove(0UL) : nullptr);
}

} /* namespace */

unsigned
unknown_resolve(DcmItem &item)
{
	unsigned count = 0;

	for (unsigned long i = 0; i < item.card(); i++) {
		DcmElement *element = item.getElement(i);
		DcmObject *part = nullptr;

		if (is_unknown(*element)) {
			std::unique_ptr<DcmElement> known = read_known(*element);

			if (known && item.insert(known.get(), OFTrue).good()) {
				element = known.release();
				count++;
			}
		}
		while (element->ident() == EVR_SQ && (part = element->nextInContainer(part)) != nullptr)
			count += unknown_resolve(*static_cast<DcmItem *>(part));
	}
	return count;
}
