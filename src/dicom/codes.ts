// In: nothing. Out: the coded concepts that the outputs are written with, grouped by use, and the coding schemes they come from.
// Meanings are those of PS3.16 Annex D (DCM) and of the PS3.16 context groups (SCT); CID numbers stand beside each group.
import type { Code } from '../contracts/model.ts';
import type { Dataset } from './dataset.ts';

/** Our own scheme, for concepts that no public scheme of DICOM's context groups has (PS3.3 8.2: private designators begin with 99). */
export const PRIVATE_SCHEME = '99SONORELAY';
export const PRIVATE_SCHEME_UID = '2.25.201149482968585431751778780933629087062';

const of =
  (scheme: string) =>
  (value: string, meaning: string): Code => ({ value, scheme, meaning });
const dcm = of('DCM');
const sct = of('SCT');
const ln = of('LN');
const ucum = of('UCUM');
const own = of(PRIVATE_SCHEME);

/** Document structure: titles, containers and relations of TID 1500, 1501, 1410, 1600 and 1602. */
export const DOCUMENT = {
  imagingMeasurementReport: dcm('126000', 'Imaging Measurement Report'),
  language: dcm('121049', 'Language of Content Item and Descendants'),
  country: dcm('121046', 'Country of Language'),
  englishUnitedStates: of('RFC5646')('en-US', 'English (United States)'),
  procedureReported: dcm('121058', 'Procedure reported'),
  imageLibrary: dcm('111028', 'Image Library'),
  imageLibraryGroup: dcm('126200', 'Image Library Group'),
  imagingMeasurements: dcm('126010', 'Imaging Measurements'),
  derivedImagingMeasurements: dcm('126011', 'Derived Imaging Measurements'),
  measurementGroup: dcm('125007', 'Measurement Group'),
  qualitativeEvaluations: of('UMLS')('C0034375', 'Qualitative Evaluations'),
  trackingIdentifier: dcm('112039', 'Tracking Identifier'),
  trackingUniqueIdentifier: dcm('112040', 'Tracking Unique Identifier'),
  finding: dcm('121071', 'Finding'),
  findingCategory: sct('276214006', 'Finding category'),
  findingSite: sct('363698007', 'Finding Site'),
  laterality: sct('272741003', 'Laterality'),
  topographicalModifier: sct('106233006', 'Topographical modifier'),
  measurementMethod: sct('370129005', 'Measurement Method'),
  derivation: dcm('121401', 'Derivation'),
  imageRegion: dcm('111030', 'Image Region'),
  sourceOfMeasurement: dcm('121112', 'Source of Measurement'),
  visualExplanation: dcm('130401', 'Visual explanation'),
  illustrationOfRoi: dcm('121200', 'Illustration of ROI'),
  bestIllustration: dcm('121080', 'Best illustration of finding'),
  impression: dcm('121073', 'Impression'),
  comment: dcm('121106', 'Comment'),
  summary: dcm('121111', 'Summary'),
  dicomStudy: dcm('113014', 'DICOM Study'),
} as const satisfies Readonly<Record<string, Code>>;

/** Observation context of a device: TID 1002 and 1004. */
export const OBSERVER = {
  observerType: dcm('121005', 'Observer Type'),
  device: dcm('121007', 'Device'),
  deviceUid: dcm('121012', 'Device Observer UID'),
  deviceName: dcm('121013', 'Device Observer Name'),
  deviceManufacturer: dcm('121014', 'Device Observer Manufacturer'),
  deviceModelName: dcm('121015', 'Device Observer Model Name'),
  deviceSerialNumber: dcm('121016', 'Device Observer Serial Number'),
  deviceLocation: dcm('121017', 'Device Observer Physical Location During Observation'),
  deviceRole: dcm('113876', 'Device Role in Procedure'),
  stationAeTitle: dcm('110119', 'Station AE Title'),
  processingEquipment: dcm('109102', 'Processing Equipment'),
} as const satisfies Readonly<Record<string, Code>>;

