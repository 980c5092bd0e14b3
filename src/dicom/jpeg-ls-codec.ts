// In: a JPEG-LS stream. Out: its decoded samples. The only file that names the CharLS build.
import { webAssemblyDecoder } from './jpeg-web-assembly.ts';

/** Decodes a stream given in parts, of 2 to 16 bits a sample; null when CharLS refuses it. */
export const decodeJpegLsStream = webAssemblyDecoder('@cornerstonejs/codec-charls/decodewasmjs', 'JpegLSDecoder');
