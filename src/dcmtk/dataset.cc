/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/dataset.h"

#include <memory>
#include <new>
#include <string.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcelem.h"
#include "dcmtk/dcmdata/dcostrma.h"
#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcstack.h"
#include "dcmtk/dcmdata/dcvr.h"
#include "dcmtk/dcmdata/dcvrss.h"
#include "dcmtk/dcmdata/dcwcache.h"
#include "dcmtk/dcmdata/dcxfer.h"
#include "dcmtk/edits_apply.h"
#include "dcmtk/nesting.h"
#include "dcmtk/unknown.h"
#include "dcmtk/warnings.h"

extern "C" {
#include "base/text.h"
#include "dicom/input.h"
#include "dicom/uid.h"
}

namespace {

/* Values up to this many bytes are read into memory with the file. */
const Uint32 read_length = 4096;

/* A deflated data set may inflate to this many times the memory that an object may take. */
const uint64_t inflated_max = 16;

/* Passes encoded bytes to a sink. It reports unlimited room: the sink blocks instead. */
class SinkConsumer : public DcmConsumer {
    public:
	explicit SinkConsumer(DatasetSink &sink) : sink_(sink), status_(EC_Normal) {}
	OFBool good() const override { return status_.good(); }
	OFCondition status() const override { return status_; }
	OFBool isFlushed() const override { return OFTrue; }
	offile_off_t avail() const override { return 1 << 30; }
	void flush() override {}
	offile_off_t write(const void *buf, offile_off_t size) override
	{
		if (status_.bad())
			return 0;
		if (!sink_.put(buf, static_cast<size_t>(size))) {
			status_ = EC_InvalidStream;
			return 0;
		}
		written_ += static_cast<uint64_t>(size);
		return size;
	}
	uint64_t written() const { return written_; }

