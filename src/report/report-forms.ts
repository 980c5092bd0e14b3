// One document in the forms that the destinations of a job want it in. In: how it is made, and who gets it. Out: one object a form.
import type { Destination } from '../contracts/delivery.ts';
import type { Dataset } from '../dicom/dataset.ts';
import { REPORT_CLASSES } from './sr.ts';
import { type Instead, nameNaming, naming } from './sr-naming.ts';
import { inClass, nameInClass } from './sr-simpler.ts';
import { object, type Written } from './written.ts';

type Form = { readonly sopClassUid: string; readonly single: boolean; readonly destinations: readonly string[] };

const destinationOf = (name: string, destinations: readonly Destination[]) => {
  const found = destinations.find((one) => one.name === name);
  return found?.kind === 'dicom' ? found : null;
};

/** Whether a destination is configured for single images in place of pages of one instance. */
export const wantsSingle = (name: string, destinations: readonly Destination[]): boolean =>
  destinationOf(name, destinations)?.captureClass === 'single';

/** Destinations by the form that they are configured for, else that of the class `own`. */
function formsFor(names: readonly string[], destinations: readonly Destination[], own: string): readonly Form[] {
  const forms = new Map<string, Form>();
  for (const name of names) {
    const wanted = destinationOf(name, destinations)?.reportClass;
    const sopClassUid = wanted === undefined ? own : REPORT_CLASSES[wanted];
    const single = wantsSingle(name, destinations);
    const key = `${sopClassUid} ${single}`;
    forms.set(key, { sopClassUid, single, destinations: [...(forms.get(key)?.destinations ?? []), name] });
  }
  return forms.size === 0 ? [{ sopClassUid: own, single: false, destinations: [] }] : [...forms.values()];
}

/**
 * The document `name` for the destinations `names`; nothing when `make` gives null. `instead` says which single images stand for the
 * pages that the document names, and is asked only where a destination is configured for them.
 */
export function formsOf(
  name: string,
  facts: {
    /** SOP class that `make` gives. */
    readonly sopClassUid: string;
    readonly names: readonly string[];
    readonly destinations: readonly Destination[];
    readonly make: () => Dataset | null;
    readonly instead?: Instead;
  },
): readonly Written[] {
  const made = facts.make();
  if (made === null) return [];
  const written: Written[] = [];
  for (const { sopClassUid, single, destinations } of formsFor(facts.names, facts.destinations, facts.sopClassUid)) {
    const isOwn = sopClassUid === facts.sopClassUid;
    const file = isOwn ? name : nameInClass(name, sopClassUid);
    const namingFile = nameNaming(file, 'pages');
    const attributes = isOwn ? made : inClass(made, sopClassUid);
    const named = single && facts.instead !== undefined ? naming(attributes, facts.instead) : null;
    written.push(
      named === null
        ? object('sr', file, { attributes, destinations })
        : object('sr', namingFile, { attributes: named, destinations }),
    );
  }
  return written;
}
