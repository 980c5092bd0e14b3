// In: nothing. Out: the SOP classes of an ultrasound department as constants and one table (PS3.4 B.5, PS3.6 Annex A).

export const VERIFICATION = '1.2.840.10008.1.1';

export const ULTRASOUND_IMAGE = '1.2.840.10008.5.1.4.1.1.6.1';
export const ULTRASOUND_MULTI_FRAME = '1.2.840.10008.5.1.4.1.1.3.1';
export const ULTRASOUND_IMAGE_RETIRED = '1.2.840.10008.5.1.4.1.1.6';
export const ULTRASOUND_MULTI_FRAME_RETIRED = '1.2.840.10008.5.1.4.1.1.3';

export const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
export const MULTI_FRAME_SINGLE_BIT_SC = '1.2.840.10008.5.1.4.1.1.7.1';
export const MULTI_FRAME_GREYSCALE_BYTE_SC = '1.2.840.10008.5.1.4.1.1.7.2';
export const MULTI_FRAME_GREYSCALE_WORD_SC = '1.2.840.10008.5.1.4.1.1.7.3';
export const MULTI_FRAME_TRUE_COLOR_SC = '1.2.840.10008.5.1.4.1.1.7.4';

export const BASIC_TEXT_SR = '1.2.840.10008.5.1.4.1.1.88.11';
export const ENHANCED_SR = '1.2.840.10008.5.1.4.1.1.88.22';
export const COMPREHENSIVE_SR = '1.2.840.10008.5.1.4.1.1.88.33';
export const KEY_OBJECT_SELECTION = '1.2.840.10008.5.1.4.1.1.88.59';
export const COMPREHENSIVE_3D_SR = '1.2.840.10008.5.1.4.1.1.88.34';

/** `analysable`: holds frames a model may look at. `stored`: kept and passed on, never decoded. */
export type StorageRole = 'analysable' | 'stored';

export type StorageClass = { readonly name: string; readonly uid: string; readonly role: StorageRole };

const row = (name: string, uid: string, role: StorageRole): StorageClass => ({ name, uid, role });