    private:
	DatasetSink &sink_;
	OFCondition status_;
	uint64_t written_ = 0;
};

class SinkStream : public DcmOutputStream {
    public:
	explicit SinkStream(SinkConsumer &consumer) : DcmOutputStream(&consumer) {}
};

const char *
syntax_name(const char *uid)
{
	const struct syntax *syntax = syntax_find(uid);

	return syntax ? syntax->name : uid;
}

/* Append a NUL to a value of odd length. Strings are never odd: DCMTK pads them by their own rules. */
OFCondition
pad(DcmElement *element)
{
	Uint32 size = element->getLength();
	std::unique_ptr<Uint8[]> value(new (std::nothrow) Uint8[size + 1]);
	OFCondition cond = EC_MemoryExhausted;

	if (value)
		cond = element->getPartialValue(value.get(), 0, size, nullptr, gLocalByteOrder);
	if (cond.bad())
		return cond;
	value[size] = 0;
	cond = element->putUint8Array(value.get(), size + 1);
	if (cond.bad()) /* words */
		cond = element->putUint16Array(reinterpret_cast<Uint16 *>(value.get()), (size + 1) / 2);
	return cond;
}

/* Its size when written, with delimiters for sequences. DCMTK's own sums are limited to 4 GiB. */
uint64_t
written_size(DcmObject &object, E_TransferSyntax syntax)
{
	const Uint32 length = object.getLength(syntax, EET_UndefinedLength);
	DcmPixelSequence *fragments = nullptr;
	DcmObject *part = nullptr;
	uint64_t size = 0;

	if (object.ident() == EVR_PixelData)
		static_cast<DcmPixelData &>(object).getEncapsulatedRepresentation(syntax, nullptr,
			fragments);
	if (fragments)
		return written_size(*fragments, syntax);
	if (!object.isLeaf()) {
		/* Except for the data set: a header with an undefined length, and a delimiter. */
		if (object.ident() != EVR_dataset)
			size = object.ident() == EVR_item ? 16 :
				8 + DcmXfer(syntax).sizeofTagHeader(object.getVR());
		while ((part = object.nextInContainer(part)) != nullptr)
			size += written_size(*part, syntax);
		return size;
	}
	if (length > UINT32_MAX - 16)
		return static_cast<uint64_t>(length) + DcmXfer(syntax).sizeofTagHeader(object.getVR());
	return length + (object.calcElementLength(syntax, EET_UndefinedLength) - length);
}

/* Pad the value if it is odd, or those of its fragments that are (PS3.5 A.4). */
OFCondition
make_even(DcmElement *element, E_TransferSyntax syntax, bool *padded)
{
	DcmPixelSequence *fragments = nullptr;
	DcmPixelItem *fragment;
	OFCondition cond = EC_Normal;

	if (element->ident() == EVR_PixelData)
		static_cast<DcmPixelData *>(element)->getEncapsulatedRepresentation(
			syntax, nullptr, fragments);
	if (!fragments && element->getLength() % 2 == 0)
		return EC_Normal;
	if (!fragments) {
		*padded = true;
		return pad(element);
	}
	for (unsigned long i = 0; cond.good() && fragments->getItem(fragment, i).good(); i++)
		if (fragment->getLength() % 2 != 0) {
			*padded = true;
			cond = pad(fragment);
		}
	return cond;
}

/* Are the pixels of the item, or of the data set around it, signed? */
bool
has_signed_pixels(DcmItem &item, DcmDataset &dataset)
{
	Uint16 representation = 0;

	if (item.findAndGetUint16(DCM_PixelRepresentation, representation).bad())
		dataset.findAndGetUint16(DCM_PixelRepresentation, representation);
	return representation == 1;
}

/* The same bytes as an element of VR SS. */
OFCondition
make_signed(DcmItem &item, const DcmTagKey &key)
{
	std::unique_ptr<DcmSignedShort> to(new DcmSignedShort(DcmTag(key, EVR_SS)));
	DcmElement *from = nullptr;
	Uint16 *words = nullptr;
	OFCondition cond = item.findAndGetElement(key, from);

	if (cond.good())
		cond = from->getUint16Array(words);
	if (cond.good())
		cond = to->putSint16Array(reinterpret_cast<Sint16 *>(words),
			from->getLength() / sizeof *words);
	if (cond.good())
		cond = item.insert(to.get(), OFTrue);
	if (cond.good())
		(void)to.release();
	return cond;
}

} /* namespace */

E_TransferSyntax
dataset_syntax(const char *uid)
{
	const struct syntax *known = syntax_find(uid);
	E_TransferSyntax syntax = DcmXfer(uid).getXfer();

	if (syntax != EXS_Unknown)
		return syntax;
	if (known && !known->explicit_vr)
		return EXS_LittleEndianImplicit;
	return known && known->deflated ? EXS_JPIPReferencedDeflate : EXS_JPEG2000LosslessOnly;
}

bool
dataset_misread(uint32_t tag, bool sequence)
{
	const DcmTag known(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xffff));
	const DcmEVR vr = known.getEVR();

	return known.getGroup() % 2 == 0 && vr != EVR_UNKNOWN && vr != EVR_UN && (vr == EVR_SQ) != sequence;
}

void
Dataset::init()
{
	/* DCMTK would strip trailing spaces and NULs from strings, and spaces from UIDs. */
	dcmEnableAutomaticInputDataCorrection.set(OFFalse);
}

int
Dataset::load(const struct instance *instance, const struct edits *edits, const char *syntax,
	struct err *err)
{
	return begin(instance, edits, syntax, false, err) < 0 ? -1 : finish(err);
}

int
Dataset::begin(const struct instance *instance, const struct edits *edits, const char *syntax, bool ahead,
	struct err *err)
{
	instance_ = instance;
	own_ = dataset_syntax(instance->syntax);
	to_ = syntax;
	syntax_ = dataset_syntax(syntax);
	return begin_all(edits, ahead, err) < 0 ? err_wrap(err, "%s", instance->path) : 0;
}

