/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/uid.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Columns three to eight of a transfer syntax: explicit VR, big endian, deflated, encapsulated,
 * decodable, lossy. PACKED_IMPL: its pixels are packed, which counts as encapsulated. */
#define IMPLICIT      false, false, false, false, false, false
#define PLAIN	      true, false, false, false, false, false
#define BIG	      true, true, false, false, false, false
#define DEFLATED      true, false, true, false, false, false
#define PACKED	      true, false, false, true, false, false
#define PACKED_ZIP    true, false, true, true, false, false
#define PACKED_IMPL   false, false, false, true, false, false
#define LOSSY	      true, false, false, true, false, true
#define DECODED	      true, false, false, true, true, false
#define DECODED_LOSSY true, false, false, true, true, true

/* The registered transfer syntaxes (PS3.6 table A-1) and GE's private one, by UID as strcmp(3) orders. */
#define CODED "1.2.840.10008.1.2.4."
static const struct syntax syntaxes[] = {
	{ "1.2.840.10008.1.2", "Implicit VR Little Endian", IMPLICIT },
	{ "1.2.840.10008.1.2.1", "Explicit VR Little Endian", PLAIN },
	{ "1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", PACKED },
	{ "1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", DEFLATED },
	{ "1.2.840.10008.1.2.2", "Explicit VR Big Endian", BIG },
	{ CODED "100", "MPEG2 Main Profile / Main Level", LOSSY },
	{ CODED "100.1", "Fragmentable MPEG2 Main Profile / Main Level", LOSSY },
	{ CODED "101", "MPEG2 Main Profile / High Level", LOSSY },
	{ CODED "101.1", "Fragmentable MPEG2 Main Profile / High Level", LOSSY },
	{ CODED "102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", LOSSY },
	{ CODED "102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", LOSSY },
	{ CODED "103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", LOSSY },
	{ CODED "103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", LOSSY },
	{ CODED "104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", LOSSY },
	{ CODED "104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", LOSSY },
	{ CODED "105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", LOSSY },
	{ CODED "105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", LOSSY },
	{ CODED "106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", LOSSY },
	{ CODED "106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", LOSSY },
	{ CODED "107", "HEVC/H.265 Main Profile / Level 5.1", LOSSY },
	{ CODED "108", "HEVC/H.265 Main 10 Profile / Level 5.1", LOSSY },
	{ CODED "110", "JPEG XL Lossless", PACKED },
	{ CODED "111", "JPEG XL JPEG Recompression", LOSSY },
	{ CODED "112", "JPEG XL", LOSSY },
	{ CODED "201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", DECODED },
	{ CODED "202",
		"High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)", DECODED },
	{ CODED "203", "High-Throughput JPEG 2000 Image Compression", DECODED_LOSSY },
	{ CODED "204", "JPIP HTJ2K Referenced", PACKED },
	{ CODED "205", "JPIP HTJ2K Referenced Deflate", PACKED_ZIP },
	{ CODED "50", "JPEG Baseline (Process 1)", DECODED_LOSSY },
	{ CODED "51", "JPEG Extended (Process 2 and 4)", DECODED_LOSSY },
	{ CODED "52", "JPEG Extended (Process 3 and 5)", LOSSY },
	{ CODED "53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)", LOSSY },
	{ CODED "54", "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)", LOSSY },
	{ CODED "55", "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)", LOSSY },
	{ CODED "56", "JPEG Full Progression, Non-Hierarchical (Process 11 and 13)", LOSSY },
	{ CODED "57", "JPEG Lossless, Non-Hierarchical (Process 14)", DECODED },
	{ CODED "58", "JPEG Lossless, Non-Hierarchical (Process 15)", PACKED },
	{ CODED "59", "JPEG Extended, Hierarchical (Process 16 and 18)", LOSSY },
	{ CODED "60", "JPEG Extended, Hierarchical (Process 17 and 19)", LOSSY },
	{ CODED "61", "JPEG Spectral Selection, Hierarchical (Process 20 and 22)", LOSSY },
	{ CODED "62", "JPEG Spectral Selection, Hierarchical (Process 21 and 23)", LOSSY },
	{ CODED "63", "JPEG Full Progression, Hierarchical (Process 24 and 26)", LOSSY },
	{ CODED "64", "JPEG Full Progression, Hierarchical (Process 25 and 27)", LOSSY },
	{ CODED "65", "JPEG Lossless, Hierarchical (Process 28)", PACKED },
	{ CODED "66", "JPEG Lossless, Hierarchical (Process 29)", PACKED },
	{ CODED "70",
		"JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value "
		"1])", DECODED },
	{ CODED "80", "JPEG-LS Lossless Image Compression", DECODED },
	{ CODED "81", "JPEG-LS Lossy (Near-Lossless) Image Compression", DECODED_LOSSY },
	{ CODED "90", "JPEG 2000 Image Compression (Lossless Only)", DECODED },
	{ CODED "91", "JPEG 2000 Image Compression", DECODED_LOSSY },
	{ CODED "92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)", PACKED },
	{ CODED "93", "JPEG 2000 Part 2 Multi-component Image Compression", LOSSY },
	{ CODED "94", "JPIP Referenced", PACKED },
	{ CODED "95", "JPIP Referenced Deflate", PACKED_ZIP },
	{ "1.2.840.10008.1.2.5", "RLE Lossless", DECODED },
	{ "1.2.840.10008.1.2.6.1", "RFC 2557 MIME encapsulation", PACKED },
	{ "1.2.840.10008.1.2.6.2", "XML Encoding", PACKED },
	{ "1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video", PACKED },
	{ "1.2.840.10008.1.2.7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video", PACKED },
	{ "1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30 PCM Digital Audio", PACKED },
	{ "1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", PACKED },
	{ "1.2.840.10008.1.20", "Papyrus 3 Implicit VR Little Endian", PACKED_IMPL },
	{ "1.2.840.113619.5.2", "GE Implicit VR Little Endian with Big Endian Pixel Data", PACKED_IMPL },
};

