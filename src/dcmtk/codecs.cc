/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/codecs.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcrledrg.h"
#include "dcmtk/dcmjpeg/djcparam.h"
#include "dcmtk/dcmjpeg/djdecbas.h"
#include "dcmtk/dcmjpeg/djdecext.h"
#include "dcmtk/dcmjpeg/djdeclol.h"
#include "dcmtk/dcmjpeg/djdecsv1.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/jpeg2000.h"

namespace {

/* What is lossless stays as it is; what is not comes as RGB if the attribute
 * calls it YBR: YBR_FULL_422 has no plain form that everyone reads. */
void
register_jpeg()
{
	static const DJDecoderBaseline baseline;
	static const DJDecoderExtended extended;
	static const DJDecoderLossless lossless;
	static const DJDecoderP14SV1 first_order;
	static const DJCodecParameter rgb(ECC_lossyYCbCr, EDC_photometricInterpretation, EUC_never,
		EPC_colorByPixel);
	static const DJCodecParameter same(ECC_lossyYCbCr, EDC_never, EUC_never, EPC_colorByPixel);

	DcmCodecList::registerCodec(&baseline, nullptr, &rgb);
	DcmCodecList::registerCodec(&extended, nullptr, &rgb);
	DcmCodecList::registerCodec(&lossless, nullptr, &same);
	DcmCodecList::registerCodec(&first_order, nullptr, &same);
}

void
register_jpeg_2000()
{
	static const Jpeg2000Decoder lossless(EXS_JPEG2000LosslessOnly);
	static const Jpeg2000Decoder any(EXS_JPEG2000);
	static const NoCodecParameter none;

	DcmCodecList::registerCodec(&lossless, nullptr, &none);
	DcmCodecList::registerCodec(&any, nullptr, &none);
}

} /* namespace */

void
codecs_init()
{
	register_jpeg();
	register_jpeg_2000();
	DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
	DcmRLEDecoderRegistration::registerCodecs();
}