/** What made a result: TID 4019. */
export const ALGORITHM = {
  family: dcm('111000', 'Algorithm Family'),
  name: dcm('111001', 'Algorithm Name'),
  parameters: dcm('111002', 'Algorithm Parameters'),
  version: dcm('111003', 'Algorithm Version'),
  manufacturer: dcm('122405', 'Algorithm Manufacturer'),
  artificialIntelligence: dcm('123110', 'Artificial Intelligence'),
} as const satisfies Readonly<Record<string, Code>>;

/** Summary of processing (CID 6047) and rendering intent (CID 6034). */
export const PROCESSING = {
  summary: dcm('111017', 'CAD Processing and Findings Summary'),
  allSucceededWithoutFindings: dcm('111241', 'All algorithms succeeded; without findings'),
  allSucceededWithFindings: dcm('111242', 'All algorithms succeeded; with findings'),
  notAllSucceededWithoutFindings: dcm('111243', 'Not all algorithms succeeded; without findings'),
  notAllSucceededWithFindings: dcm('111244', 'Not all algorithms succeeded; with findings'),
  noneSucceeded: dcm('111245', 'No algorithms succeeded; without findings'),
  renderingIntent: dcm('111056', 'Rendering Intent'),
  presentationRequired: dcm('111150', 'Presentation Required: Rendering device is expected to present'),
  presentationOptional: dcm('111151', 'Presentation Optional: Rendering device may present'),
  notForPresentation: dcm('111152', 'Not for Presentation: Rendering device expected not to present'),
} as const satisfies Readonly<Record<string, Code>>;

/** The image a statement is about: TID 1602. */
export const IMAGE = {
  modality: dcm('121139', 'Modality'),
  ultrasound: dcm('US', 'Ultrasound'),
  targetRegion: dcm('123014', 'Target Region'),
  laterality: dcm('111027', 'Image Laterality'),
  view: dcm('111031', 'Image View'),
  viewModifier: dcm('111032', 'Image View Modifier'),
  studyDate: dcm('111060', 'Study Date'),
  studyTime: dcm('111061', 'Study Time'),
  rows: dcm('110910', 'Pixel Data Rows'),
  columns: dcm('110911', 'Pixel Data Columns'),
  numberOfFrames: dcm('121140', 'Number of Frames'),
  physicalForce: dcm('109133', 'Physical force'),
  compressionAction: sct('263720003', 'Compression - action'),
} as const satisfies Readonly<Record<string, Code>>;

/** Qualitative values: CID 240, 242, 230, 3770, 3714, 244, 6, 2, 7464. */
export const VALUE = {
  present: sct('52101004', 'Present'),
  absent: sct('272519000', 'Absent'),
  undetermined: sct('373068000', 'Undetermined'),
  yes: sct('373066001', 'Yes'),
  no: sct('373067005', 'No'),
  normal: sct('17621005', 'Normal'),
  abnormal: sct('263654008', 'Abnormal'),
  normalityUndetermined: sct('371934000', 'Normality undetermined'),
  indeterminate: sct('82334004', 'Indeterminate'),
  suspected: sct('415684004', 'Suspected'),
  knownAbsent: sct('410516002', 'Known absent'),
  noThrombus: sct('373140001', 'No Thrombus'),
  possibleThrombus: sct('373141002', 'Possible Thrombus'),
  definiteThrombus: sct('373142009', 'Definite Thrombus'),
  left: sct('7771000', 'Left'),
  right: sct('24028007', 'Right'),
  bilateral: sct('51440002', 'Bilateral'),
  transverse: sct('62824007', 'Transverse'),
  longitudinal: sct('38717003', 'Longitudinal'),
  anterior: sct('255549009', 'Anterior'),
  lateral: sct('49370004', 'Lateral'),
  posterior: sct('255551008', 'Posterior'),
  total: sct('255619001', 'Total'),
  mean: sct('373098007', 'Mean'),
  maximum: sct('56851009', 'Maximum'),
} as const satisfies Readonly<Record<string, Code>>;

