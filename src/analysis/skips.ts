// Why an instance, or some frames of it, were not looked at. A table of reasons and the sentence for people; and what of an error is the data's fault.
import { FAULTS, isFault } from '../kernel/errors.ts';

export type Skip = { readonly reason: string; readonly sentence: string };

export const SKIP_SENTENCES = {
  'bytes-changed': 'The stored bytes are not those that were received; the file is damaged.',
  'not-an-image': 'The object holds no image.',
  'not-a-cine': 'The image is a still; the model reads cines only.',
  'too-few-frames': 'The cine has too few frames for the model.',
  'other-vessel': 'The image is labelled as a vessel other than the femoral and popliteal veins, which the model was made for.',
  'view-not-read': 'The cine shows a view that the model does not read.',
  'colour-doppler': 'The image shows blood flow in colour; the model reads B-mode images only.',
  'colour-in-region': 'The ultrasound region is coloured as in colour Doppler; the model reads B-mode images only.',
  'm-mode': 'The image is an M-mode trace; the model reads B-mode images only.',
  spectral: 'The image is a spectral Doppler trace; the model reads B-mode images only.',
  'no-region': 'The image does not say where its ultrasound region lies, and nothing in it looks like one.',
  'no-motion': 'The image does not say where its ultrasound region lies, and nothing in it moves.',
  'region-is-whole-image':
    'The ultrasound region is said to be the whole picture, which may hold text about the patient, and nothing in it tells where the image lies.',
  'region-too-small': 'The ultrasound region is too small for the model.',
} as const;

export type SkipReason = keyof typeof SKIP_SENTENCES;

export const skipFor = (reason: SkipReason): Skip => ({ reason, sentence: SKIP_SENTENCES[reason] });

/**
 * The skip for an error of decoding: a Fault gives its code and sentence, anything else that a decoder throws over hostile bytes counts as
 * unreadable. Errors of the operating system (no such file, too many open files) are ours, and are thrown on.
 */
export function skipOf(error: unknown): Skip {
  if (isFault(error)) return { reason: error.code, sentence: error.message };
  if (error instanceof Error && ('syscall' in error || ('code' in error && error.code === 'ERR_ACCESS_DENIED'))) throw error;
  const kind = error instanceof Error ? error.name : typeof error;
  return { reason: 'frames-unreadable', sentence: `${FAULTS['frames-unreadable'].sentence} (${kind})` };
}
