/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/edits_apply.h"

#include <memory>
#include <new>
#include <stdlib.h>
#include <string.h>

#include "dcmtk/dcmdata/dcdeftag.h"
#include "dcmtk/dcmdata/dcelem.h"
#include "dcmtk/dcmdata/dcsequen.h"
#include "dcmtk/dcmdata/dcvrdt.h"
#include "dcmtk/edit.h"
#include "dcmtk/edits_charset.h"

extern "C" {
#include "base/text.h"
}

namespace {

/*
 * The attributes with UIDs of studies, series and instances, in an object and in its references to others
 * (PS3.3 10.3, C.12.1.1; PS3.6), but not with those of frames of reference, devices and the like. Bit n: an
 * object's own edit_uid n may be here.
 */
const struct {
	DcmTagKey tag;
	unsigned which;
} references[] = {
	{ DCM_StudyInstanceUID, 1 << EDIT_STUDY },
	{ DCM_SeriesInstanceUID, 1 << EDIT_SERIES },
	{ DCM_SOPInstanceUID, 1 << EDIT_INSTANCE },
	/* A study is also referred to as an instance (Referenced Study Sequence). */
	{ DCM_ReferencedSOPInstanceUID, 1 << EDIT_INSTANCE | 1 << EDIT_STUDY },
	{ DCM_MultiFrameSourceSOPInstanceUID, 1 << EDIT_INSTANCE },
	{ DCM_SOPInstanceUIDOfConcatenationSource, 1 << EDIT_INSTANCE },
};

/* A content item of value type UIDREF (PS3.3 C.17.3.2.6) may contain any UID; its concept says which. */
const char *const uidref_concepts[] = {
	"110180", /* Study Instance UID */
	"112002", /* Series Instance UID */
	"121018", /* Procedure Study Instance UID */
	"121126", /* SOP Instance UID */
};

/* What determines the character set of some of the values: the data set, or an item that has its own set. */
struct scope {
	DcmItem *item;
	size_t depth; /* sequences around it */
	std::vector<edit_text> texts;
};

class Application {
    public:
	/* record: keep what is replaced, for the Original Attributes Sequence. */
	Application(const struct edits &edits, DcmDataset &dataset, bool record)
	    : edits_(edits), dataset_(dataset), before_(record ? new DcmItem : nullptr)
	{
	}

	int map_uids(struct err *err);
	int choose_charsets(struct err *err);
	int set_values(struct err *err);
	int check(const struct instance *instance, struct err *err) const;
	int append_record(struct err *err);
	std::string list_changes() const;

    private:
	int remember(const DcmTagKey &top, DcmEVR vr, struct err *err);
	int map_item(DcmItem &item, const DcmTagKey *top, struct err *err);
	int map_element(DcmItem &item, DcmElement *element, const DcmTagKey &top, struct err *err);
	int map_uid(DcmItem &item, const DcmTagKey &tag, std::string *uid, struct err *err) const;
	void add_text(const edit &row, std::vector<scope> *scopes);
	int set_charset(const scope &scope, const std::string &charset, struct err *err);
	int set_value(const edit &row, struct err *err);
	static int find_item(const edit &row, DcmItem **item, std::string *charset, struct err *err);
	static int put(const edit &row, DcmItem &item, DcmEVR vr, const std::string &charset,
		struct err *err);

