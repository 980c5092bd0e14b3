// In: one JPEG 2000 frame (ISO 15444-1), or one of its High-Throughput kind (ISO 15444-15). Out: its samples.
import { fault } from '../kernel/errors.ts';
import type { DecodedFrame } from './decoded-frame.ts';
import { decodeHtj2kStream } from './htj2k-codec.ts';
import { decodeJpeg2000Stream } from './jpeg-2000-codec.ts';
import { codestreamHeader, codestreamOf } from './jpeg-2000-header.ts';
import { frameFrom, samplesIn } from './jpeg-shape.ts';
import type { StreamDecoder } from './jpeg-web-assembly.ts';
import type { PixelDescription } from './pixel-description.ts';

type FrameDecoder = (frame: Uint8Array, description: PixelDescription) => Promise<DecodedFrame>;

/**
 * Samples that do not come out right: OpenJPEG clamps negative ones of one byte and leaves out colours of two; a round trip through OpenJPH
 * loses the latter too. No ultrasound image has either (PS3.3 C.8.5.6.1).
 */
const checkDecodable = ({ precision, signed, components }: ReturnType<typeof codestreamHeader>): void => {
  if (precision <= 8 && signed) throw fault('transfer-syntax-not-decoded', `JPEG 2000 with ${precision} bits and a sign`);
  if (precision > 8 && components > 1) {
    throw fault('transfer-syntax-not-decoded', `JPEG 2000 with ${components} components of ${precision} bits`);
  }
};

const decoderFor =
  (decodeStream: StreamDecoder): FrameDecoder =>
  async (frame, description) => {
    const codestream = codestreamOf(frame);
    const header = codestreamHeader(codestream, description);
    checkDecodable(header);
    // With RCT or ICT the decoder gives RGB, whatever PhotometricInterpretation says; without, the tag tells.
    return frameFrom(await decodeStream([codestream], samplesIn(header)), header, header.colourTransform ? 'rgb' : 'tag');
  };

/** Decodes one frame of JPEG 2000. Its shape is checked against the description before anything is allocated. */
export const decodeJpeg2000: FrameDecoder = decoderFor(decodeJpeg2000Stream);

/** The same for High-Throughput JPEG 2000. */
export const decodeHtj2k: FrameDecoder = decoderFor(decodeHtj2kStream);
