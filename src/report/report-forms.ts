// One document in the forms that the destinations of a job want it in. In: how it is made, and who gets it. Out: one object a SOP class.
import type { Destination } from '../contracts/delivery.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { SR_CLASSES } from '../dicom/sop-classes.ts';
import { type EarlierReport, REPORT_CLASSES } from './sr.ts';
import { inClass, nameInClass } from './sr-simpler.ts';
import { object, type Written } from './written.ts';

/** Every file name that a document may have: its own, and those of its forms. */
export const namesOfForms = (name: string): readonly string[] => [
  name,
  ...SR_CLASSES.map((sopClassUid) => nameInClass(name, sopClassUid)),
];

/** Destinations by the SOP class that they are configured for, else `own`. */
function byClass(
  names: readonly string[],
  destinations: readonly Destination[],
  own: string,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const found = destinations.find((one) => one.name === name);
    const wanted = found?.kind === 'dicom' && found.reportClass !== undefined ? REPORT_CLASSES[found.reportClass] : own;
    groups.set(wanted, [...(groups.get(wanted) ?? []), name]);
  }
  return groups.size === 0 ? new Map([[own, []]]) : groups;
}

/** The document `name` for the destinations `names`; nothing when `make` gives null. `earlier` finds the predecessor among file names. */
export async function formsOf(
  name: string,
  facts: {
    /** SOP class that `make` gives. */
    readonly sopClassUid: string;
    readonly names: readonly string[];
    readonly destinations: readonly Destination[];
    readonly earlier: (names: readonly string[]) => Promise<EarlierReport | null>;
    readonly make: (earlier: EarlierReport | null) => Dataset | null;
  },
): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const [sopClassUid, destinations] of byClass(facts.names, facts.destinations, facts.sopClassUid)) {
    const isOwn = sopClassUid === facts.sopClassUid;
    const file = isOwn ? name : nameInClass(name, sopClassUid);
    const made = facts.make(await facts.earlier([file]));
    if (made === null) return [];
    written.push(object('sr', file, { attributes: isOwn ? made : inClass(made, sopClassUid), destinations }));
  }
  return written;
}
