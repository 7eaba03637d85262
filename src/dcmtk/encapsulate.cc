/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/encapsulate.h"

#include <errno.h>
#include <fcntl.h>
#include <memory>
#include <new>
#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcdatset.h"
#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcfilefo.h"
#include "dcmtk/dcmdata/dcmetinf.h"
#include "dcmtk/dcmdata/dcostrmf.h"
#include "dcmtk/dcmdata/dcsequen.h"
#include "dcmtk/dcmdata/dcwcache.h"
#include "dcmtk/dcmdata/dcxfer.h"
#include "dcmtk/ofstd/ofuuid.h"
#include "dcmtk/dataset.h"
#include "dcmtk/edit.h"
#include "dcmtk/edits_apply.h"
#include "dcmtk/nesting.h"
#include "dcmtk/unknown.h"

extern "C" {
#include "base/text.h"
}

#define PDF_CLASS "1.2.840.10008.5.1.4.1.1.104.1" /* Encapsulated PDF Storage */
#define PDF_EDGE  1024 /* bytes at either end that contain the PDF's markers (PDF 1.7, annex H.3) */
#define PDF_MAX	  0xfffffffeu /* bytes of a value with a length (PS3.5 7.1.2) */
#define LIKE_MEMORY 4096 /* longer values of the object at like stay on disk until they are written */

namespace {

/* The attributes of patient and study (PS3.3 C.7.1.1, C.7.1.3, C.7.2.1 to C.7.2.3) and of encoding (C.12.1)
 * in the object at like. Other attributes of patient and study are in group 0010. */
const DcmTagKey like_tags[] = {
	DCM_SpecificCharacterSet,
	DCM_StudyDate,
	DCM_StudyTime,
	DCM_AccessionNumber,
	DCM_IssuerOfAccessionNumberSequence,
	DCM_ReferringPhysicianName,
	DCM_ReferringPhysicianIdentificationSequence,
	DCM_ConsultingPhysicianName,
	DCM_ConsultingPhysicianIdentificationSequence,
	DCM_TimezoneOffsetFromUTC,
	DCM_StudyDescription,
	DCM_ProcedureCodeSequence,
	DCM_PhysiciansOfRecord,
	DCM_PhysiciansOfRecordIdentificationSequence,
	DCM_NameOfPhysiciansReadingStudy,
	DCM_PhysiciansReadingStudyIdentificationSequence,
	DCM_AdmittingDiagnosesDescription,
	DCM_AdmittingDiagnosesCodeSequence,
	DCM_ReferencedStudySequence,
	DCM_ReferencedPatientSequence,
	DCM_ClinicalTrialSponsorName,
	DCM_ClinicalTrialProtocolID,
	DCM_ClinicalTrialProtocolName,
	DCM_ClinicalTrialSiteID,
	DCM_ClinicalTrialSiteName,
	DCM_ClinicalTrialSubjectID,
	DCM_ClinicalTrialSubjectReadingID,
	DCM_ClinicalTrialTimePointID,
	DCM_ClinicalTrialTimePointDescription,
	DCM_PatientIdentityRemoved,
	DCM_DeidentificationMethod,
	DCM_DeidentificationMethodCodeSequence,
	DCM_StudyInstanceUID,
	DCM_StudyID,
	DCM_RequestingServiceCodeSequence,
	DCM_ReasonForVisit,
	DCM_ReasonForVisitCodeSequence,
	DCM_AdmissionID,
	DCM_IssuerOfAdmissionIDSequence,
	DCM_ServiceEpisodeID,
	DCM_ServiceEpisodeDescription,
	DCM_IssuerOfServiceEpisodeIDSequence,
	DCM_ReasonForPerformedProcedureCodeSequence,
};
const DcmTagKey like_end(0x0040, 0x1013); /* nothing after it is needed */

/* What the IOD requires (PS3.3 A.45.1) in addition to the UIDs and the document, unless like or the edits
 * give it. What we do not know is empty, and so are the times: with the current time, each run would create
 * a different instance of the same PDF. */
const struct {
	DcmTagKey tag;
	const char *value;
} defaults[] = {
	{ DCM_StudyDate, "" },
	{ DCM_ContentDate, "" },
	{ DCM_AcquisitionDateTime, "" },
	{ DCM_StudyTime, "" },
	{ DCM_ContentTime, "" },
	{ DCM_AccessionNumber, "" },
	{ DCM_Modality, "DOC" },
	{ DCM_ConversionType, "WSD" }, /* workstation */
	{ DCM_Manufacturer, "" },
	{ DCM_ReferringPhysicianName, "" },
	{ DCM_ManufacturerModelName, "mtls-storescu" },
	{ DCM_PatientName, "" },
	{ DCM_PatientID, "" },
	{ DCM_PatientBirthDate, "" },
	{ DCM_PatientSex, "" },
	{ DCM_StudyID, "" },
	{ DCM_SeriesNumber, "999" }, /* after the images */
	{ DCM_InstanceNumber, "1" },
	{ DCM_BurnedInAnnotation, "YES" }, /* a document about a patient probably contains the name */
	{ DCM_DocumentTitle, "" },
	{ DCM_ConceptNameCodeSequence, "" },
	{ DCM_MIMETypeOfEncapsulatedDocument, "application/pdf" },
};

/* Attributes that are determined by the document. */
const DcmTagKey own_tags[] = { DCM_MIMETypeOfEncapsulatedDocument, DCM_EncapsulatedDocumentLength };

/* Those that are needed to identify the patient and study. */
const struct {
	DcmTagKey tag;
	const char *keyword;
} identity[] = {
	{ DCM_PatientName, "PatientName" },
	{ DCM_PatientID, "PatientID" },
	{ DCM_StudyInstanceUID, "StudyInstanceUID" },
};

/* Counts "%%EOF" over the pieces of a stream, and finds the markers at its beginning and end. */
class PdfMarks {
    public:
	void take(const char *bytes, size_t size);
	bool at_begin() const { return begins_; }
	bool at_end() const { return count_ > 0 && total_ - last_ <= PDF_EDGE; }
	unsigned count() const { return count_; }
	uint64_t total() const { return total_; }