int
Dataset::begin_all(const struct edits *edits, bool ahead, struct err *err)
{
	const struct syntax *own = syntax_find(instance_->syntax);
	struct extent compressed = {};

	if (is_expanded() && own->decodable && decompressor_.find(instance_, &compressed, err) < 0)
		return explain_compressed(err);
	if (inflate(own, err) < 0 || read(compressed, err) < 0)
		return -1;
	if (edits && instance_->raw == RAW_EDITED) {
		resolved_ = unknown_resolve(dataset_) > 0;
		if (edits_apply(edits, dataset_, instance_, &changed_, err) < 0)
			return -1;
	}
	if (!is_expanded())
		return 0;
	if (!own->decodable)
		return err_set(err, ERR_NO_INPUT, "cannot be decompressed from %s: there is no decoder for "
			"it",
			own->name);
	return decompressor_.begin(dataset_, own, ahead, err) < 0 ? explain_compressed(err) : 0;
}

int
Dataset::finish(struct err *err)
{
	if (convert(err) < 0 || fit_values(err) < 0)
		return err_wrap(err, "%s", instance_->path);
	drop_group_lengths();
	total_ = written_size(dataset_, syntax_);
	note_changes();
	return 0;
}

void
Dataset::note_changes()
{
	if (repeated_)
		note_change("equal second elements dropped");
	if (instance_padding(instance_) > 0)
		note_change("zero padding at the end dropped");
	if ((instance_->raw == RAW_UNORDERED && !repeated_) || unordered_)
		note_change("elements put in ascending order");
	else if (instance_->raw == RAW_UNWALKED ||
		(instance_->raw == RAW_EDITED && instance_->raw_tag != 0 && !padded_))
		note_change("an unusual structure rewritten");
	if (group_lengths_)
		note_change("group lengths dropped");
	if (instance_->raw == RAW_ODD || padded_)
		note_change("a value of odd length padded");
	if (long_values_)
		note_change("values over 64 KiB sent as UN");
	if (resolved_)
		note_change("elements of VR UN sent with the VR that the dictionary has");
	if (private_unknown_)
		note_change("private elements sent as UN");
	if (other_unknown_)
		note_change("unknown elements sent as UN");
}

/* For a deflated one: its size is known before it is read. */
int
Dataset::inflate(const struct syntax *own, struct err *err)
{
	const bool huge = memory_max_ > UINT64_MAX / inflated_max;
	const uint64_t most = huge ? UINT64_MAX : inflated_max * memory_max_;
	uint64_t size = instance_->inflated;
	int fd, rv = 0;

	if (!own || !own->deflated)
		return 0;
	if (size == 0) {
		fd = input_open(instance_->path, err);
		if (fd < 0)
			return -1;
		rv = input_inflated_size(fd, instance_->size, instance_->data_offset, most, &size, err);
		close(fd);
	}
	if (rv < 0)
		return -1;
	inflation_ = std::make_shared<Inflation>(instance_, size);
	if (size <= most)
		return 0;
	err_set(err, ERR_NO_INPUT, "its deflated data set becomes %s%llu bytes, more than %llu times the "
		"%llu of --max-object-memory", instance_->inflated ? "" : "over ",
		static_cast<unsigned long long>(instance_->inflated ? size : most),
		static_cast<unsigned long long>(inflated_max), static_cast<unsigned long long>(memory_max_));
	return err_hint(err, "Have the receiver accept %s, so that it is sent unchanged, or raise "
		"--max-object-memory.", own->name);
}

OFCondition
Dataset::read_plain(const struct extent &without, struct err *err)
{
	NestedFile file(instance_->path, instance_->data_offset, instance_->data_size, without);
	OFCondition cond = dataset_.read(file, own_, EGL_noChange, read_length);

	if (cond.good() && !file.is_whole())
		err_set(err, ERR_NO_INPUT, "cannot be read to its end: reading failed, or it changed "
			"meanwhile");
	return cond;
}

