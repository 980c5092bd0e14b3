// In: a JPEG 2000 codestream. Out: its decoded samples. The only file that names the OpenJPEG build.
import { webAssemblyDecoder } from './jpeg-web-assembly.ts';

/** Decodes a codestream given in parts; null when OpenJPEG refuses it. Its own colour transform is undone. */
export const decodeJpeg2000Stream = webAssemblyDecoder('@cornerstonejs/codec-openjpeg/decodewasmjs', 'J2KDecoder');
