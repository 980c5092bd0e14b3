// The messages between the pool and an analysis process, as JSON over the fork channel. Types only.
import type { AnalysisAnswer, AnalysisRequest } from '../contracts/analyser.ts';
import type { FaultCode } from '../kernel/errors.ts';

export type ToAnalyser =
  | {
      readonly kind: 'open';
      readonly modelsFolder: string;
      readonly spoolFolder: string;
      /** The abbreviations of the site. */
      readonly annotationsFile: string;
      readonly models: readonly string[];
      readonly providers: readonly string[];
      readonly threads: number;
    }
  | { readonly kind: 'analyse'; readonly request: AnalysisRequest };

export type OpenedModel = { readonly id: string; readonly version: string; readonly provider: string };
export type UnavailableProvider = { readonly provider: string; readonly detail: string };

export type FromAnalyser =
  | { readonly kind: 'ready'; readonly models: readonly OpenedModel[]; readonly unavailable: readonly UnavailableProvider[] }
  | { readonly kind: 'answer'; readonly answer: AnalysisAnswer }
  /** Of the request under way, or of opening the models when none is. */
  | { readonly kind: 'fault'; readonly code: FaultCode; readonly detail: string };