struct name {
	const char *uid;
	const char *name;
};

/* The storage SOP classes (PS3.6 table A-1), retired ones too, in the same order. */
#define STORAGE "1.2.840.10008.5.1.4.1.1."
static const struct name classes[] = {
	{ "1.2.840.10008.5.1.1.27", "Stored Print Storage (Retired)" },
	{ "1.2.840.10008.5.1.1.29", "Hardcopy Grayscale Image Storage (Retired)" },
	{ "1.2.840.10008.5.1.1.30", "Hardcopy Color Image Storage (Retired)" },
	{ STORAGE "1", "Computed Radiography Image Storage" },
	{ STORAGE "1.1", "Digital X-Ray Image Storage - For Presentation" },
	{ STORAGE "1.1.1", "Digital X-Ray Image Storage - For Processing" },
	{ STORAGE "1.2", "Digital Mammography X-Ray Image Storage - For Presentation" },
	{ STORAGE "1.2.1", "Digital Mammography X-Ray Image Storage - For Processing" },
	{ STORAGE "1.3", "Digital Intra-Oral X-Ray Image Storage - For Presentation" },
	{ STORAGE "1.3.1", "Digital Intra-Oral X-Ray Image Storage - For Processing" },
	{ STORAGE "10", "Standalone Modality LUT Storage (Retired)" },
	{ STORAGE "104.1", "Encapsulated PDF Storage" },
	{ STORAGE "104.2", "Encapsulated CDA Storage" },
	{ STORAGE "104.3", "Encapsulated STL Storage" },
	{ STORAGE "104.4", "Encapsulated OBJ Storage" },
	{ STORAGE "104.5", "Encapsulated MTL Storage" },
	{ STORAGE "11", "Standalone VOI LUT Storage (Retired)" },
	{ STORAGE "11.1", "Grayscale Softcopy Presentation State Storage" },
	{ STORAGE "11.10", "Segmented Volume Rendering Volumetric Presentation State Storage" },
	{ STORAGE "11.11", "Multiple Volume Rendering Volumetric Presentation State Storage" },
	{ STORAGE "11.12", "Variable Modality LUT Softcopy Presentation State Storage" },
	{ STORAGE "11.2", "Color Softcopy Presentation State Storage" },
	{ STORAGE "11.3", "Pseudo-Color Softcopy Presentation State Storage" },
	{ STORAGE "11.4", "Blending Softcopy Presentation State Storage" },
	{ STORAGE "11.5", "XA/XRF Grayscale Softcopy Presentation State Storage" },
	{ STORAGE "11.6", "Grayscale Planar MPR Volumetric Presentation State Storage" },
	{ STORAGE "11.7", "Compositing Planar MPR Volumetric Presentation State Storage" },
	{ STORAGE "11.8", "Advanced Blending Presentation State Storage" },
	{ STORAGE "11.9", "Volume Rendering Volumetric Presentation State Storage" },
	{ STORAGE "12.1", "X-Ray Angiographic Image Storage" },
	{ STORAGE "12.1.1", "Enhanced XA Image Storage" },
	{ STORAGE "12.2", "X-Ray Radiofluoroscopic Image Storage" },
	{ STORAGE "12.2.1", "Enhanced XRF Image Storage" },
	{ STORAGE "12.3", "X-Ray Angiographic Bi-Plane Image Storage (Retired)" },
	{ STORAGE "128", "Positron Emission Tomography Image Storage" },
	{ STORAGE "128.1", "Legacy Converted Enhanced PET Image Storage" },
	{ STORAGE "129", "Standalone PET Curve Storage (Retired)" },
	{ STORAGE "13.1.1", "X-Ray 3D Angiographic Image Storage" },
	{ STORAGE "13.1.2", "X-Ray 3D Craniofacial Image Storage" },
	{ STORAGE "13.1.3", "Breast Tomosynthesis Image Storage" },
	{ STORAGE "13.1.4", "Breast Projection X-Ray Image Storage - For Presentation" },
	{ STORAGE "13.1.5", "Breast Projection X-Ray Image Storage - For Processing" },
	{ STORAGE "130", "Enhanced PET Image Storage" },
	{ STORAGE "131", "Basic Structured Display Storage" },
	{ STORAGE "14.1", "Intravascular Optical Coherence Tomography Image Storage - For Presentation" },
	{ STORAGE "14.2", "Intravascular Optical Coherence Tomography Image Storage - For Processing" },
	{ STORAGE "2", "CT Image Storage" },
	{ STORAGE "2.1", "Enhanced CT Image Storage" },
	{ STORAGE "2.2", "Legacy Converted Enhanced CT Image Storage" },
	{ STORAGE "20", "Nuclear Medicine Image Storage" },
	{ STORAGE "200.1", "CT Defined Procedure Protocol Storage" },
	{ STORAGE "200.2", "CT Performed Procedure Protocol Storage" },
	{ STORAGE "200.3", "Protocol Approval Storage" },
	{ STORAGE "200.7", "XA Defined Procedure Protocol Storage" },
	{ STORAGE "200.8", "XA Performed Procedure Protocol Storage" },
	{ STORAGE "3", "Ultrasound Multi-frame Image Storage (Retired)" },
	{ STORAGE "3.1", "Ultrasound Multi-frame Image Storage" },
	{ STORAGE "30", "Parametric Map Storage" },
	{ STORAGE "4", "MR Image Storage" },
	{ STORAGE "4.1", "Enhanced MR Image Storage" },
	{ STORAGE "4.2", "MR Spectroscopy Storage" },
	{ STORAGE "4.3", "Enhanced MR Color Image Storage" },
	{ STORAGE "4.4", "Legacy Converted Enhanced MR Image Storage" },
	{ STORAGE "481.1", "RT Image Storage" },
	{ STORAGE "481.10", "RT Physician Intent Storage" },
	{ STORAGE "481.11", "RT Segment Annotation Storage" },
	{ STORAGE "481.12", "RT Radiation Set Storage" },
	{ STORAGE "481.13", "C-Arm Photon-Electron Radiation Storage" },
	{ STORAGE "481.14", "Tomotherapeutic Radiation Storage" },
	{ STORAGE "481.15", "Robotic-Arm Radiation Storage" },
	{ STORAGE "481.16", "RT Radiation Record Set Storage" },
	{ STORAGE "481.17", "RT Radiation Salvage Record Storage" },
	{ STORAGE "481.18", "Tomotherapeutic Radiation Record Storage" },
	{ STORAGE "481.19", "C-Arm Photon-Electron Radiation Record Storage" },
	{ STORAGE "481.2", "RT Dose Storage" },
	{ STORAGE "481.20", "Robotic Radiation Record Storage" },
	{ STORAGE "481.21", "RT Radiation Set Delivery Instruction Storage" },
	{ STORAGE "481.22", "RT Treatment Preparation Storage" },
	{ STORAGE "481.3", "RT Structure Set Storage" },
	{ STORAGE "481.4", "RT Beams Treatment Record Storage" },
	{ STORAGE "481.5", "RT Plan Storage" },
	{ STORAGE "481.6", "RT Brachy Treatment Record Storage" },
	{ STORAGE "481.7", "RT Treatment Summary Record Storage" },
	{ STORAGE "481.8", "RT Ion Plan Storage" },
	{ STORAGE "481.9", "RT Ion Beams Treatment Record Storage" },
	{ STORAGE "5", "Nuclear Medicine Image Storage (Retired)" },
	{ STORAGE "501.1", "DICOS CT Image Storage" },
	{ STORAGE "501.2.1", "DICOS Digital X-Ray Image Storage - For Presentation" },
	{ STORAGE "501.2.2", "DICOS Digital X-Ray Image Storage - For Processing" },
	{ STORAGE "501.3", "DICOS Threat Detection Report Storage" },
	{ STORAGE "501.4", "DICOS 2D AIT Storage" },
	{ STORAGE "501.5", "DICOS 3D AIT Storage" },
	{ STORAGE "501.6", "DICOS Quadrupole Resonance (QR) Storage" },
	{ STORAGE "6", "Ultrasound Image Storage (Retired)" },
	{ STORAGE "6.1", "Ultrasound Image Storage" },
	{ STORAGE "6.2", "Enhanced US Volume Storage" },
	{ STORAGE "6.3", "Photoacoustic Image Storage" },
	{ STORAGE "601.1", "Eddy Current Image Storage" },
	{ STORAGE "601.2", "Eddy Current Multi-frame Image Storage" },
	{ STORAGE "601.3", "Thermography Image Storage" },
	{ STORAGE "601.4", "Thermography Multi-frame Image Storage" },
	{ STORAGE "66", "Raw Data Storage" },
	{ STORAGE "66.1", "Spatial Registration Storage" },
	{ STORAGE "66.2", "Spatial Fiducials Storage" },
	{ STORAGE "66.3", "Deformable Spatial Registration Storage" },
	{ STORAGE "66.4", "Segmentation Storage" },
	{ STORAGE "66.5", "Surface Segmentation Storage" },
	{ STORAGE "66.6", "Tractography Results Storage" },
	{ STORAGE "66.7", "Label Map Segmentation Storage" },
	{ STORAGE "66.8", "Height Map Segmentation Storage" },
	{ STORAGE "67", "Real World Value Mapping Storage" },
	{ STORAGE "68.1", "Surface Scan Mesh Storage" },
	{ STORAGE "68.2", "Surface Scan Point Cloud Storage" },
	{ STORAGE "7", "Secondary Capture Image Storage" },
	{ STORAGE "7.1", "Multi-frame Single Bit Secondary Capture Image Storage" },
	{ STORAGE "7.2", "Multi-frame Grayscale Byte Secondary Capture Image Storage" },
	{ STORAGE "7.3", "Multi-frame Grayscale Word Secondary Capture Image Storage" },
	{ STORAGE "7.4", "Multi-frame True Color Secondary Capture Image Storage" },
	{ STORAGE "77.1", "VL Image Storage - Trial" },
	{ STORAGE "77.1.1", "VL Endoscopic Image Storage" },
	{ STORAGE "77.1.1.1", "Video Endoscopic Image Storage" },
	{ STORAGE "77.1.2", "VL Microscopic Image Storage" },
	{ STORAGE "77.1.2.1", "Video Microscopic Image Storage" },
	{ STORAGE "77.1.3", "VL Slide-Coordinates Microscopic Image Storage" },
	{ STORAGE "77.1.4", "VL Photographic Image Storage" },
	{ STORAGE "77.1.4.1", "Video Photographic Image Storage" },
	{ STORAGE "77.1.5.1", "Ophthalmic Photography 8 Bit Image Storage" },
	{ STORAGE "77.1.5.2", "Ophthalmic Photography 16 Bit Image Storage" },
	{ STORAGE "77.1.5.3", "Stereometric Relationship Storage" },
	{ STORAGE "77.1.5.4", "Ophthalmic Tomography Image Storage" },
	{ STORAGE "77.1.5.5", "Wide Field Ophthalmic Photography Stereographic Projection Image Storage" },
	{ STORAGE "77.1.5.6", "Wide Field Ophthalmic Photography 3D Coordinates Image Storage" },
	{ STORAGE "77.1.5.7", "Ophthalmic Optical Coherence Tomography En Face Image Storage" },
	{ STORAGE "77.1.5.8", "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage" },
	{ STORAGE "77.1.6", "VL Whole Slide Microscopy Image Storage" },
	{ STORAGE "77.1.7", "Dermoscopic Photography Image Storage" },
	{ STORAGE "77.1.8", "Confocal Microscopy Image Storage" },
	{ STORAGE "77.1.9", "Confocal Microscopy Tiled Pyramidal Image Storage" },
	{ STORAGE "77.2", "VL Multi-frame Image Storage - Trial" },
	{ STORAGE "78.1", "Lensometry Measurements Storage" },
	{ STORAGE "78.2", "Autorefraction Measurements Storage" },
	{ STORAGE "78.3", "Keratometry Measurements Storage" },
	{ STORAGE "78.4", "Subjective Refraction Measurements Storage" },
	{ STORAGE "78.5", "Visual Acuity Measurements Storage" },
	{ STORAGE "78.6", "Spectacle Prescription Report Storage" },
	{ STORAGE "78.7", "Ophthalmic Axial Measurements Storage" },
	{ STORAGE "78.8", "Intraocular Lens Calculations Storage" },
	{ STORAGE "79.1", "Macular Grid Thickness and Volume Report Storage" },
	{ STORAGE "8", "Standalone Overlay Storage (Retired)" },
	{ STORAGE "80.1", "Ophthalmic Visual Field Static Perimetry Measurements Storage" },
	{ STORAGE "81.1", "Ophthalmic Thickness Map Storage" },
	{ STORAGE "82.1", "Corneal Topography Map Storage" },
	{ STORAGE "88.1", "Text SR Storage - Trial" },
	{ STORAGE "88.11", "Basic Text SR Storage" },
	{ STORAGE "88.2", "Audio SR Storage - Trial" },
	{ STORAGE "88.22", "Enhanced SR Storage" },
	{ STORAGE "88.3", "Detail SR Storage - Trial" },
	{ STORAGE "88.33", "Comprehensive SR Storage" },
	{ STORAGE "88.34", "Comprehensive 3D SR Storage" },
	{ STORAGE "88.35", "Extensible SR Storage" },
	{ STORAGE "88.4", "Comprehensive SR Storage - Trial" },
	{ STORAGE "88.40", "Procedure Log Storage" },
	{ STORAGE "88.50", "Mammography CAD SR Storage" },
	{ STORAGE "88.59", "Key Object Selection Document Storage" },
	{ STORAGE "88.65", "Chest CAD SR Storage" },
	{ STORAGE "88.67", "X-Ray Radiation Dose SR Storage" },
	{ STORAGE "88.68", "Radiopharmaceutical Radiation Dose SR Storage" },
	{ STORAGE "88.69", "Colon CAD SR Storage" },
	{ STORAGE "88.70", "Implantation Plan SR Storage" },
	{ STORAGE "88.71", "Acquisition Context SR Storage" },
	{ STORAGE "88.72", "Simplified Adult Echo SR Storage" },
	{ STORAGE "88.73", "Patient Radiation Dose SR Storage" },
	{ STORAGE "88.74", "Planned Imaging Agent Administration SR Storage" },
	{ STORAGE "88.75", "Performed Imaging Agent Administration SR Storage" },
	{ STORAGE "88.76", "Enhanced X-Ray Radiation Dose SR Storage" },
	{ STORAGE "88.77", "Waveform Annotation SR Storage" },
	{ STORAGE "9", "Standalone Curve Storage (Retired)" },
	{ STORAGE "9.1", "Waveform Storage - Trial" },
	{ STORAGE "9.1.1", "12-lead ECG Waveform Storage" },
	{ STORAGE "9.1.2", "General ECG Waveform Storage" },
	{ STORAGE "9.1.3", "Ambulatory ECG Waveform Storage" },
	{ STORAGE "9.1.4", "General 32-bit ECG Waveform Storage" },
	{ STORAGE "9.2.1", "Hemodynamic Waveform Storage" },
	{ STORAGE "9.3.1", "Cardiac Electrophysiology Waveform Storage" },
	{ STORAGE "9.4.1", "Basic Voice Audio Waveform Storage" },
	{ STORAGE "9.4.2", "General Audio Waveform Storage" },
	{ STORAGE "9.5.1", "Arterial Pulse Waveform Storage" },
	{ STORAGE "9.6.1", "Respiratory Waveform Storage" },
	{ STORAGE "9.6.2", "Multi-channel Respiratory Waveform Storage" },
	{ STORAGE "9.7.1", "Routine Scalp Electroencephalogram Waveform Storage" },
	{ STORAGE "9.7.2", "Electromyogram Waveform Storage" },
	{ STORAGE "9.7.3", "Electrooculogram Waveform Storage" },
	{ STORAGE "9.7.4", "Sleep Electroencephalogram Waveform Storage" },
	{ STORAGE "9.8.1", "Body Position Waveform Storage" },
	{ STORAGE "90.1", "Content Assessment Results Storage" },
	{ STORAGE "91.1", "Microscopy Bulk Simple Annotations Storage" },
	{ "1.2.840.10008.5.1.4.34.1", "RT Beams Delivery Instruction Storage - Trial" },
	{ "1.2.840.10008.5.1.4.34.10", "RT Brachy Application Setup Delivery Instruction Storage" },
	{ "1.2.840.10008.5.1.4.34.7", "RT Beams Delivery Instruction Storage" },
	{ "1.2.840.10008.5.1.4.38.1", "Hanging Protocol Storage" },
	{ "1.2.840.10008.5.1.4.39.1", "Color Palette Storage" },
	{ "1.2.840.10008.5.1.4.43.1", "Generic Implant Template Storage" },
	{ "1.2.840.10008.5.1.4.44.1", "Implant Assembly Template Storage" },
	{ "1.2.840.10008.5.1.4.45.1", "Implant Template Group Storage" },
};

