// In: a High-Throughput JPEG 2000 codestream. Out: its decoded samples. The only file that names the OpenJPH build.
import { webAssemblyDecoder } from './jpeg-web-assembly.ts';

/** Decodes a codestream given in parts; null when OpenJPH refuses it. Its own colour transform is undone. */
export const decodeHtj2kStream = webAssemblyDecoder('@cornerstonejs/codec-openjph/wasmjs', 'HTJ2KDecoder');
