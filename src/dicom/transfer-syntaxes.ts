// In: nothing. Out: the transfer syntaxes the node accepts, as one table (PS3.5 Annex A, PS3.6 Table A-1).

/** How pixel data is compressed; one decoder serves one family. */
export type PixelFamily =
  | 'native'
  | 'rle'
  | 'jpeg'
  | 'jpeg-lossless'
  | 'jpeg-ls'
  | 'jpeg-2000'
  | 'high-throughput-jpeg-2000'
  | 'video';

export type TransferSyntax = {
  readonly uid: string;
  readonly name: string;
  readonly family: PixelFamily;
  /** Pixel data in items of (FFFE,E000), undefined length (PS3.5 A.4). */
  readonly encapsulated: boolean;
  readonly implicit: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
  /** The syntax may lose information; whether an image did is said by LossyImageCompression (0028,2110). */
  readonly lossy: boolean;
};

export const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2';
export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
export const DEFLATED_EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1.99';
export const EXPLICIT_BIG_ENDIAN = '1.2.840.10008.1.2.2';
export const RLE_LOSSLESS = '1.2.840.10008.1.2.5';
export const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
export const JPEG_EXTENDED = '1.2.840.10008.1.2.4.51';
export const JPEG_LOSSLESS = '1.2.840.10008.1.2.4.57';
export const JPEG_LOSSLESS_SV1 = '1.2.840.10008.1.2.4.70';
export const JPEG_LS_LOSSLESS = '1.2.840.10008.1.2.4.80';
export const JPEG_LS_NEAR_LOSSLESS = '1.2.840.10008.1.2.4.81';
export const JPEG_2000_LOSSLESS = '1.2.840.10008.1.2.4.90';
export const JPEG_2000 = '1.2.840.10008.1.2.4.91';
export const HTJ2K_LOSSLESS = '1.2.840.10008.1.2.4.201';
export const HTJ2K_LOSSLESS_RPCL = '1.2.840.10008.1.2.4.202';
export const HTJ2K = '1.2.840.10008.1.2.4.203';

const PLAIN = { implicit: false, bigEndian: false, deflated: false } as const;

const native = (uid: string, name: string, differs: Partial<TransferSyntax> = {}): TransferSyntax => ({
  ...PLAIN,
  uid,
  name,
  family: 'native',
  encapsulated: false,
  lossy: false,
  ...differs,
});

const packed = (uid: string, name: string, family: PixelFamily, lossy: boolean): TransferSyntax => ({
  ...PLAIN,
  uid,
  name,
  family,
  encapsulated: true,
  lossy,
});

export const TRANSFER_SYNTAXES: readonly TransferSyntax[] = [
  native(EXPLICIT_LITTLE_ENDIAN, 'Explicit VR Little Endian'),
  native(IMPLICIT_LITTLE_ENDIAN, 'Implicit VR Little Endian', { implicit: true }),
  native(DEFLATED_EXPLICIT_LITTLE_ENDIAN, 'Deflated Explicit VR Little Endian', { deflated: true }),
  native(EXPLICIT_BIG_ENDIAN, 'Explicit VR Big Endian (Retired)', { bigEndian: true }),
  packed(RLE_LOSSLESS, 'RLE Lossless', 'rle', false),
  packed(JPEG_BASELINE, 'JPEG Baseline (Process 1)', 'jpeg', true),
  packed(JPEG_EXTENDED, 'JPEG Extended (Process 2 & 4)', 'jpeg', true),
  packed(JPEG_LOSSLESS, 'JPEG Lossless, Non-Hierarchical (Process 14)', 'jpeg-lossless', false),
  packed(JPEG_LOSSLESS_SV1, 'JPEG Lossless, Non-Hierarchical, First-Order Prediction', 'jpeg-lossless', false),
  packed(JPEG_LS_LOSSLESS, 'JPEG-LS Lossless Image Compression', 'jpeg-ls', false),
  packed(JPEG_LS_NEAR_LOSSLESS, 'JPEG-LS Lossy (Near-Lossless) Image Compression', 'jpeg-ls', true),
  packed(JPEG_2000_LOSSLESS, 'JPEG 2000 Image Compression (Lossless Only)', 'jpeg-2000', false),
  packed(JPEG_2000, 'JPEG 2000 Image Compression', 'jpeg-2000', true),
  packed(HTJ2K_LOSSLESS, 'High-Throughput JPEG 2000 (Lossless Only)', 'high-throughput-jpeg-2000', false),
  packed(HTJ2K_LOSSLESS_RPCL, 'High-Throughput JPEG 2000 with RPCL (Lossless Only)', 'high-throughput-jpeg-2000', false),
  packed(HTJ2K, 'High-Throughput JPEG 2000', 'high-throughput-jpeg-2000', true),
  packed('1.2.840.10008.1.2.4.100', 'MPEG2 Main Profile / Main Level', 'video', true),
  packed('1.2.840.10008.1.2.4.101', 'MPEG2 Main Profile / High Level', 'video', true),
  packed('1.2.840.10008.1.2.4.102', 'MPEG-4 AVC/H.264 High Profile / Level 4.1', 'video', true),
  packed('1.2.840.10008.1.2.4.103', 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', 'video', true),
  packed('1.2.840.10008.1.2.4.104', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video', 'video', true),
  packed('1.2.840.10008.1.2.4.105', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video', 'video', true),
  packed('1.2.840.10008.1.2.4.106', 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', 'video', true),
  packed('1.2.840.10008.1.2.4.107', 'HEVC/H.265 Main Profile / Level 5.1', 'video', true),
  packed('1.2.840.10008.1.2.4.108', 'HEVC/H.265 Main 10 Profile / Level 5.1', 'video', true),
];

const BY_UID: ReadonlyMap<string, TransferSyntax> = new Map(TRANSFER_SYNTAXES.map((syntax) => [syntax.uid, syntax]));

/** The row of a transfer syntax, or null for one that the table does not hold. */
export const transferSyntax = (uid: string): TransferSyntax | null => BY_UID.get(uid) ?? null;