/** Quantities with a number. 111012 in percent is how CAD templates give the probability of a finding. */
export const QUANTITY = {
  certaintyOfFinding: dcm('111012', 'Certainty of Finding'),
  thresholdValue: dcm('122411', 'Threshold Value'),
  classActivation: dcm('130402', 'Class activation'),
  gradientWeightedClassActivation: dcm('130403', 'Gradient-weighted class activation'),
  saliency: dcm('130404', 'Saliency'),
  t1: dcm('113063', 'T1'),
  t2: dcm('113065', 'T2'),
  attentionWeight: own('ATT001', 'Attention weight'),
  lungScore: own('LUS001', 'Lung ultrasound severity score'),
  lungAreaNumber: own('LUS002', 'Lung ultrasound scanning area number'),
  lungTotalScore: own('LUS003', 'Lung ultrasound total score'),
  lungAreasScored: own('LUS004', 'Number of lung ultrasound areas scored'),
  extracellularVolume: own('ECV001', 'Myocardial extracellular volume fraction'),
} as const satisfies Readonly<Record<string, Code>>;

/** UCUM units (CID 7181). */
export const UNIT = {
  percent: ucum('%', 'Percent'),
  millisecond: ucum('ms', 'millisecond'),
  millimetre: ucum('mm', 'millimeter'),
  none: ucum('1', 'no units'),
  ratio: ucum('{ratio}', 'ratio'),
  pixels: ucum('{pixels}', 'Pixels'),
} as const satisfies Readonly<Record<string, Code>>;

/** Sites: CID 12110 and 4 (leg veins), 6171 (lung zones), 12305 (heart). */
export const ANATOMY = {
  commonFemoralVein: sct('397363009', 'Common femoral vein'),
  femoralVein: sct('83419000', 'Femoral vein'),
  poplitealVein: sct('56849005', 'Popliteal vein'),
  greatSaphenousVein: sct('60734001', 'Great saphenous vein'),
  saphenofemoralJunction: sct('128587003', 'Saphenofemoral junction'),
  lowerLimb: sct('61685007', 'Lower limb'),
  lung: sct('39607008', 'Lung'),
  upperLungZone: sct('281392002', 'Upper zone of lung'),
  middleLungZone: sct('281393007', 'Middle zone of lung'),
  lowerLungZone: sct('281394001', 'Lower zone of lung'),
  pleura: sct('3120008', 'Pleura'),
  chest: sct('816094009', 'Chest'),
  heart: sct('80891009', 'Heart'),
  leftVentricle: sct('87878005', 'Left ventricle'),
  leftVentricularMyocardium: sct('49848007', 'Left Ventricle Myocardium'),
} as const satisfies Readonly<Record<string, Code>>;

/** Echocardiographic views (CID 12226). */
export const ECHO_VIEW = {
  apicalFourChamber: sct('399214001', 'Apical four chamber'),
  apicalTwoChamber: sct('399232001', 'Apical two chamber'),
  parasternalLongAxis: sct('399139001', 'Parasternal long axis'),
} as const satisfies Readonly<Record<string, Code>>;

/** Findings. 112110 DCM is the Kerley B line of a radiograph and must not stand for the B-line of lung ultrasound. */
export const FINDING = {
  deepVenousThrombosis: sct('128053003', 'Deep venous thrombosis'),
  thrombus: sct('396339007', 'Thrombus'),
  degreeOfThrombus: dcm('122131', 'Degree of Thrombus'),
  regionalAbnormalWallMotion: dcm('122417', 'Regional Abnormal Wall Motion'),
  leftVentricularWallMotion: sct('250909007', 'Left ventricular wall motion'),
  normalWallMotion: sct('373122000', 'Normal wall motion'),
  hypokinesis: sct('37706002', 'Hypokinesis'),
  akinesis: sct('195675009', 'Akinesis'),
  dyskinesis: sct('25437005', 'Dyskinesis'),
  lateContrastEnhancement: dcm('122664', 'Late Contrast Enhancement'),
  pulmonaryEdema: sct('19242006', 'Pulmonary edema'),
  spontaneousEchoContrast: own('SEC001', 'Spontaneous echo contrast'),
  veinCompressibility: own('VCM001', 'Vein compressibility'),
  fullyCompressible: own('VCM101', 'Fully compressible'),
  partiallyCompressible: own('VCM102', 'Partially compressible'),
  nonCompressible: own('VCM103', 'Non-compressible'),
  veinLumenState: own('VLS001', 'Vein lumen state'),
  lumenOpen: own('VLS101', 'Open'),
  lumenClosed: own('VLS102', 'Closed'),
  noLandmark: own('LMK109', 'Background (no landmark)'),
  bLine: own('BLN001', 'B-line'),
  aLine: own('ALN001', 'A-line'),
  irregularPleuralLine: own('PLI001', 'Irregular pleural line'),
  lungConsolidation: own('CON001', 'Lung consolidation'),
  t1Class: own('T1N001', 'T1 class'),
  t2Class: own('T2N001', 'T2 class'),
  extracellularVolumeClass: own('ECN001', 'ECV class'),
  predictionFromEcho: own('PRD001', 'AI prediction from echocardiography'),
  reliability: own('REL001', 'Reliability of result'),
  validated: own('REL101', 'Validated'),
  notReliable: own('REL102', 'Not reliable - research use only'),
} as const satisfies Readonly<Record<string, Code>>;

