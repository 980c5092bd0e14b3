// The tables of the DICOM conformance statement (PS3.2) from the tables of the code. In: SOP classes, transfer syntaxes, statuses, faults.
// Out: Markdown, the last section of docs/conformance-dicom.md.
import { FAULTS, type FaultRow } from '../kernel/errors.ts';
import { isDecoded } from './frame-decoding.ts';
import {
  BASIC_TEXT_SR,
  COMPREHENSIVE_3D_SR,
  COMPREHENSIVE_SR,
  ENHANCED_SR,
  KEY_OBJECT_SELECTION,
  MULTI_FRAME_TRUE_COLOR_SC,
  SECONDARY_CAPTURE,
  SECONDARY_CAPTURE_CLASSES,
  STORAGE_CLASSES,
  type StorageClass,
  storageClass,
  VERIFICATION,
} from './sop-classes.ts';
import { rejectionWords, STATUS, STATUS_ROWS, type StatusMeaning, statusHex } from './status.ts';
import { EXPLICIT_LITTLE_ENDIAN, RLE_LOSSLESS, TRANSFER_SYNTAXES, transferSyntax } from './transfer-syntaxes.ts';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from './uids.ts';

/** The line that the generated part of the page begins with. */
export const CONFORMANCE_TABLES_HEADING = '## 9. Tables';

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${heading.join(' | ')} |`,
  `|${heading.map(() => '---').join('|')}|`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
  '',
];

const uid = (text: string): string => `\`${text}\``;

const ROLES: Readonly<Record<StorageClass['role'], string>> = {
  analysable: 'kept; frames may be analysed',
  stored: 'kept',
};

const acceptedClasses = (): readonly string[] =>
  table(
    ['SOP class', 'UID', 'What becomes of it'],
    [['Verification', uid(VERIFICATION), 'answered'], ...STORAGE_CLASSES.map((row) => [row.name, uid(row.uid), ROLES[row.role]])],
  );

const acceptedSyntaxes = (): readonly string[] =>
  table(
    ['Transfer syntax', 'UID', 'Frames decoded for analysis'],
    TRANSFER_SYNTAXES.map((row) => [row.name, uid(row.uid), isDecoded(row.family) ? 'yes' : 'no']),
  );

const sentClasses = (): readonly string[] =>
  table(
    ['SOP class', 'UID', 'Transfer syntax', 'When'],
    [
      [COMPREHENSIVE_SR, 'by default'],
      [COMPREHENSIVE_3D_SR, '`reportClass` of the destination or `sopClass` of the template says so'],
      [ENHANCED_SR, 'the same, or no context is accepted for Comprehensive SR'],
      [BASIC_TEXT_SR, '`reportClass` says so, or no context is accepted for Enhanced SR'],
      [MULTI_FRAME_TRUE_COLOR_SC, 'always, with the report; further ones for cines unless `reports.captures` is pages'],
      [SECONDARY_CAPTURE, '`captureClass` says so, or no context is accepted for the multi-frame class: one a page'],
      [KEY_OBJECT_SELECTION, '`reports.keyImages` is true, or a result is taken back'],
    ].map(([sopClass = '', when = '']) => [
      storageClass(sopClass)?.name ?? sopClass,
      uid(sopClass),
      (SECONDARY_CAPTURE_CLASSES.includes(sopClass) ? [RLE_LOSSLESS, EXPLICIT_LITTLE_ENDIAN] : [EXPLICIT_LITTLE_ENDIAN])
        .map((syntax) => transferSyntax(syntax)?.name ?? '')
        .join(', else '),
      when,
    ]),
  );

const faults: readonly (readonly [code: string, row: FaultRow])[] = Object.entries(FAULTS);

const returnedStatuses = (): readonly string[] =>
  table(
    ['Status', 'Meaning', 'Fault in the log'],
    [
      [
        statusHex(STATUS.success),
        'Synced to the disk and committed; or the same bytes were there already; or an object of our own came back',
        '',
      ],
      ...faults
        .flatMap(([code, row]) => (row.status === undefined ? [] : [{ code, status: row.status, sentence: row.sentence }]))
        .sort((one, other) => one.status - other.status)
        .map(({ code, status, sentence }) => [statusHex(status), sentence, `\`${code}\``]),
      [statusHex(STATUS.unrecognizedOperation), 'A request that is neither C-ECHO nor C-STORE', ''],
    ],
  );

const sentRejections = (): readonly string[] =>
  table(
    ['A-ASSOCIATE-RJ', 'When', 'Fault'],
    faults.flatMap(([code, { reject, sentence }]) =>
      reject === undefined ? [] : [[rejectionWords(reject), sentence, `\`${code}\``]],
    ),
  );

const REACTIONS: Readonly<Record<StatusMeaning['disposition'], string>> = {
  accepted: 'delivered',
  transient: 'sent again later',
  permanent: 'refused: waits for a person',
};

const gottenStatuses = (): readonly string[] =>
  table(
    ['Status', 'Meaning', 'Category', 'What the node does'],
    [
      ...STATUS_ROWS.map(({ from, to, meaning, category, disposition }) => [
        from === to ? statusHex(from) : `${statusHex(from)} to ${statusHex(to)}`,
        meaning,
        category,
        REACTIONS[disposition],
      ]),
      ['any other', 'Unknown status', 'failure', REACTIONS.permanent],
    ],
  );

/** The section with all tables; ends with a line break. */
export const dicomConformance = (): string =>
  [
    CONFORMANCE_TABLES_HEADING,
    '',
    'Generated from `src/dicom` and `src/kernel/errors.ts` by `node scripts/write-reference.ts`; a test holds the two together.',
    '',
    `Implementation Class UID ${uid(IMPLEMENTATION_CLASS_UID)}, Implementation Version Name \`${IMPLEMENTATION_VERSION_NAME}\`.`,
    '',
    '### 9.1 SOP classes accepted (SCP)',
    '',
    ...acceptedClasses(),
    '### 9.2 Transfer syntaxes',
    '',
    ...acceptedSyntaxes(),
    '### 9.3 SOP classes sent (SCU)',
    '',
    ...sentClasses(),
    '### 9.4 Statuses we return to C-STORE and others',
    '',
    ...returnedStatuses(),
    '### 9.5 Rejections we send',
    '',
    ...sentRejections(),
    '### 9.6 C-STORE statuses we get',
    '',
    'The first row that holds a status counts.',
    '',
    ...gottenStatuses(),
  ]
    .join('\n')
    .replace(/\n*$/, '\n');
