/** How a value of an extension type is written in Cedar's JSON: as the call that makes it. */

/** Most calls have one argument, a text; a datetime outside the years 0000 to 9999 is an offset from another. */
export type ExtensionJson = {
  readonly __extn:
    | { readonly fn: string; readonly arg: string }
    | { readonly fn: string; readonly args: readonly ExtensionJson[] };
};

export function extensionJson(fn: string, arg: string): ExtensionJson {
  return { __extn: { fn, arg } };
}
