// The templates of PS3.16 that our documents are of, row by row as far as we use them, and what is wrong with a tree. In: a content tree. Out: sentences,
// none for a tree that follows the templates. Written from the tables, not from our builder, so that the two can disagree.
import type { Code } from '../../src/contracts/model.ts';
import type { ContentItem } from '../../src/report/sr-tree.ts';

/** One row: relation, value type and concept of an item, how often it may be there, and the template of what is below it. */
type Row = {
  readonly relation: string;
  readonly type: string;
  /** `value scheme`; `*` any concept, `-` none. */
  readonly concept: string;
  readonly least: number;
  readonly most: number;
  readonly below?: TemplateName;
};

type Template = {
  readonly rows: readonly Row[];
  /** Whether rows must stand in the order of the table (PS3.16 6.1.9). */
  readonly ordered: boolean;
  /** TemplateIdentifier that the container has to name; null where rows are included into the one above. */
  readonly identifier: string | null;
};

type TemplateName =
  | '1500'
  | '1600'
  | 'library group'
  | 'image'
  | 'measurements'
  | '1410'
  | '1501'
  | 'site'
  | 'region'
  | 'number'
  | 'evaluations'
  | 'leaf';

const MANY = Number.POSITIVE_INFINITY;
const row = (
  relation: string,
  type: string,
  concept: string,
  times: readonly [number, number],
  below: TemplateName = 'leaf',
): Row => ({
  relation,
  type,
  concept,
  least: times[0],
  most: times[1],
  below,
});
const one = [1, 1] as const;
const optional = [0, 1] as const;
const any = [0, MANY] as const;
const some = [1, MANY] as const;

/** TID 4019, which is not extensible and whose order is significant. */
const ALGORITHM: readonly Row[] = [
  row('HAS CONCEPT MOD', 'TEXT', '111001 DCM', one),
  row('HAS CONCEPT MOD', 'TEXT', '111003 DCM', one),
  row('HAS CONCEPT MOD', 'TEXT', '122405 DCM', optional),
  row('HAS CONCEPT MOD', 'TEXT', '111002 DCM', any),
  row('HAS CONCEPT MOD', 'CODE', '111000 DCM', optional),
];

/** The rows that TID 1410 and TID 1501 share. */
const GROUP: readonly Row[] = [
  row('HAS OBS CONTEXT', 'TEXT', '112039 DCM', one),
  row('HAS OBS CONTEXT', 'UIDREF', '112040 DCM', one),
  row('CONTAINS', 'CODE', '121071 DCM', optional),
  row('HAS CONCEPT MOD', 'CODE', '370129005 SCT', optional),
  row('HAS CONCEPT MOD', 'CODE', '363698007 SCT', optional, 'site'),
  ...ALGORITHM,
];
const VALUES: readonly Row[] = [
  row('CONTAINS', 'NUM', '*', any, 'number'),
  row('CONTAINS', 'CODE', '*', any),
  row('CONTAINS', 'IMAGE', '121112 DCM', any),
  row('CONTAINS', 'IMAGE', '130401 DCM', any),
  row('CONTAINS', 'TEXT', '121106 DCM', any),
];