    private:
	std::string tail_; /* of the last piece, in which a marker may have begun */
	std::string head_;
	bool begins_ = false;
	unsigned count_ = 0;
	uint64_t total_ = 0, last_ = 0; /* bytes; before the last marker */
};

void
PdfMarks::take(const char *bytes, size_t size)
{
	static const char mark[] = "%%EOF";
	const size_t length = sizeof mark - 1;
	std::string piece = tail_;
	size_t at = 0;

	if (head_.size() < PDF_EDGE) {
		head_.append(bytes, size < PDF_EDGE - head_.size() ? size : PDF_EDGE - head_.size());
		begins_ = head_.find("%PDF-") != std::string::npos;
	}
	piece.append(bytes, size);
	total_ += size;
	while ((at = piece.find(mark, at)) != std::string::npos) {
		count_++;
		last_ = total_ - piece.size() + at;
		at += length;
	}
	tail_ = piece.size() < length ? piece : piece.substr(piece.size() - (length - 1));
}

struct closer {
	void operator()(FILE *file) const { fclose(file); }
};
using file_ptr = std::unique_ptr<FILE, closer>;

/* The object being created. Removes the file unless it is to be kept. */
struct work {
	explicit work(const char *name) : pdf(name) {}
	~work()
	{
		if (!path.empty() && !keep)
			unlink(path.c_str());
	}