/** What an ultrasound department sends to an archive. Some vendors send cines as Secondary Capture with Modality US. */
export const STORAGE_CLASSES: readonly StorageClass[] = [
  row('Ultrasound Image Storage', ULTRASOUND_IMAGE, 'analysable'),
  row('Ultrasound Multi-frame Image Storage', ULTRASOUND_MULTI_FRAME, 'analysable'),
  row('Ultrasound Image Storage (Retired)', ULTRASOUND_IMAGE_RETIRED, 'analysable'),
  row('Ultrasound Multi-frame Image Storage (Retired)', ULTRASOUND_MULTI_FRAME_RETIRED, 'analysable'),
  row('Secondary Capture Image Storage', SECONDARY_CAPTURE, 'analysable'),
  row('Multi-frame Single Bit Secondary Capture Image Storage', MULTI_FRAME_SINGLE_BIT_SC, 'stored'),
  row('Multi-frame Grayscale Byte Secondary Capture Image Storage', MULTI_FRAME_GREYSCALE_BYTE_SC, 'analysable'),
  row('Multi-frame Grayscale Word Secondary Capture Image Storage', MULTI_FRAME_GREYSCALE_WORD_SC, 'analysable'),
  row('Multi-frame True Color Secondary Capture Image Storage', MULTI_FRAME_TRUE_COLOR_SC, 'analysable'),
  row('Enhanced US Volume Storage', '1.2.840.10008.5.1.4.1.1.6.2', 'stored'),
  row('Photoacoustic Image Storage', '1.2.840.10008.5.1.4.1.1.6.3', 'stored'),
  row('Raw Data Storage', '1.2.840.10008.5.1.4.1.1.66', 'stored'),
  row('Segmentation Storage', '1.2.840.10008.5.1.4.1.1.66.4', 'stored'),
  row('Basic Text SR Storage', BASIC_TEXT_SR, 'stored'),
  row('Enhanced SR Storage', ENHANCED_SR, 'stored'),
  row('Comprehensive SR Storage', COMPREHENSIVE_SR, 'stored'),
  row('Comprehensive 3D SR Storage', COMPREHENSIVE_3D_SR, 'stored'),
  row('Procedure Log Storage', '1.2.840.10008.5.1.4.1.1.88.40', 'stored'),
  row('Key Object Selection Document Storage', KEY_OBJECT_SELECTION, 'stored'),
  row('X-Ray Radiation Dose SR Storage', '1.2.840.10008.5.1.4.1.1.88.67', 'stored'),
  row('Encapsulated PDF Storage', '1.2.840.10008.5.1.4.1.1.104.1', 'stored'),
  row('Encapsulated CDA Storage', '1.2.840.10008.5.1.4.1.1.104.2', 'stored'),
  row('Grayscale Softcopy Presentation State Storage', '1.2.840.10008.5.1.4.1.1.11.1', 'stored'),
  row('Color Softcopy Presentation State Storage', '1.2.840.10008.5.1.4.1.1.11.2', 'stored'),
  row('Parametric Map Storage', '1.2.840.10008.5.1.4.1.1.30', 'stored'),
  row('12-lead ECG Waveform Storage', '1.2.840.10008.5.1.4.1.1.9.1.1', 'stored'),
  row('General ECG Waveform Storage', '1.2.840.10008.5.1.4.1.1.9.1.2', 'stored'),
  row('Ambulatory ECG Waveform Storage', '1.2.840.10008.5.1.4.1.1.9.1.3', 'stored'),
  row('Video Endoscopic Image Storage', '1.2.840.10008.5.1.4.1.1.77.1.1.1', 'stored'),
  row('Video Photographic Image Storage', '1.2.840.10008.5.1.4.1.1.77.1.4.1', 'stored'),
  row('Multi-frame Video Microscopic Image Storage', '1.2.840.10008.5.1.4.1.1.77.1.2.1', 'stored'),
  row('VL Photographic Image Storage', '1.2.840.10008.5.1.4.1.1.77.1.4', 'stored'),
];

/** Structured report classes, poorest content first. */
export const SR_CLASSES: readonly string[] = [BASIC_TEXT_SR, ENHANCED_SR, COMPREHENSIVE_SR, COMPREHENSIVE_3D_SR];

export const SECONDARY_CAPTURE_CLASSES: readonly string[] = [
  SECONDARY_CAPTURE,
  MULTI_FRAME_SINGLE_BIT_SC,
  MULTI_FRAME_GREYSCALE_BYTE_SC,
  MULTI_FRAME_GREYSCALE_WORD_SC,
  MULTI_FRAME_TRUE_COLOR_SC,
];

const BY_UID: ReadonlyMap<string, StorageClass> = new Map(STORAGE_CLASSES.map((entry) => [entry.uid, entry]));

/** The row of a storage class, or null for one that the table does not hold. */
export const storageClass = (uid: string): StorageClass | null => BY_UID.get(uid) ?? null;

/** True for a class whose frames a model may look at. */
export const isAnalysable = (uid: string): boolean => BY_UID.get(uid)?.role === 'analysable';

/** Services under the DICOM root that store nothing: query, print, work lists and the like (PS3.6 Table A-1). */
const STANDARD_ROOT = '1.2.840.10008.';
const STANDARD_STORAGE = /^1\.2\.840\.10008\.5\.1\.4\.(1\.1\.|34\.7$|34\.10$|43\.1$|44\.1$|45\.1$|38\.1$|39\.1$)/;

/**
 * True for an abstract syntax that C-STORE can carry: every standard storage class, known to the table or newer than it,
 * and every class outside the DICOM root (vendors' private storage classes).
 */
export const isStorageClass = (uid: string): boolean =>
  BY_UID.has(uid) || STANDARD_STORAGE.test(uid) || !uid.startsWith(STANDARD_ROOT);