const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  '1500': {
    identifier: '1500',
    ordered: true,
    rows: [
      // TID 1204, TID 1001 with 1002 and 1004.
      row('HAS CONCEPT MOD', 'CODE', '121049 DCM', one),
      row('HAS OBS CONTEXT', 'CODE', '121005 DCM', one),
      row('HAS OBS CONTEXT', 'UIDREF', '121012 DCM', one),
      ...['121013', '121014', '121015', '121016', '121017'].map((value) =>
        row('HAS OBS CONTEXT', 'TEXT', `${value} DCM`, optional),
      ),
      row('HAS OBS CONTEXT', 'TEXT', '110119 DCM', optional),
      row('HAS CONCEPT MOD', 'CODE', '121058 DCM', some),
      row('CONTAINS', 'CONTAINER', '111028 DCM', one, '1600'),
      row('CONTAINS', 'CONTAINER', '126010 DCM', one, 'measurements'),
      row('CONTAINS', 'CONTAINER', 'C0034375 UMLS', one, 'evaluations'),
    ],
  },
  '1600': { identifier: '1600', ordered: false, rows: [row('CONTAINS', 'CONTAINER', '126200 DCM', one, 'library group')] },
  'library group': {
    identifier: null,
    ordered: false,
    rows: [
      row('HAS ACQ CONTEXT', 'CODE', '121139 DCM', optional),
      row('HAS ACQ CONTEXT', 'CODE', '123014 DCM', optional),
      row('CONTAINS', 'IMAGE', '-', some, 'image'),
    ],
  },
  image: {
    identifier: null,
    ordered: false,
    rows: [
      row('HAS ACQ CONTEXT', 'CODE', '111031 DCM', optional),
      row('HAS ACQ CONTEXT', 'CODE', '111027 DCM', optional),
      row('HAS ACQ CONTEXT', 'NUM', '121140 DCM', optional),
    ],
  },
  measurements: {
    identifier: null,
    ordered: false,
    rows: [row('CONTAINS', 'CONTAINER', '125007 DCM', any, '1410')],
  },
  '1410': {
    identifier: '1410',
    ordered: true,
    rows: [...GROUP, row('CONTAINS', 'SCOORD', '111030 DCM', one, 'region'), ...VALUES],
  },
  '1501': { identifier: '1501', ordered: true, rows: [...GROUP, ...VALUES] },
  site: {
    identifier: null,
    ordered: true,
    rows: [row('HAS CONCEPT MOD', 'CODE', '272741003 SCT', optional), row('HAS CONCEPT MOD', 'CODE', '106233006 SCT', optional)],
  },
  region: { identifier: null, ordered: true, rows: [row('SELECTED FROM', 'IMAGE', '-', one)] },
  number: { identifier: null, ordered: true, rows: [row('HAS CONCEPT MOD', 'CODE', '121401 DCM', optional)] },
  evaluations: {
    identifier: null,
    ordered: true,
    rows: [
      row('CONTAINS', 'CODE', '111017 DCM', optional),
      row('CONTAINS', 'TEXT', '121073 DCM', one),
      row('CONTAINS', 'TEXT', '121106 DCM', optional),
    ],
  },
  leaf: { identifier: null, ordered: true, rows: [] },
};

const conceptOf = (code: Code | null): string => (code === null ? '-' : `${code.value} ${code.scheme}`);
const nameOf = ({ relation, value, concept }: ContentItem): string => `${relation} ${value.type} ${conceptOf(concept)}`;

const fits = ({ relation, type, concept }: Row, item: ContentItem): boolean =>
  relation === item.relation &&
  type === item.value.type &&
  (concept === '*' ? item.concept !== null : concept === conceptOf(item.concept));

/** A group without a region is of TID 1501: that template says so itself. */
const templateOf = (item: ContentItem, name: TemplateName): TemplateName =>
  name === '1410' && !item.children.some(({ value }) => value.type === 'SCOORD') ? '1501' : name;

function problemsBelow(item: ContentItem, name: TemplateName, where: string): readonly string[] {
  const { rows, ordered, identifier } = TEMPLATES[name];
  const problems: string[] = [];
  if (item.value.type === 'CONTAINER' && item.value.template !== identifier)
    problems.push(`${where}: names template ${item.value.template}, not ${identifier}`);
  const counts = rows.map(() => 0);
  let last = 0;
  for (const child of item.children) {
    const found = rows.findIndex((one) => fits(one, child));
    const own = rows[found];
    if (own === undefined) {
      problems.push(`${where}: no row for ${nameOf(child)}`);
      continue;
    }
    counts[found] = (counts[found] ?? 0) + 1;
    if (ordered && found < last) problems.push(`${where}: ${nameOf(child)} stands too late`);
    last = Math.max(last, found);
    problems.push(...problemsBelow(child, templateOf(child, own.below ?? 'leaf'), `${where} > ${nameOf(child)}`));
  }
  for (const [index, own] of rows.entries()) {
    const times = counts[index] ?? 0;
    if (times < own.least || times > own.most)
      problems.push(`${where}: ${own.relation} ${own.type} ${own.concept} is there ${times} times`);
  }
  return problems;
}

/** What is wrong with a document of root template TID 1500. */
export function templateProblems(root: ContentItem): readonly string[] {
  const problems = problemsBelow(root, '1500', 'root');
  return root.relation === null && conceptOf(root.concept) === '126000 DCM' ? problems : ['root: is no 126000 DCM', ...problems];
}
