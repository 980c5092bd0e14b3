// What to do about a fault that waits for a person or is tried again. In: a code of the registry. Out: a sentence. Pure.
import { FAULTS, type FaultCode } from '../kernel/errors.ts';

const ADVICE: Readonly<Partial<Record<FaultCode | 'delivery-failed', string>>> = {
  'peer-unreachable': 'Look whether the destination runs, and at its host and port here. Nothing is lost: it is tried again.',
  'peer-silent': 'The destination took the connection and did not answer. Look at its log. Nothing is lost: it is tried again.',
  'peer-busy': 'The destination is out of room or busy. Nothing is lost: it is tried again.',
  'association-aborted': 'Look at the log of the destination at that time. Nothing is lost: it is tried again.',
  'association-rejected': 'The destination has to know our AE title and its own: compare both sides.',
  'association-rejected-transient': 'The destination takes no association for now. It is tried again.',
  'context-refused':
    'Let the destination take this SOP class, or set reportClass or captureClass of the destination to what it takes.',
  'peer-refused': 'The archive says no to this object for good. Look at its log: study unknown, identifiers, or a full disk.',
  'identifiers-mismatch': 'The archive finds the object not to match its study. Look at its log.',
  'hl7-rejected':
    'The receiver rejected the message (AR). Its words say which field; change the message in templates/hl7, or the receiver.',
  'hl7-error': 'The receiver reports an error (AE), often an unknown patient or accession number. Mend it there.',
  'hl7-busy': 'The receiver cannot take messages now. It is tried again.',
  'hl7-frame-invalid': 'What answers at this port does not speak MLLP. Look at host and port.',
  'fhir-refused': 'The FHIR server refused the resources. Its words say why.',
  'fhir-unauthorised': 'Renew the token in tokenFile, or the client certificate.',
  'fhir-busy': 'The FHIR server takes nothing for now. It is tried again.',
  'fhir-failed': 'The FHIR server failed. Look at its log. It is tried again.',
  'fhir-answer-invalid': 'What answers there is no FHIR server that takes transactions. Look at baseUrl.',
  'config-invalid': 'Name the destination in the configuration again, or take the result back.',
  'delivery-failed':
    'The file in the spool is not what was written, or is gone. Look at the disk; restore the spool from the backup.',
  'store-failed': 'The ledger or the spool could not be read or written. Look at the disk.',
  'spool-full': 'Make room on the disk of the spool.',
  'spool-write-failed': 'The spool could not be written. Look at the disk and at its permissions.',
  'analyser-timeout': 'The analysis took longer than analysis.timeoutSeconds. Raise it, or give the node more cores.',
  'analyser-crashed': 'The analysis process ended: mostly too little memory, or an image that breaks a decoder. Look at the log.',
  'model-invalid': 'The model folder is not sound: "sonorelay models check" says why.',
  'model-digest-mismatch': 'A model file was changed or is damaged: put the right one in place.',
  'model-output-invalid': 'The model gave no usable numbers for these images: tell whoever made the model.',
  'render-failed': 'The report could not be written: "sonorelay check" looks at the templates; else it is a fault of the node.',
};

/** Codes that say another thing of an analysis than of a delivery. */
const ADVICE_FOR_JOBS: Readonly<Partial<Record<FaultCode, string>>> = {
  'config-invalid': '"sonorelay check" names what is wrong with configuration and templates.',
};

/** What to do about a code; what it means where there is nothing more to say. */
export function adviceFor(code: string, about: 'job' | 'delivery'): string {
  const known: Readonly<Record<string, string | undefined>> = about === 'job' ? { ...ADVICE, ...ADVICE_FOR_JOBS } : ADVICE;
  const rows: Readonly<Record<string, { readonly sentence: string } | undefined>> = FAULTS;
  return known[code] ?? rows[code]?.sentence ?? '';
}
