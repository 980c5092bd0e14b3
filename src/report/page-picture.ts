// Attention pages as pictures for a browser. In: a capture that the node wrote, and a page. Out: how many pages it has, and one page as PNG bytes.
import sharp from 'sharp';
import type { CapturePages } from '../contracts/console.ts';
import { attributesOf } from '../dicom/attributes.ts';
import { type Dataset, number, texts } from '../dicom/dataset.ts';
import { openFrames } from '../dicom/frames.ts';
import { openPart10 } from '../dicom/part10.ts';
import { PAGE } from './capture-layout.ts';

const LIMITS = { maxPixels: PAGE.width * PAGE.height, maxFrames: 10_000, maxFrameBytes: PAGE.width * PAGE.height * 3 };

async function attributesAt(path: string): Promise<Dataset> {
  const file = await openPart10(path);
  try {
    return attributesOf(file);
  } finally {
    await file.close();
  }
}

/** What a capture holds, from its header alone. */
export async function capturePages(path: string): Promise<CapturePages> {
  const attributes = await attributesAt(path);
  const isCine = number(attributes, 'FrameTime') !== null;
  return {
    pages: isCine ? 1 : (number(attributes, 'NumberOfFrames') ?? 1),
    labels: isCine ? [] : texts(attributes, 'FrameLabelVector'),
    isCine,
  };
}

/** Page `page` (from 1) as PNG; null when there is no such page. */
export async function pagePicture(path: string, page: number): Promise<Uint8Array | null> {
  const source = await openFrames(path, LIMITS);
  try {
    if (page < 1 || page > source.frameCount) return null;
    const { data, rows, columns, channels } = await source.frame(page - 1);
    return await sharp(data, { raw: { width: columns, height: rows, channels } })
      .png({ compressionLevel: 3 })
      .toBuffer();
  } finally {
    await source.close();
  }
}
