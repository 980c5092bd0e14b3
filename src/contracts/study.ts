// A study as the node holds it: states, permitted moves, and the facts that completion and routing decide on. Types and one table.

/** `open`: still arriving. `complete`: frozen at a revision, planned. A late instance moves it back to `open` at the next revision. */
export type StudyState = 'open' | 'complete';

export const STUDY_MOVES: Readonly<Record<StudyState, readonly StudyState[]>> = {
  open: ['complete'],
  complete: ['open'],
};

/** One row of the study ledger. No patient name or birth date: those stay in the spooled objects. */
export type Study = {
  readonly studyKey: number;
  readonly studyInstanceUid: string;
  readonly accessionNumber: string;
  readonly state: StudyState;
  /** 1 for the first report; each late arrival after completion opens the next. */
  readonly revision: number;
  readonly instanceCount: number;
  readonly callingAeTitle: string;
  readonly firstInstanceAt: number;
  /** When the present revision got its first instance; equals `firstInstanceAt` at revision 1. */
  readonly openedAt: number;
  readonly lastInstanceAt: number;
  /** When the present revision was frozen; null while open. */
  readonly completedAt: number | null;
};

/** When a study counts as complete: nothing arrived for `quietMs`, or it has been open for `longestMs`. */
export type CompletionPolicy = { readonly quietMs: number; readonly longestMs: number };

export type Completion =
  | { readonly complete: true; readonly because: 'quiet' | 'open too long' }
  | { readonly complete: false; readonly waitMs: number };
