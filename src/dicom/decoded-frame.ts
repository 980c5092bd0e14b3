// The samples of one frame between decoding and display. Types only.

/** What the three samples of a pixel are. `tag`: as PhotometricInterpretation says; a codec that knows better says so itself. */
export type SampleColour = 'tag' | 'rgb' | 'ybr-full';

/**
 * Raw samples, frame by frame as the codec gives them: `rows * columns * channels` samples, interleaved, one byte each or two in
 * little endian order; no palette, window or colour conversion applied.
 */
export type DecodedFrame = {
  readonly channels: 1 | 3;
  readonly bytesPerSample: 1 | 2;
  readonly colour: SampleColour;
  readonly data: Uint8Array;
};
