// In: a JPEG stream. Out: its decoded samples. The only file that names the libjpeg-turbo build; it decodes 8 bits a sample, also lossless.
import { webAssemblyDecoder } from './jpeg-web-assembly.ts';

/** Decodes a stream given in parts: 1 or 3 channels interleaved; null when libjpeg refuses the stream. */
export const decodeJpegStream = webAssemblyDecoder('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs', 'JPEGDecoder');