	const struct edits &edits_;
	DcmDataset &dataset_;
	std::unique_ptr<DcmItem> before_; /* what was replaced, as it was */
	std::string own_[EDIT_UIDS], made_[EDIT_UIDS];
	unsigned mapped_ = 0;
	std::string charsets_; /* that were changed, for the list of changes */
};

/* A condition of DCMTK as an error, about the element if there is one. */
int
refuse_condition(const char *name, const OFCondition &cond, struct err *err)
{
	if (cond == EC_MemoryExhausted)
		return err_nomem(err);
	return err_set(err, ERR_NO_INPUT, "%s: cannot be replaced: %s", name, cond.text());
}

DcmElement *
find_element(DcmItem &item, const DcmTagKey &tag)
{
	DcmElement *element = nullptr;

	return item.findAndGetElement(tag, element).good() ? element : nullptr;
}

/* A UID's text, without padding. */
std::string
element_text(DcmElement &element)
{
	OFString value;
	size_t end;

	element.getOFStringArray(value);
	end = value.find_last_not_of(OFString(" \0", 2));
	return std::string(value.c_str(), end == OFString_npos ? 0 : end + 1);
}

OFCondition
put_text(DcmItem &item, const DcmTagKey &tag, DcmEVR vr, const char *value)
{
	DcmElement *element = nullptr;
	DcmVR standard(DcmVR(vr).getValidEVR());
	OFCondition cond = DcmItem::newDicomElementWithVR(element, DcmTag(tag, standard));

	if (cond.good() && *value)
		cond = element->putString(value, static_cast<Uint32>(strlen(value)));
	if (cond.good())
		cond = item.insert(element, OFTrue);
	if (cond.bad())
		delete element;
	return cond;
}

/* The VR of the attribute if its tag alone does not determine it: the one in the data set or, for US or SS,
 * that of the pixels. EVR_UNKNOWN: not known. */
DcmEVR
held_vr(DcmItem &item, DcmDataset &dataset, const edit_step &step)
{
	DcmElement *element = find_element(item, step.tag);
	Uint16 is_signed = 0;

	if (step.vr != EVR_UNKNOWN && step.vr != EVR_xs)
		return step.vr;
	if (element && element->getVR() != EVR_UN &&
	    DcmVR(element->getVR()).getValidEVR() == element->getVR())
		return element->getVR();
	if (step.vr == EVR_UNKNOWN)
		return EVR_UNKNOWN;
	dataset.findAndGetUint16(DCM_PixelRepresentation, is_signed);
	return is_signed ? EVR_SS : EVR_US;
}

/* Does the content item's concept say that its UID is one of those that we change? */
bool
is_uidref(DcmItem &item)
{
	DcmItem *concept_name = nullptr;
	OFString code, scheme;

	if (item.findAndGetSequenceItem(DCM_ConceptNameCodeSequence, concept_name).bad())
		return false;
	concept_name->findAndGetOFString(DCM_CodeValue, code);
	concept_name->findAndGetOFString(DCM_CodingSchemeDesignator, scheme);
	for (const char *known : uidref_concepts) {
		if (strncmp(code.c_str(), known, 6) == 0 && strncmp(scheme.c_str(), "DCM", 3) == 0)
			return true;
	}
	return false;
}

/* Keep the original top-level element before anything in it is replaced. If there was none, an empty one
 * shows that. */
int
Application::remember(const DcmTagKey &top, DcmEVR vr, struct err *err)
{
	DcmElement *now = find_element(dataset_, top);
	OFCondition cond;

	if (!before_ || before_->tagExists(top))
		return 0;
	if (now) {
		std::unique_ptr<DcmElement> copy(OFstatic_cast(DcmElement *, now->clone()));

		cond = before_->insert(copy.get());
		if (cond.good())
			(void)copy.release();
	} else {
		cond = put_text(*before_, top, vr, "");
	}
	return cond.bad() ? refuse_condition("the record of the replaced values", cond, err) : 0;
}

/* First the object's own UIDs, original and new, then all others. */
int
Application::map_uids(struct err *err)
{
	for (unsigned i = 0; i < EDIT_UIDS; i++) {
		own_[i] = edits_uid_text(dataset_, edit_uid_tags[i]);
		if (edit_own_uid(edits_, static_cast<edit_uid>(i), own_[i], &made_[i], err) < 0)
			return -1;
	}
	return map_item(dataset_, nullptr, err);
}

/* All UIDs in the item, which is in the top-level element top (NULL: the data set itself). */
int
Application::map_item(DcmItem &item, const DcmTagKey *top, struct err *err)
{
	DcmObject *object = nullptr;

	while ((object = item.nextInContainer(object)) != nullptr) {
		DcmTagKey tag = object->getTag().getXTag();

		/* Earlier records of replaced values are not changed. */
		if (!(tag == DCM_OriginalAttributesSequence) &&
		    map_element(item, OFstatic_cast(DcmElement *, object), top ? *top : tag, err) < 0)
			return -1;
	}
	return 0;
}

int
Application::map_element(DcmItem &item, DcmElement *element, const DcmTagKey &top, struct err *err)
{
	DcmTagKey tag = element->getTag().getXTag();
	DcmObject *object = nullptr;
	std::string uid, made;

	if (element->ident() == EVR_SQ) {
		while ((object = element->nextInContainer(object)) != nullptr) {
			if (map_item(*OFstatic_cast(DcmItem *, object), &top, err) < 0)
				return -1;
		}
		return 0;
	}
	if (element->ident() != EVR_UI)
		return 0;
	made = uid = element_text(*element);
	if (map_uid(item, tag, &made, err) < 0)
		return err_wrap(err, "(%04x,%04x)", tag.getGroup(), tag.getElement());
	if (made == uid)
		return 0;
	if (remember(top, EVR_UI, err) < 0)
		return -1;
	mapped_++;
	return element->putString(made.c_str()).bad() ? err_nomem(err) : 0;
}

/* The new value of the UID at tag in the item. */
int
Application::map_uid(DcmItem &item, const DcmTagKey &tag, std::string *uid, struct err *err) const
{
	bool is_reference = tag == DCM_UID && is_uidref(item);
	unsigned which = tag == DCM_UID ? ~0u : 0;
	char made[UID_MAX + 1];

	for (const auto &row : references) {
		if (tag == row.tag) {
			is_reference = true;
			which = row.which;
		}
	}
	if (uid->empty())
		return 0;
	for (int i = EDIT_UIDS - 1; i >= 0; i--) {
		if ((which & 1u << i) && *uid == own_[i]) {
			*uid = made_[i];
			return 0;
		}
	}
	if (!is_reference || edits_.suffix.empty())
		return 0;
	if (edit_suffix_uid(edits_, uid->c_str(), made, err) < 0)
		return -1;
	*uid = made;
	return 0;
}

/* Before anything is set: a character that the object's set lacks may change the set (PS3.3 C.12.1.1.2). */
int
Application::choose_charsets(struct err *err)
{
	std::vector<scope> scopes;
	std::string chosen;

	for (const edit &row : edits_.rows)
		add_text(row, &scopes);
	for (const scope &scope : scopes) {
		if (edits_charset_choose(*scope.item, scope.texts, &chosen, err) < 0)
			return -1;
		if (!chosen.empty() && set_charset(scope, chosen, err) < 0)
			return -1;
	}
	return 0;
}

/* If the row's value is text, add it to its scope. What does not exist yet will be created there. */
void
Application::add_text(const edit &row, std::vector<scope> *scopes)
{
	scope own = { &dataset_, 0, {} };
	DcmItem *item = &dataset_;
	DcmEVR vr = row.attribute().vr;

	for (size_t i = 0; item && i + 1 < row.path.size(); i++) {
		DcmElement *element = find_element(*item, row.path[i].tag);

		item = element && element->ident() == EVR_SQ ?
			OFstatic_cast(DcmSequenceOfItems *, element)->getItem(row.path[i].item - 1) : nullptr;
		if (item && item->tagExists(DCM_SpecificCharacterSet))
			own = { item, i + 1, {} };
	}
	if (item)
		vr = held_vr(*item, dataset_, row.attribute());
	if (row.value.empty() || !edit_delimiters(vr))
		return;
	for (scope &known : *scopes) {
		if (known.item == own.item) {
			known.texts.push_back({ &row, vr });
			return;
		}
	}
	own.texts.push_back({ &row, vr });
	scopes->push_back(own);
}

int
Application::set_charset(const scope &scope, const std::string &charset, struct err *err)
{
	edit place = *scope.texts[0].row;
	OFCondition cond;

	if (remember(scope.depth ? place.path[0].tag : DCM_SpecificCharacterSet, EVR_CS, err) < 0)
		return -1;
	cond = put_text(*scope.item, DCM_SpecificCharacterSet, EVR_CS, charset.c_str());
	place.path.resize(scope.depth);
	charsets_ += ", " + place.name() + (scope.depth ? "." : "") + "SpecificCharacterSet set to " +
		charset;
	return cond.bad() ? refuse_condition("SpecificCharacterSet", cond, err) : 0;
}

int
Application::set_values(struct err *err)
{
	for (const edit &row : edits_.rows) {
		if (set_value(row, err) < 0)
			return -1;
	}
	return 0;
}

int
Application::set_value(const edit &row, struct err *err)
{
	const edit_step &top = row.path[0];
	std::string charset = edits_charset_of(dataset_);
	DcmItem *item = &dataset_;
	DcmEVR vr;

	/* A private attribute is emptied if it exists. */
	if (top.vr == EVR_UNKNOWN && row.value.empty() && !dataset_.tagExists(top.tag))
		return 0;
	if (remember(top.tag, top.vr, err) < 0 || find_item(row, &item, &charset, err) < 0)
		return -1;
	vr = held_vr(*item, dataset_, row.attribute());
	if (vr == EVR_UNKNOWN && row.value.empty())
		return item->tagExists(row.attribute().tag) ? put(row, *item, EVR_UN, charset, err) : 0;
	if (vr == EVR_UNKNOWN)
		return err_set(err, ERR_NO_INPUT, "%s: is private, and its VR is unknown in this "
			"object", row.name().c_str());
	if (row.attribute().vr != vr && edit_evaluate(row.name(), vr, row.value, err) < 0) {
		err->kind = ERR_NO_INPUT; /* it may be correct for another object */
		return -1;
	}
	return put(row, *item, vr, charset, err);
}

/* The item at the path, created if it is the next one of its sequence. */
int
Application::find_item(const edit &row, DcmItem **item, std::string *charset, struct err *err)
{
	for (size_t i = 0; i + 1 < row.path.size(); i++) {
		const edit_step &step = row.path[i];
		DcmElement *element = find_element(**item, step.tag);
		DcmSequenceOfItems *sequence;
		OFCondition cond;

		if (element ? element->ident() != EVR_SQ : step.vr != EVR_SQ)
			return err_set(err, ERR_NO_INPUT, "%s: %s is not a sequence in this object",
				row.name().c_str(), step.name.c_str());
		sequence = OFstatic_cast(DcmSequenceOfItems *, element);
		if ((sequence ? sequence->card() : 0) + 1 < step.item)
			return err_set(err, ERR_NO_INPUT, "%s: %s has %lu item%s in this object",
				row.name().c_str(), step.name.c_str(), sequence ? sequence->card() : 0,
				sequence && sequence->card() == 1 ? "" : "s");
		cond = (*item)->findOrCreateSequenceItem(DcmTag(step.tag, DcmVR(EVR_SQ)), *item,
			static_cast<long>(step.item) - 1);
		if (cond.bad())
			return refuse_condition(row.name().c_str(), cond, err);
		if ((*item)->tagExists(DCM_SpecificCharacterSet))
			*charset = edits_charset_of(**item);
	}
	return 0;
}

int
Application::put(const edit &row, DcmItem &item, DcmEVR vr, const std::string &charset, struct err *err)
{
	OFCondition cond;
	char *coded;

	if (!edit_delimiters(vr)) {
		cond = put_text(item, row.attribute().tag, vr, row.value.c_str());
	} else {
		coded = edits_charset_encode(charset, { &row, vr }, err);
		if (!coded)
			return -1;
		cond = put_text(item, row.attribute().tag, vr, coded);
		free(coded);
	}
	return cond.bad() ? refuse_condition(row.name().c_str(), cond, err) : 0;
}

/* Does the object now have the UIDs announced for it? */
int
Application::check(const struct instance *instance, struct err *err) const
{
	const char *const announced[EDIT_UIDS] = { instance->study, instance->series,
		instance->sop_instance };

	for (unsigned i = 0; i < EDIT_UIDS; i++) {
		bool edited = edit_of_uid(edits_, static_cast<edit_uid>(i)) || !edits_.suffix.empty();
		std::string now = edits_uid_text(dataset_, edit_uid_tags[i]);

		if ((edited || i == EDIT_INSTANCE) && now != announced[i])
			return err_set(err, ERR_NO_INPUT, "the replacements give it the UID \"%s\" in "
				"(%04x,%04x), not \"%s\"; has the file changed meanwhile?",
				now.c_str(), edit_uid_tags[i].getGroup(), edit_uid_tags[i].getElement(),
				announced[i]);
	}
	return 0;
}

/*
 * PS3.3 C.12.1.1.9. The reason is COERCE, replacement by values valid here; CORRECT would mean that the
 * original values were wrong, which we do not know.
 */
int
Application::append_record(struct err *err)
{
	std::unique_ptr<DcmItem> record(new DcmItem);
	DcmItem *item = record.get();
	OFString now;
	OFCondition cond;

	if (before_->card() == 0)
		return 0;
	cond = DcmDateTime::getCurrentDateTime(now, OFTrue, OFFalse, OFTrue);
	if (cond.good())
		cond = put_text(*item, DCM_AttributeModificationDateTime, EVR_DT, now.c_str());
	if (cond.good())
		cond = put_text(*item, DCM_ModifyingSystem, EVR_LO, "mtls-storescu");
	if (cond.good())
		cond = put_text(*item, DCM_SourceOfPreviousValues, EVR_LO, "");
	if (cond.good())
		cond = put_text(*item, DCM_ReasonForTheAttributeModification, EVR_CS, "COERCE");
	if (cond.good())
		cond = item->insertSequenceItem(DCM_ModifiedAttributesSequence, before_.get());
	if (cond.good())
		(void)before_.release();
	if (cond.good())
		cond = dataset_.insertSequenceItem(DCM_OriginalAttributesSequence, item);
	if (cond.bad())
		return refuse_condition("Original Attributes Sequence", cond, err);
	(void)record.release();
	return 0;
}

std::string
Application::list_changes() const
{
	std::string text;

	for (const edit &row : edits_.rows)
		text += (text.empty() ? "" : ", ") + row.name() +
			(row.value.empty() ? " emptied" : " replaced");
	text += charsets_;
	if (!edits_.suffix.empty())
		text += (text.empty() ? "" : ", ") + std::to_string(mapped_) + " UIDs replaced";
	return text;
}

} /* namespace */

std::string
edits_uid_text(DcmItem &item, const DcmTagKey &tag)
{
	DcmElement *element = find_element(item, tag);

	return element ? element_text(*element) : "";
}

int
edits_apply(const struct edits *edits, DcmDataset &dataset, const struct instance *instance,
	std::string *changed, struct err *err)
{
	try {
		Application application(*edits, dataset, true);

		if (application.map_uids(err) < 0 || application.choose_charsets(err) < 0 ||
		    application.set_values(err) < 0 || application.check(instance, err) < 0 ||
		    application.append_record(err) < 0)
			return -1;
		*changed = application.list_changes();
		return 0;
	} catch (const std::bad_alloc &) {
		return err_nomem(err);
	}
}

int
edits_fill(const struct edits *edits, DcmDataset &dataset, struct err *err)
{
	Application application(*edits, dataset, false);

	return application.choose_charsets(err) < 0 ? -1 : application.set_values(err);
}
