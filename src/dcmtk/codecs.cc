/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/codecs.h"

#include <initializer_list>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmjpeg/djcparam.h"
#include "dcmtk/dcmjpeg/djdecbas.h"
#include "dcmtk/dcmjpeg/djdecext.h"
#include "dcmtk/dcmjpeg/djdeclol.h"
#include "dcmtk/dcmjpeg/djdecsv1.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/jpeg2000.h"

namespace {

/*
 * All decoders but RLE's, known to DCMTK while this lives. Of JPEG, what is lossless stays
 * as it is; what is not comes as RGB if the attribute calls it YBR: YBR_FULL_422
 * has no plain form that everyone reads.
 */
class Registration {
    public:
	Registration()
	{
		DcmCodecList::registerCodec(&baseline_, nullptr, &rgb_);
		DcmCodecList::registerCodec(&extended_, nullptr, &rgb_);
		DcmCodecList::registerCodec(&lossless_, nullptr, &same_);
		DcmCodecList::registerCodec(&first_order_, nullptr, &same_);
		DcmCodecList::registerCodec(&jpeg_2000_lossless_, nullptr, &none_);
		DcmCodecList::registerCodec(&jpeg_2000_, nullptr, &none_);
		DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
	}
	~Registration()
	{
		DJLSDecoderRegistration::cleanup();
		for (const DcmCodec *codec : std::initializer_list<const DcmCodec *>{ &baseline_, &extended_,
			     &lossless_, &first_order_, &jpeg_2000_lossless_, &jpeg_2000_ })
			DcmCodecList::deregisterCodec(codec);
	}
	Registration(const Registration &) = delete;
	Registration &operator=(const Registration &) = delete;

    private:
	const DJDecoderBaseline baseline_ = {};
	const DJDecoderExtended extended_ = {};
	const DJDecoderLossless lossless_ = {};
	const DJDecoderP14SV1 first_order_ = {};
	const DJCodecParameter rgb_{ ECC_lossyYCbCr, EDC_photometricInterpretation, EUC_never,
		EPC_colorByPixel };
	const DJCodecParameter same_{ ECC_lossyYCbCr, EDC_never, EUC_never, EPC_colorByPixel };
	const Jpeg2000Decoder jpeg_2000_lossless_{ EXS_JPEG2000LosslessOnly };
	const Jpeg2000Decoder jpeg_2000_{ EXS_JPEG2000 };
	const NoCodecParameter none_ = {};
};

void
init()
{
	static const Registration all;
}

} /* namespace */

const struct codecs mtls_storescu_codecs = { CODECS_VERSION, init };
