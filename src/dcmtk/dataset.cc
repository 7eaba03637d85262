/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/dataset.h"

#include <string.h>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcostrma.h"
#include "dcmtk/dcmdata/dcwcache.h"
#include "dcmtk/dcmdata/dcxfer.h"
#include "dcmtk/warnings.h"

extern "C" {
#include "base/text.h"
#include "dicom/uid.h"
}

namespace {

/* Values up to this many bytes are read into memory with the file. */
const Uint32 read_length = 4096;

/* Encoded bytes into a sink. Claims endless room: the sink blocks instead. */
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

} /* namespace */

int
Dataset::load(const struct instance *instance, const char *syntax, struct err *err)
{
	E_TransferSyntax own = DcmXfer(instance->syntax).getXfer();
	WarningCatcher catcher;
	OFCondition cond = file_.loadFile(instance->path, instance->has_meta ? EXS_Unknown : own,
		EGL_noChange, read_length, instance->has_meta ? ERM_fileOnly : ERM_dataset);

	if (cond.bad())
		return err_set(
			err, ERR_NO_INPUT, "cannot read %s as a data set: %s", instance->path, cond.text());
	syntax_ = DcmXfer(syntax).getXfer();
	if (syntax_ == EXS_Unknown ||
	    file_.getDataset()->chooseRepresentation(syntax_, nullptr).bad() ||
	    !file_.getDataset()->canWriteXfer(syntax_, own))
		return err_set(err, ERR_NO_INPUT, "%s cannot be converted from %s to %s", instance->path,
			syntax_name(instance->syntax), syntax_name(syntax));
	if (check(instance, catcher.text(), err) < 0)
		return -1;
	if (own != syntax_)
		text_format(changed_, sizeof changed_, "%s to %s", syntax_name(instance->syntax),
			syntax_name(syntax));
	name_changes(instance);
	return 0;
}

/* What DCMTK would drop in silence is a failure. */
int
Dataset::check(const struct instance *instance, const char *warnings, struct err *err)
{
	char line[256];
	const char *found = strstr(warnings, "found twice");

	if (!found)
		return 0;
	while (found > warnings && found[-1] != '\n')
		found--;
	text_harmless(line, sizeof line, found, strcspn(found, "\n"));
	err_set(err, ERR_NO_INPUT, "%s cannot be rewritten without loss: %s", instance->path, line);
	return err_hint(err, "Repair the file, or have the receiver accept %s, so that it goes as it is.",
		syntax_name(instance->syntax));
}

void
Dataset::name_changes(const struct instance *instance)
{
	const char *also = "";
	size_t used = strlen(changed_);

	if (instance->raw == RAW_UNORDERED)
		also = "elements put in ascending order";
	else if (instance->raw == RAW_ODD)
		also = "a value of odd length padded";
	if (*also)
		text_format(changed_ + used, sizeof changed_ - used, "%s%s", used ? ", " : "", also);
}

int
Dataset::write(DatasetSink &sink, struct err *err)
{
	DcmDataset *dataset = file_.getDataset();
	bool deflated = DcmXfer(syntax_).getStreamCompression() != ESC_none;
	/* Undefined lengths: a receiver that does not know a private sequence
	 * still sees a sequence in implicit VR (PS3.5 6.2.2). */
	const E_EncodingType encoding = EET_UndefinedLength;
	SinkConsumer consumer(sink);
	SinkStream stream(consumer);
	DcmWriteCache cache;
	uint64_t expected = 0; /* DCMTK's own sum ends at 4 GiB */
	OFCondition cond;

	for (unsigned long i = 0; i < dataset->card(); i++)
		expected += dataset->getElement(i)->calcElementLength(syntax_, encoding);
	dataset->transferInit();
	cond = dataset->write(stream, syntax_, encoding, &cache, EGL_recalcGL, EPD_noChange);
	dataset->transferEnd();
	if (cond.good())
		stream.flush();
	if (cond.bad() || stream.status().bad())
		return err_set(err, ERR_INTERNAL, "the data set could not be written: %s",
			cond.bad() ? cond.text() : stream.status().text());
	/* DCMTK writes an empty element where a value can no longer be read. */
	if (!deflated && consumer.written() != expected)
		return err_set(err, ERR_INTERNAL,
			"only %llu of %llu bytes could be read back; has the file changed meanwhile?",
			static_cast<unsigned long long>(consumer.written()),
			static_cast<unsigned long long>(expected));
	return 0;
}