/*
 * SOP classes whose instances refer to other instances; whole families end with a dot. The retired
 * standalone LUTs (11, 10) do not. RT Image is an ordinary image, to which records and registrations refer;
 * likewise Parametric Map, which names its sources like any derived image. Segmentations are useless
 * without the images they belong to.
 */
#define RT_IMAGE STORAGE "481.1"
static const char *const referrers[] = {
	STORAGE "11.",	  /* presentation states */
	STORAGE "131",	  /* Basic Structured Display */
	STORAGE "200.3",  /* Protocol Approval */
	STORAGE "481.",	  /* RT objects */
	STORAGE "501.3",  /* DICOS Threat Detection Report */
	STORAGE "66.1",	  /* Spatial Registration */
	STORAGE "66.2",	  /* Spatial Fiducials */
	STORAGE "66.3",	  /* Deformable Spatial Registration */
	STORAGE "66.4",	  /* segmentations */
	STORAGE "66.5",
	STORAGE "66.6",	  /* Tractography Results */
	STORAGE "66.7",
	STORAGE "66.8",
	STORAGE "67",	  /* Real World Value Mapping */
	STORAGE "77.1.5.3", /* Stereometric Relationship */
	STORAGE "88.",	  /* structured reports, key objects */
	STORAGE "90.1",	  /* Content Assessment Results */
	STORAGE "91.1",	  /* Microscopy Bulk Simple Annotations */
	"1.2.840.10008.5.1.4.34.", /* RT delivery instructions */
};

