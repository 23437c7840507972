/** What a conformance suite is to its runner: a stream of named cases, each passed or failed with what differed. */

export type CaseResult = {
  readonly name: string;
  /** What was wanted and what came; absent when the case passed. */
  readonly failure?: string;
};

export type ConformanceSuite = { readonly run: (folder: string) => AsyncIterable<CaseResult> };