OFCondition
Dataset::read_inflated(Uint32 length, struct err *err)
{
	NestedInflated stream(inflation_, memory_max_);
	OFCondition cond = dataset_.read(stream, EXS_LittleEndianExplicit, EGL_noChange, length);

	if (inflation_->failure().kind != ERR_NONE) {
		*err = inflation_->failure();
	} else if (stream.is_too_much()) {
		err_set(err, ERR_NO_INPUT, "the elements of its deflated data set take more memory than "
			"the %llu bytes of --max-object-memory",
			static_cast<unsigned long long>(memory_max_));
		err_hint(err, "Have the receiver accept %s, so that it is sent unchanged, or raise "
			"--max-object-memory.", syntax_name(instance_->syntax));
	} else if (cond.good() && !stream.is_whole()) {
		err_set(err, ERR_NO_INPUT, "cannot be read to its end");
	}
	return cond;
}

/* If values are out of order in the deflated stream, it would be inflated for each of them. */
int
Dataset::read_whole(struct err *err)
{
	if (inflation_->size() > memory_max_) {
		err_set(err, ERR_NO_INPUT, "the elements of its deflated data set are not in ascending "
			"order, so that all of its %llu bytes would be in memory, more than the %llu of "
			"--max-object-memory", static_cast<unsigned long long>(inflation_->size()),
			static_cast<unsigned long long>(memory_max_));
		return err_hint(err, "Raise --max-object-memory, or have the system that made the object "
			"correct it.");
	}
	dataset_.clear();
	return read_elements({}, DCM_MaxReadLength, err);
}

/* All that are in the file, or in what it inflates to; values longer than `length` stay there. */
int
Dataset::read_elements(const struct extent &without, Uint32 length, struct err *err)
{
	struct err why = {};
	OFCondition cond;

	dataset_.transferInit();
	cond = inflation_ ? read_inflated(length, &why) : read_plain(without, &why);
	dataset_.transferEnd();
	if (cond.bad() && why.kind == ERR_NONE)
		err_set(&why, ERR_NO_INPUT, "cannot be read as a data set: %s", cond.text());
	if (why.kind == ERR_NONE)
		return 0;
	*err = why;
	return -1;
}

/* If DCMTK would silently drop something, it is a failure. */
int
Dataset::read(const struct extent &without, struct err *err)
{
	WarningCatcher dropped("found twice"), sorted("not in ascending tag order");
	unsigned count;
	char what[256];

	if (read_elements(without, read_length, err) < 0 || nesting_check(dataset_, err) < 0)
		return -1;
	unordered_ = *sorted.text() != '\0';
	/* Everything that was dropped is equal to another element. */
	count = dropped.count() + decompressor_.twins();
	repeated_ = count > 0 && count == instance_->repeated;
	if (dropped.count() == 0 || repeated_)
		return inflation_ && unordered_ ? read_whole(err) : 0;
	err_set(err, ERR_NO_INPUT, "cannot be rewritten without loss: %s",
		text_harmless_str(what, sizeof what, dropped.text()));
	if (instance_->raw != RAW_FIT)
		return err_hint(err, "Have the system that made the object correct it.");
	return err_hint(err, "Repair the file, or have the receiver accept %s, so that it is sent unchanged.",
		syntax_name(instance_->syntax));
}

/* Is it compressed, and sent in a transfer syntax that is not? */
bool
Dataset::is_expanded() const
{
	const struct syntax *known = syntax_find(instance_->syntax);

	return own_ != syntax_ && known && known->encapsulated;
}

int
Dataset::convert(struct err *err)
{
	const char *from = syntax_name(instance_->syntax), *to = syntax_name(to_);
	const struct syntax *known = syntax_find(instance_->syntax);
	const struct syntax *wanted = syntax_find(to_);
	/* Unknown syntaxes are encapsulated (PS3.5 A.4). */
	bool coded = !known || known->encapsulated || !wanted || wanted->encapsulated;

	if (own_ != syntax_)
		note_change(std::string(from) + " to " + to);
	if (is_expanded()) {
		if (decompressor_.finish(dataset_, err) < 0)
			return explain_compressed(err);
		if (!decompressor_.changed().empty())
			note_change(decompressor_.changed());
		coded = false;
	}
	/* DCMTK has a separate class for Pixel Data, which is not used for those with VR UN. */
	if ((!coded || dataset_.chooseRepresentation(syntax_, nullptr).good()) &&
	    dataset_.canWriteXfer(syntax_, own_))
		return 0;
	if (own_ == syntax_)
		return err_set(err, ERR_NO_INPUT, "cannot be sent unchanged, and objects in %s cannot be "
			"rewritten", from);
	return err_set(err, ERR_NO_INPUT, "cannot be converted from %s to %s", from, to);
}

