// What passes between the console's pages, the HTTP server before them and the parts that know objects and results. Types only.
import type { ModelFamily } from './model.ts';

/** A request of a person who signed in; `path` as it came, without the query. */
export type ConsoleRequest = {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly user: string;
};

/** `view` says what was looked at, for the log; null for parts of pages that tell nothing of a study. */
export type ConsoleReply = {
  readonly status: 200 | 400 | 404;
  readonly type: 'text/html' | 'application/json' | 'text/css' | 'image/png' | 'image/svg+xml';
  readonly body: string | Uint8Array;
  readonly view: { readonly page: string; readonly study: number | null } | null;
};

/** Name and password as they came, in clear. */
export type Credentials = { readonly name: string; readonly password: string };

/** `wrong`: no such name and password. `held`: too many wrong ones from there, to be asked again after `waitMs`. `busy`: too many at once. */
export type SignInAnswer =
  | { readonly ok: true; readonly user: string }
  | { readonly ok: false; readonly because: 'wrong' | 'busy' }
  | { readonly ok: false; readonly because: 'held'; readonly waitMs: number };

/** One statement of a result in the sentence of its report. `isSent` false: computed and kept, its output is off. */
export type SpokenFinding = {
  readonly sentence: string;
  readonly positive: boolean;
  readonly stated: boolean;
  readonly isSent: boolean;
  readonly notes: readonly string[];
};

/** All that a result says, in words. `nothing` is the sentence of a result without statements, else empty. */
export type SpokenResult = {
  readonly family: ModelFamily;
  readonly modelName: string;
  readonly notice: string;
  readonly isResearch: boolean;
  readonly findings: readonly SpokenFinding[];
  readonly nothing: string;
  /** Caveats, and remarks on images that nothing is said of. */
  readonly remarks: readonly string[];
};

/** The attention pages of one object; `labels` are those of its frames, as many as there are. A cine has one picture here, its first frame. */
export type CapturePages = { readonly pages: number; readonly labels: readonly string[]; readonly isCine: boolean };
