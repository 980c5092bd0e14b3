// The content tree of a Structured Report as plain data. In: content items. Out: the data set form (PS3.3 C.17.3) and back. Pure.
import type { Code } from '../contracts/model.ts';
import { codeItem, codes, type Dataset, items, numbers, text } from '../dicom/dataset.ts';

/** Relationship of an item to its parent, PS3.3 Table C.17-6 (0040,A010). */
export type Relation = 'HAS CONCEPT MOD' | 'HAS OBS CONTEXT' | 'HAS ACQ CONTEXT' | 'CONTAINS' | 'SELECTED FROM';

export type ContentValue =
  | { readonly type: 'CONTAINER'; readonly template: string | null }
  | { readonly type: 'CODE'; readonly code: Code }
  | { readonly type: 'TEXT'; readonly text: string }
  | { readonly type: 'UIDREF'; readonly uid: string }
  /** `number` is DS text, at most 16 characters. */
  | { readonly type: 'NUM'; readonly number: string; readonly unit: Code }
  /** `frames` are 1-based; none means the whole instance. */
  | { readonly type: 'IMAGE'; readonly sopClassUid: string; readonly sopInstanceUid: string; readonly frames: readonly number[] }
  /** Column and row pairs; (0, 0) is the upper left corner of the upper left pixel. */
  | {
      readonly type: 'SCOORD';
      readonly graphicType: string;
      readonly points: readonly (readonly [column: number, row: number])[];
    };

/** One content item; the root has no relation, an image of the library no concept. */
export type ContentItem = {
  readonly relation: Relation | null;
  readonly concept: Code | null;
  readonly value: ContentValue;
  readonly children: readonly ContentItem[];
};

type Make = (
  relation: Relation | null,
  concept: Code | null,
  value: ContentValue,
  children?: readonly ContentItem[],
) => ContentItem;
const item: Make = (relation, concept, value, children = []) => ({ relation, concept, value, children });

export const container = (concept: Code, template: string | null, children: readonly ContentItem[]): ContentItem =>
  item('CONTAINS', concept, { type: 'CONTAINER', template }, children);

export const codeOf = (relation: Relation, concept: Code, code: Code, children: readonly ContentItem[] = []): ContentItem =>
  item(relation, concept, { type: 'CODE', code }, children);

export const textOf = (relation: Relation, concept: Code, value: string): ContentItem =>
  item(relation, concept, { type: 'TEXT', text: value });

export const uidOf = (relation: Relation, concept: Code, uid: string): ContentItem =>
  item(relation, concept, { type: 'UIDREF', uid });

export const numberOf = (
  relation: Relation,
  concept: Code,
  value: { readonly number: string; readonly unit: Code },
  children: readonly ContentItem[] = [],
): ContentItem => item(relation, concept, { type: 'NUM', number: value.number, unit: value.unit }, children);

export const imageOf = (
  relation: Relation,
  concept: Code | null,
  image: {
    readonly sopClassUid: string;
    readonly sopInstanceUid: string;
    readonly frames: readonly number[];
    readonly children?: readonly ContentItem[];
  },
): ContentItem => {
  const { children = [], ...reference } = image;
  return item(relation, concept, { type: 'IMAGE', ...reference }, children);
};

/** A closed polyline on one frame of one image. */
export const regionOf = (
  concept: Code,
  points: readonly (readonly [number, number])[],
  image: { readonly sopClassUid: string; readonly sopInstanceUid: string; readonly frames: readonly number[] },
): ContentItem =>
  item('CONTAINS', concept, { type: 'SCOORD', graphicType: 'POLYLINE', points }, [imageOf('SELECTED FROM', null, image)]);

const MAPPING_RESOURCE_UID = '1.2.840.10008.8.1.1';

function valueAttributes(value: ContentValue): Dataset {
  switch (value.type) {
    case 'CONTAINER':
      return {
        ContinuityOfContent: 'SEPARATE',
        ...(value.template === null
          ? {}
          : {
              ContentTemplateSequence: [
                { MappingResource: 'DCMR', MappingResourceUID: MAPPING_RESOURCE_UID, TemplateIdentifier: value.template },
              ],
            }),
      };
    case 'CODE':
      return { ConceptCodeSequence: [codeItem(value.code)] };
    case 'TEXT':
      return { TextValue: value.text };
    case 'UIDREF':
      return { UID: value.uid };
    case 'NUM':
      return { MeasuredValueSequence: [{ NumericValue: value.number, MeasurementUnitsCodeSequence: [codeItem(value.unit)] }] };
    case 'IMAGE':
      return {
        ReferencedSOPSequence: [
          {
            ReferencedSOPClassUID: value.sopClassUid,
            ReferencedSOPInstanceUID: value.sopInstanceUid,
            ...(value.frames.length === 0 ? {} : { ReferencedFrameNumber: [...value.frames] }),
          },
        ],
      };
    case 'SCOORD':
      return { GraphicType: value.graphicType, GraphicData: value.points.flat() };
  }
}