/* Add the object to err. Returns -1. */
int
Dataset::explain_compressed(struct err *err) const
{
	const char *from = syntax_name(instance_->syntax);

	err_wrap(err, "cannot be decompressed from %s", from);
	return err_hint(err, "Have the receiver accept %s, so that it is sent unchanged, or repair the file.",
		from);
}

/*
 * Some pixel values are "US or SS" (PS3.6), depending on Pixel Representation: implicit VR leaves this
 * open, explicit VR must state it, and DCMTK would always write US.
 */
int
Dataset::adjust_signs(struct err *err)
{
	std::vector<std::pair<DcmItem *, DcmTagKey>> open;
	DcmStack stack;

	while (dataset_.nextObject(stack, OFTrue).good()) {
		DcmItem *item = dynamic_cast<DcmItem *>(stack.elem(1));

		if (stack.top()->getVR() == EVR_xs && item && has_signed_pixels(*item, dataset_))
			open.emplace_back(item, stack.top()->getTag().getXTag());
	}
	for (const auto &element : open)
		if (make_signed(*element.first, element.second).bad())
			return err_set(err, ERR_NO_INPUT, "element (%04x,%04x) is not a list of 16-bit "
				"values",
				element.second.getGroup(), element.second.getElement());
	return 0;
}

/* PS3.5 7.2: they are retired, and would be wrong in a changed data set. */
void
Dataset::drop_group_lengths()
{
	DcmStack stack;

	while (!group_lengths_ && dataset_.nextObject(stack, OFTrue).good())
		group_lengths_ = stack.top()->isLeaf() && stack.top()->getETag() == 0 &&
			stack.top()->ident() != EVR_pixelItem;
	if (group_lengths_)
		dataset_.computeGroupLengthAndPadding(EGL_withoutGL, EPD_noChange, syntax_,
			EET_UndefinedLength);
}

/* Must it be written as UN in explicit VR, unlike in the source? */
void
Dataset::evaluate_vr(DcmElement *element)
{
	if (DcmVR(element->getVR()).getValidEVR() != EVR_UN)
		return;
	if (element->getGTag() % 2 != 0)
		private_unknown_ = true;
	else
		other_unknown_ = true;
}

/* Without its VR, would the receiver read a sequence as another value, or the reverse? UN does not matter
 * (PS3.5 6.2.2), nor does an empty element. */
int
Dataset::check_misread(DcmElement *element, struct err *err)
{
	const DcmTagKey tag = element->getTag().getXTag();

	if (element->getVR() == EVR_UN || (element->isLeaf() && element->getLength() == 0) ||
	    !dataset_misread(static_cast<uint32_t>(tag.getGroup()) << 16 | tag.getElement(),
		    element->ident() == EVR_SQ))
		return 0;
	err_set(err, ERR_NO_INPUT, "element (%04x,%04x) has the VR %s, where the dictionary has %s: in "
		"implicit VR it would be misread", tag.getGroup(), tag.getElement(),
		DcmVR(element->getVR()).getVRName(),
		DcmTag(tag).getVRName());
	return err_hint(err, "Have the receiver accept Explicit VR Little Endian.");
}