	const char *pdf;
	file_ptr in;
	uint64_t size = 0;     /* of the PDF, bytes */
	DcmDataset head, tail; /* the elements before and after the document */
	std::string path;      /* of the file created, "" before there is one */
	bool keep = false;
};

OFCondition
put_empty_or(DcmItem &item, const DcmTagKey &tag, const char *value)
{
	if (tag == DCM_ConceptNameCodeSequence)
		return item.insertEmptyElement(tag);
	return item.putAndInsertString(tag, value);
}

int
open_pdf(work *work, struct err *err)
{
	int fd = input_open(work->pdf, err);
	struct stat st;

	if (fd < 0)
		return -1;
	work->in.reset(fdopen(fd, "rb"));
	if (!work->in) {
		close(fd);
		return err_nomem(err);
	}
	if (fstat(fd, &st) < 0)
		return err_set(err, ERR_NO_INPUT, "cannot be examined: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_NO_INPUT, "is not a regular file");
	work->size = static_cast<uint64_t>(st.st_size);
	if (work->size > PDF_MAX)
		return err_set(err, ERR_NO_INPUT, "is too long: an object can hold %u bytes of a document",
			PDF_MAX);
	return 0;
}

/* Copy patient and study of the object at path into the data set. */
int
take_like(const char *path, DcmDataset *into, struct err *err)
{
	struct instance instance;
	DcmDataset like;
	OFCondition cond;
	E_TransferSyntax syntax;
	DcmObject *object = nullptr;

	if (part10_read(path, &instance, err) != PART10_OK)
		return -1;
	syntax = dataset_syntax(instance.syntax);
	NestedFile file(path, instance.data_offset, UNKNOWN_SIZE);
	instance_clear(&instance);
	like.transferInit();
	cond = like.readUntilTag(file, syntax, EGL_noChange, LIKE_MEMORY, like_end);
	like.transferEnd();
	if (cond.bad())
		return err_set(err, ERR_NO_INPUT, "%s: cannot be read as a data set: %s", path, cond.text());
	(void)unknown_resolve(like);
	while ((object = like.nextInContainer(object)) != nullptr) {
		const DcmTagKey tag = object->getTag().getXTag();
		/* (0010,9431) and the like belong to an acquisition, not to the patient. */
		bool wanted = tag.getGroup() == 0x0010 && tag.getElement() > 0 && tag.getElement() < 0x9000;
		DcmElement *copy;

		for (const DcmTagKey &listed : like_tags)
			wanted = wanted || tag == listed;
		if (!wanted)
			continue;
		copy = OFstatic_cast(DcmElement *, object->clone());
		if (into->insert(copy).bad()) {
			delete copy;
			return err_nomem(err);
		}
	}
	return 0;
}

/* With --uid-suffix, the study's UID is changed in all objects of this run. */
int
map_study(const struct edits &edits, DcmDataset *head, struct err *err)
{
	std::string uid = edits_uid_text(*head, DCM_StudyInstanceUID), made;

	if (edit_own_uid(edits, EDIT_STUDY, uid, &made, err) < 0)
		return -1;
	if (made == uid)
		return 0;
	return head->putAndInsertString(DCM_StudyInstanceUID, made.c_str()).bad() ? err_nomem(err) : 0;
}

/* 2.25 and a UUID in decimal (PS3.5 B.2), of version 8: made from a hash (RFC 9562 5.8). */
std::string
uuid_uid(const unsigned char seed[16])
{
	OFUUID::BinaryRepresentation uuid;
	OFString text;

	memcpy(uuid.value, seed, sizeof uuid.value);
	uuid.value[6] = static_cast<Uint8>((uuid.value[6] & 0x0f) | 0x80);
	uuid.value[8] = static_cast<Uint8>((uuid.value[8] & 0x3f) | 0x80);
	return OFUUID(uuid).toString(text, OFUUID::ER_RepresentationOID).c_str();
}

bool
is_ascii(const std::string &text)
{
	for (char c : text) {
		if (static_cast<unsigned char>(c) >= 0x80)
			return false;
	}
	return true;
}

/* Can these edits be values of a document? Says whether any is not ASCII. */
int
look_at_edits(const struct edits &edits, bool *ascii, struct err *err)
{
	*ascii = true;
	for (const edit &row : edits.rows) {
		for (const DcmTagKey &tag : own_tags) {
			if (row.top_level() && row.attribute().tag == tag)
				return err_set(err, ERR_USAGE,
					"%s: cannot be set, for it follows from the document",
					row.name().c_str());
		}
		*ascii = *ascii && is_ascii(row.value);
	}
	return 0;
}

/* Are patient and study given? An object at like gives them even if its name is empty. */
int
check_identity(DcmDataset &head, bool like, struct err *err)
{
	std::string missing;

	for (const auto &row : identity) {
		if (edits_uid_text(head, row.tag).empty() && (!like || row.tag == DCM_StudyInstanceUID))
			missing += (missing.empty() ? "" : ", ") + std::string(row.keyword);
	}
	if (missing.empty())
		return 0;
	if (like)
		return err_set(err, ERR_NO_INPUT, "the object given with --like has no %s",
			missing.c_str());
	err_set(err, ERR_USAGE, "the document's patient or study is not given: %s missing", missing.c_str());
	return err_hint(err, "Give an object of the same study with --like, or set %s with "
		"-s.", missing.c_str());
}

/* All elements but the document, in head. */
int
fill_head(work *work, const char *like, const struct edits &edits, const unsigned char seed[32],
	struct err *err)
{
	DcmDataset &head = work->head;
	bool ascii;
	OFCondition cond = EC_Normal;

	if (look_at_edits(edits, &ascii, err) < 0)
		return -1;
	if (like && take_like(like, &head, err) < 0)
		return err_wrap(err, "--like");
	if (map_study(edits, &head, err) < 0)
		return err_wrap(err, "%s", like);
	if (!like && !ascii)
		cond = head.putAndInsertString(DCM_SpecificCharacterSet, "ISO_IR 192");
	for (const auto &row : defaults) {
		if (cond.good() && !head.tagExists(row.tag))
			cond = put_empty_or(head, row.tag, row.value);
	}
	if (cond.good())
		cond = head.putAndInsertString(DCM_SOPClassUID, PDF_CLASS);
	if (cond.good())
		cond = head.putAndInsertString(DCM_SeriesInstanceUID, uuid_uid(seed).c_str());
	if (cond.good())
		cond = head.putAndInsertString(DCM_SOPInstanceUID, uuid_uid(seed + 16).c_str());
	if (cond.good())
		cond = head.putAndInsertUint32(DCM_EncapsulatedDocumentLength,
			static_cast<Uint32>(work->size));
	if (cond.bad())
		return err_set(err, ERR_INTERNAL, "cannot be converted to an object: %s", cond.text());
	if (edits_fill(&edits, head, err) < 0)
		return -1;
	return check_identity(head, like != nullptr, err);
}

/* Move what follows the document from head to tail. */
int
split_tail(work *work, struct err *err)
{
	for (unsigned long i = work->head.card(); i-- > 0;) {
		DcmElement *element = work->head.getElement(i);

		if (element->getTag().getXTag() < DCM_EncapsulatedDocument)
			break;
		element = work->head.remove(i);
		if (work->tail.insert(element).bad()) {
			delete element;
			return err_nomem(err);
		}
	}
	return 0;
}

int
cannot_write(const std::string &where, const char *why, struct err *err)
{
	err_set(err, ERR_OUTPUT, "the object made of it cannot be written to %s: %s", where.c_str(), why);
	return err_hint(err, "Free space there, or set TMPDIR to another directory.");
}

/* Group 2 and the elements before the document. DCMTK closes what it writes to: it gets a copy. */
int
write_elements(const work *work, FILE *out, DcmDataset &dataset, bool meta, struct err *err)
{
	int fd = dup(fileno(out));
	FILE *copy = fd < 0 ? nullptr : fdopen(fd, "wb");
	OFCondition cond = EC_Normal;
	DcmWriteCache cache;

	if (!copy) {
		if (fd >= 0)
			close(fd);
		return cannot_write(work->path, strerror(errno), err);
	}
	setvbuf(copy, nullptr, _IONBF, 0); /* DCMTK does not ask whether closing went well */
	DcmOutputFileStream stream(copy);
	if (meta) {
		DcmFileFormat format(&dataset, OFFalse);

		cond = format.validateMetaInfo(EXS_LittleEndianExplicit);
		format.getMetaInfo()->transferInit();
		if (cond.good())
			cond = format.getMetaInfo()->write(stream, META_HEADER_DEFAULT_TRANSFERSYNTAX,
				EET_ExplicitLength, nullptr);
		format.getMetaInfo()->transferEnd();
		(void)format.getAndRemoveDataset();
	}
	dataset.transferInit();
	if (cond.good())
		cond = dataset.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, &cache,
			EGL_withoutGL, EPD_withoutPadding);
	dataset.transferEnd();
	stream.flush();
	if (cond.good())
		cond = stream.status();
	return cond.bad() ? cannot_write(work->path, cond.text(), err) : 0;
}

/* (0042,0011), OB, and the unchanged PDF, with a NUL if its length is odd. */
int
write_document(work *work, FILE *out, PdfMarks *marks, struct err *err)
{
	uint32_t length = static_cast<uint32_t>(work->size + work->size % 2);
	const unsigned char header[12] = { 0x42, 0, 0x11, 0, 'O', 'B', 0, 0,
		static_cast<unsigned char>(length), static_cast<unsigned char>(length >> 8),
		static_cast<unsigned char>(length >> 16), static_cast<unsigned char>(length >> 24) };
	char bytes[65536];
	size_t n;

	if (fwrite(header, 1, sizeof header, out) != sizeof header)
		return cannot_write(work->path, strerror(errno), err);
	while ((n = fread(bytes, 1, sizeof bytes, work->in.get())) > 0) {
		marks->take(bytes, n);
		if (fwrite(bytes, 1, n, out) != n)
			return cannot_write(work->path, strerror(errno), err);
		if (marks->total() > work->size)
			break;
	}
	if (ferror(work->in.get()))
		return err_set(err, ERR_NO_INPUT, "cannot be read: %s", strerror(errno));
	if (marks->total() != work->size)
		return err_set(err, ERR_NO_INPUT, "changed while it was read");
	if (!marks->at_begin() || !marks->at_end())
		return err_set(err, ERR_NO_INPUT, "is not a complete PDF: it %s",
			marks->at_begin() ? "does not end with %%EOF" : "does not begin with %PDF-");
	if ((work->size % 2 != 0 && fputc('\0', out) == EOF) || fflush(out) == EOF)
		return cannot_write(work->path, strerror(errno), err);
	return 0;
}

int
write_file(work *work, const char *directory, PdfMarks *marks, struct err *err)
{
	std::string name = std::string(directory) + "/pdf-XXXXXX.dcm";
	int fd = mkostemps(name.data(), 4, O_CLOEXEC | O_APPEND); /* exclusively, 0600 */
	file_ptr out(fd < 0 ? nullptr : fdopen(fd, "wb"));

	if (fd < 0)
		return cannot_write(directory, strerror(errno), err);
	work->path = name;
	if (!out) {
		close(fd);
		return cannot_write(directory, strerror(errno), err);
	}
	if (write_elements(work, out.get(), work->head, true, err) < 0 ||
	    write_document(work, out.get(), marks, err) < 0 ||
	    write_elements(work, out.get(), work->tail, false, err) < 0)
		return -1;
	if (fclose(out.release()) == EOF)
		return cannot_write(work->path, strerror(errno), err);
	return 0;
}

/* Read its head like that of any file. */
int
read_back(const work *work, struct instance *out, struct err *err)
{
	if (part10_read(work->path.c_str(), out, err) != PART10_OK)
		return -1;
	if (out->raw != RAW_FIT) {
		instance_clear(out);
		return err_set(err, ERR_INTERNAL, "the object made of it is not valid");
	}
	out->origin = strdup(work->pdf);
	if (out->origin)
		return 0;
	instance_clear(out);
	return err_nomem(err);
}

} /* namespace */

int
encapsulate_pdf(const char *pdf, const char *like, const struct edits *edits, const unsigned char seed[32],
	const char *directory, struct instance *out, unsigned *signed_parts, struct err *err)
{
	char shown[256];
	int rv = -1;

	memset(out, 0, sizeof *out);
	try {
		const struct edits none;
		work work(pdf);
		PdfMarks marks;

		if (open_pdf(&work, err) == 0 &&
		    fill_head(&work, like, edits ? *edits : none, seed, err) == 0 &&
		    split_tail(&work, err) == 0 && write_file(&work, directory, &marks, err) == 0)
			rv = read_back(&work, out, err);
		work.keep = rv == 0;
		*signed_parts = rv < 0 ? 0 : marks.count() - 1;
	} catch (const std::bad_alloc &) {
		err_nomem(err);
	}
	if (rv < 0)
		err_wrap(err, "%s", text_harmless_str(shown, sizeof shown, pdf));
	return rv;
}