/** Imaging procedures (CID 100) and report titles; the study's own procedure code comes first where there is one. */
export const PROCEDURE = {
  femoralAndPoplitealVein: ln('69399-4', 'US Femoral vein and Popliteal vein'),
  chest: ln('24630-6', 'US Chest'),
  veinReport: ln('39036-9', 'US Vein Report'),
  dopplerLowerExtremityReport: ln('44174-1', 'US Doppler Lower Extremity Vessels Report'),
  echocardiographyReport: ln('42148-7', 'Echocardiography Report'),
  ultrasoundReport: ln('25061-3', 'Ultrasound Report'),
  transthoracicEchocardiography: sct('433236007', 'Transthoracic echocardiography'),
  echocardiography: sct('40701008', 'Echocardiography'),
  imagingProcedure: sct('363679005', 'Imaging procedure'),
  findings: ln('59776-5', 'Findings'),
  impressions: ln('19005-8', 'Impressions'),
} as const satisfies Readonly<Record<string, Code>>;

const registered = (designator: string, uid: string, name: string): Dataset => ({
  CodingSchemeDesignator: designator,
  CodingSchemeRegistry: 'HL7',
  CodingSchemeUID: uid,
  CodingSchemeName: name,
});

/** One identification item per scheme; UIDs are those of PS3.16 Table 8-1. Ours names who answers for it. */
export const CODING_SCHEMES: Readonly<Record<string, Dataset>> = {
  DCM: registered('DCM', '1.2.840.10008.2.16.4', 'DICOM Controlled Terminology'),
  SCT: registered('SCT', '2.16.840.1.113883.6.96', 'SNOMED CT'),
  LN: registered('LN', '2.16.840.1.113883.6.1', 'Logical Observation Identifiers Names and Codes'),
  UCUM: registered('UCUM', '2.16.840.1.113883.6.8', 'Unified Code for Units of Measure'),
  UMLS: registered('UMLS', '2.16.840.1.113883.6.86', 'Unified Medical Language System'),
  RADLEX: registered('RADLEX', '2.16.840.1.113883.6.256', 'RadLex radiology lexicon'),
  RFC5646: {
    CodingSchemeDesignator: 'RFC5646',
    CodingSchemeUID: '2.16.840.1.113883.6.316',
    CodingSchemeName: 'Tags for Identifying Languages',
  },
  ISO3166_1: {
    CodingSchemeDesignator: 'ISO3166_1',
    CodingSchemeUID: '1.0.3166.1',
    CodingSchemeName: 'Codes for the representation of names of countries',
  },
  [PRIVATE_SCHEME]: {
    CodingSchemeDesignator: PRIVATE_SCHEME,
    CodingSchemeUID: PRIVATE_SCHEME_UID,
    CodingSchemeName: 'Sonorelay concepts',
    CodingSchemeVersion: '1',
    CodingSchemeResponsibleOrganization: 'Sonorelay project',
  },
};

/** Identification items of the given schemes, each once, in the order given; a scheme that neither `own` nor the table holds is named only. */
export const codingSchemeIdentification = (
  schemes: readonly string[],
  own: Readonly<Record<string, Dataset>> = {},
): readonly Dataset[] =>
  [...new Set(schemes)].map((scheme) => own[scheme] ?? CODING_SCHEMES[scheme] ?? { CodingSchemeDesignator: scheme });