/* Other UIDs that occur in files and associations. */
static const struct name others[] = {
	{ UID_VERIFICATION, "Verification" },
	{ "1.2.840.10008.1.20.1", "Storage Commitment Push Model" },
	{ UID_MEDIA_DIRECTORY, "Media Storage Directory" },
	{ "1.2.840.10008.3.1.1.1", "DICOM Application Context" },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

bool
uid_valid(const char *uid)
{
	size_t len = strlen(uid);

	if (len == 0 || len > UID_MAX || strspn(uid, "0123456789.") != len)
		return false;
	return uid[0] != '.' && uid[len - 1] != '.' && !strstr(uid, "..");
}

/* Both structs begin with the UID, with which the key is compared. */
static int
compare(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

const struct syntax *
syntax_find(const char *uid)
{
	return bsearch(uid, syntaxes, COUNT(syntaxes), sizeof syntaxes[0], compare);
}

static const struct name *
name_find(const char *uid, const struct name *names, size_t count)
{
	return bsearch(uid, names, count, sizeof names[0], compare);
}

const char *
uid_name(const char *uid)
{
	const struct syntax *syntax = syntax_find(uid);
	const struct name *name = name_find(uid, classes, COUNT(classes));

	if (syntax)
		return syntax->name;
	if (!name)
		name = name_find(uid, others, COUNT(others));
	return name ? name->name : uid;
}

bool
uid_is_referrer(const char *uid)
{
	if (strcmp(uid, RT_IMAGE) == 0)
		return false;
	for (size_t i = 0; i < COUNT(referrers); i++) {
		size_t len = strlen(referrers[i]);
		bool family = referrers[i][len - 1] == '.';

		if (family ? strncmp(uid, referrers[i], len) == 0 : strcmp(uid, referrers[i]) == 0)
			return true;
	}
	return false;
}
