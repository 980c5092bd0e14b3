// Points in time as DICOM and HL7 write them. In: epoch milliseconds and the offset of a time zone. Out: texts. Pure.

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

const parts = (epochMs: number, offsetMinutes: number): { readonly date: string; readonly time: string } => {
  const local = new Date(epochMs + offsetMinutes * 60_000);
  return {
    date: digits(local.getUTCFullYear(), 4) + digits(local.getUTCMonth() + 1, 2) + digits(local.getUTCDate(), 2),
    time: digits(local.getUTCHours(), 2) + digits(local.getUTCMinutes(), 2) + digits(local.getUTCSeconds(), 2),
  };
};

/** `+0200`, `-0330`: TimezoneOffsetFromUTC (0008,0201) and the suffix of DT and HL7 times. */
export function offsetText(offsetMinutes: number): string {
  const size = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? '-' : '+'}${digits(Math.floor(size / 60), 2)}${digits(size % 60, 2)}`;
}

/** Minutes of `+0200` and the like; null when the text is no offset. */
export function readOffset(text: string): number | null {
  const match = /^([+-])(\d{2})(\d{2})$/u.exec(text);
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/** DA, e.g. `20261122`. */
export const dicomDate = (epochMs: number, offsetMinutes: number): string => parts(epochMs, offsetMinutes).date;

/** TM, e.g. `101530`. */
export const dicomTime = (epochMs: number, offsetMinutes: number): string => parts(epochMs, offsetMinutes).time;

/** DT of DICOM and TS of HL7 are alike to the second: `20261122101530+0000`. */
export const dateTimeText = (epochMs: number, offsetMinutes: number): string => {
  const { date, time } = parts(epochMs, offsetMinutes);
  return `${date}${time}${offsetText(offsetMinutes)}`;
};
