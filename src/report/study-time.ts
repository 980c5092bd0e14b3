// When a study was made, as its source says. In: one of its objects in the spool. Out: date and time as people write them.
import { attributesOf } from '../dicom/attributes.ts';
import { text } from '../dicom/dataset.ts';
import { openPart10 } from '../dicom/part10.ts';

/** StudyDate and StudyTime, e.g. `2026-11-22 09:30:12`; empty where the object says nothing. */
export async function studyDateTime(path: string): Promise<string> {
  const file = await openPart10(path);
  try {
    const attributes = attributesOf(file);
    const date = /^(\d{4})(\d{2})(\d{2})$/u.exec(text(attributes, 'StudyDate'));
    if (date === null) return '';
    const time = /^(\d{2})(\d{2})(\d{2})?/u.exec(text(attributes, 'StudyTime'));
    const day = date.slice(1).join('-');
    return time === null ? day : `${day} ${time.slice(1).filter(Boolean).join(':')}`;
  } finally {
    await file.close();
  }
}