/* Pad odd lengths, and find values that are too long or of unknown VR. */
int
Dataset::fit_values(struct err *err)
{
	DcmXfer target(syntax_);
	bool vr_wanted = DcmXfer(own_).isImplicitVR() && target.isExplicitVR();
	bool vr_lost = DcmXfer(own_).isExplicitVR() && target.isImplicitVR();
	DcmStack stack;

	if ((vr_wanted || resolved_) && adjust_signs(err) < 0)
		return -1;
	while (dataset_.nextObject(stack, OFTrue).good()) {
		DcmObject *object = stack.top();
		DcmElement *element;

		if (object->ident() == EVR_item || object->ident() == EVR_pixelItem)
			continue;
		element = static_cast<DcmElement *>(object);
		if (vr_lost && check_misread(element, err) < 0)
			return -1;
		if (!object->isLeaf())
			continue;
		if (make_even(element, syntax_, &padded_).bad())
			return err_set(err, ERR_NO_INPUT, "element (%04x,%04x) has an odd length of %lu "
				"bytes, which its VR does not allow", element->getGTag(), element->getETag(),
				static_cast<unsigned long>(element->getLength()));
		if (target.isExplicitVR() && element->getLength() > UINT16_MAX &&
		    !DcmVR(DcmVR(element->getVR()).getValidEVR()).usesExtendedLengthEncoding())
			long_values_ = true;
		if (vr_wanted)
			evaluate_vr(element);
	}
	return 0;
}

void
Dataset::note_change(const std::string &what)
{
	changed_ += (changed_.empty() ? "" : ", ") + what;
}

void
Dataset::list_changes(char *out, size_t size) const
{
	const size_t room = size - sizeof ", and 4294967295 more";
	size_t end = changed_.size() < size ? std::string::npos : changed_.rfind(", ", room), more = 0;

	for (size_t at = end; at != std::string::npos; at = changed_.find(", ", at + 2))
		more++;
	if (more > 0)
		text_format(out, size, "%.*s, and %zu more", static_cast<int>(end), changed_.c_str(), more);
	else
		text_format(out, size, "%s", changed_.c_str());
}

int
Dataset::write(DatasetSink &sink, struct err *err)
{
	bool deflated = DcmXfer(syntax_).getStreamCompression() != ESC_none;
	/* Undefined lengths show a receiver that does not know a private element that it is a sequence in
	 * implicit VR (PS3.5 6.2.2). */
	const E_EncodingType encoding = EET_UndefinedLength;
	SinkConsumer consumer(sink);
	SinkStream stream(consumer);
	DcmWriteCache cache;
	OFCondition cond;

	dataset_.transferInit();
	cond = dataset_.write(stream, syntax_, encoding, &cache, EGL_noChange, EPD_noChange);
	dataset_.transferEnd();
	if (cond.good())
		stream.flush();
	if (inflation_ && inflation_->failure().kind != ERR_NONE) {
		*err = inflation_->failure();
		return -1;
	}
	if (decompressor_.failure()) {
		*err = *decompressor_.failure();
		explain_compressed(err);
		return err_wrap(err, "%s", instance_->path);
	}
	if (cond.bad() || stream.status().bad())
		return err_set(err, ERR_INTERNAL, "the data set could not be written: %s",
			cond.bad() ? cond.text() : stream.status().text());
	/* DCMTK writes an empty element if a value can no longer be read. */
	if (!deflated && consumer.written() != total_)
		return err_set(err, ERR_INTERNAL, "the data set written has %llu bytes instead of %llu: a "
			"value could not be read completely",
			static_cast<unsigned long long>(consumer.written()),
			static_cast<unsigned long long>(total_));
	return 0;
}

int
examine_instance(const struct instance *instance, const struct edits *edits, const char *syntax,
	uint64_t memory_max, struct err *err)
{
	/* One for the whole run; it starts its helper program when a frame has to be decoded. */
	static const std::unique_ptr<struct decoder, decltype(&decoder_free)> decoder(
		decoder_new(memory_max), decoder_free);

	if (!decoder)
		return err_nomem(err);
	try {
		Dataset dataset(decoder.get(), memory_max);

		return dataset.load(instance, edits, syntax, err);
	} catch (const std::bad_alloc &) {
		return err_nomem(err);
	}
}
