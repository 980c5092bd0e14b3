// In which form something goes to a destination, and what that refused before. In: a delivery among those of its study. Out: words. Pure.
import type { DeliveryOverview } from '../store/overview.ts';

type Among = {
  readonly deliveries: readonly DeliveryOverview[];
  readonly classOf: (delivery: DeliveryOverview) => string;
  /** The standard's name of a SOP class. */
  readonly name: (uid: string) => string;
};

/** `Comprehensive SR`, as people say it. */
const short = (name: string): string => name.replace(/ Storage$/u, '');

const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;

/** Whether the destination refused the presentation context of an earlier form of the same. */
const isEarlierForm = (one: DeliveryOverview, of: DeliveryOverview): boolean =>
  one.jobKey === of.jobKey &&
  one.destination === of.destination &&
  one.kind === of.kind &&
  one.deliveryKey < of.deliveryKey &&
  one.state === 'withdrawn' &&
  one.lastOutcome?.code === 'context-refused';

/** `Basic Text SR, since Comprehensive SR and Enhanced SR were refused`; for messages their kind alone. */
export function formWords(delivery: DeliveryOverview, among: Among): string {
  if (delivery.kind === 'oru') return 'ORU^R01';
  if (delivery.kind === 'fhir') return 'transaction';
  const own = among.classOf(delivery);
  const classes = among.deliveries.filter((one) => isEarlierForm(one, delivery)).map(among.classOf);
  const refused = [...new Set(classes)].filter((uid) => uid !== own).map((uid) => short(among.name(uid)));
  const form = short(among.name(own));
  return refused.length === 0 ? form : `${form}, since ${listed(refused)} ${refused.length === 1 ? 'was' : 'were'} refused`;
}
