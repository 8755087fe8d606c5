/** A text that stands once in a file, and what stands there in the mutant. */
export type Edit = { readonly file: string; readonly from: string; readonly to: string };

/** One way to take a protection out. */
export type Mutant = { readonly what: string; readonly edits: readonly Edit[] };

export type Protection = {
  readonly name: string;
  readonly mutants: readonly Mutant[];
  /** Quick files of tests that are about it. */
  readonly tests: readonly string[];
};