/** The attributes of an item and, as ContentSequence, of all its children. The root's go into the data set itself. */
export function contentAttributes(root: ContentItem): Dataset {
  return {
    ...(root.relation === null ? {} : { RelationshipType: root.relation }),
    ValueType: root.value.type,
    ...(root.concept === null ? {} : { ConceptNameCodeSequence: [codeItem(root.concept)] }),
    ...valueAttributes(root.value),
    ...(root.children.length === 0 ? {} : { ContentSequence: root.children.map(contentAttributes) }),
  };
}

const RELATIONS: readonly Relation[] = ['HAS CONCEPT MOD', 'HAS OBS CONTEXT', 'HAS ACQ CONTEXT', 'CONTAINS', 'SELECTED FROM'];
const NO_CODE: Code = { value: '', scheme: '', meaning: '' };

function valueIn(attributes: Dataset): ContentValue | null {
  const reference = items(attributes, 'ReferencedSOPSequence')[0] ?? {};
  const measured = items(attributes, 'MeasuredValueSequence')[0] ?? {};
  const graphic = numbers(attributes, 'GraphicData');
  switch (text(attributes, 'ValueType')) {
    case 'CONTAINER':
      return {
        type: 'CONTAINER',
        template: text(items(attributes, 'ContentTemplateSequence')[0] ?? {}, 'TemplateIdentifier') || null,
      };
    case 'CODE':
      return { type: 'CODE', code: codes(attributes, 'ConceptCodeSequence')[0] ?? NO_CODE };
    case 'TEXT':
      return { type: 'TEXT', text: text(attributes, 'TextValue') };
    case 'UIDREF':
      return { type: 'UIDREF', uid: text(attributes, 'UID') };
    case 'NUM':
      return {
        type: 'NUM',
        number: text(measured, 'NumericValue'),
        unit: codes(measured, 'MeasurementUnitsCodeSequence')[0] ?? NO_CODE,
      };
    case 'IMAGE':
      return {
        type: 'IMAGE',
        sopClassUid: text(reference, 'ReferencedSOPClassUID'),
        sopInstanceUid: text(reference, 'ReferencedSOPInstanceUID'),
        frames: numbers(reference, 'ReferencedFrameNumber'),
      };
    case 'SCOORD':
      return {
        type: 'SCOORD',
        graphicType: text(attributes, 'GraphicType'),
        points: Array.from(
          { length: Math.floor(graphic.length / 2) },
          (_, index) => [graphic[2 * index] ?? 0, graphic[2 * index + 1] ?? 0] as const,
        ),
      };
    default:
      return null;
  }
}

/** Reads a tree from a data set; items of other value types than ours are left out. Null when there is no content tree. */
export function treeOf(attributes: Dataset): ContentItem | null {
  const value = valueIn(attributes);
  if (value === null) return null;
  const children = items(attributes, 'ContentSequence').flatMap((child) => treeOf(child) ?? []);
  const relation = RELATIONS.find((one) => one === text(attributes, 'RelationshipType')) ?? null;
  return item(relation, codes(attributes, 'ConceptNameCodeSequence')[0] ?? null, value, children);
}

/** Every code of a tree, in the order of the tree: concepts, values and units. */
export const codesIn = (root: ContentItem): readonly Code[] => [
  ...(root.concept === null ? [] : [root.concept]),
  ...(root.value.type === 'CODE' ? [root.value.code] : []),
  ...(root.value.type === 'NUM' ? [root.value.unit] : []),
  ...root.children.flatMap(codesIn),
];

/** Every item of a tree, parents before children. */
export const itemsIn = (root: ContentItem): readonly ContentItem[] => [root, ...root.children.flatMap(itemsIn)];

/** The tree with every code replaced by what `swap` gives for it. */
export function recoded(root: ContentItem, swap: (code: Code) => Code): ContentItem {
  const { value } = root;
  return {
    relation: root.relation,
    concept: root.concept === null ? null : swap(root.concept),
    value:
      value.type === 'CODE'
        ? { ...value, code: swap(value.code) }
        : value.type === 'NUM'
          ? { ...value, unit: swap(value.unit) }
          : value,
    children: root.children.map((child) => recoded(child, swap)),
  };
}
