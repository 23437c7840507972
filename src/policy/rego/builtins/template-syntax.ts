/** The tree of a Go template, `text/template`. */

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | Control
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: 'break' | 'continue' };

export type Control = {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipe: Pipe;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
};

export type Pipe = {
  /** The variables that get the value. */
  readonly names: readonly string[];
  readonly declares: boolean;
  readonly commands: readonly (readonly Operand[])[];
};

export type Operand =
  | { readonly kind: 'nil' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'function'; readonly name: string }
  /** Without a name the dot, with `$` a variable; and fields below it. */
  | { readonly kind: 'value'; readonly variable: string | undefined; readonly fields: readonly string[] }
  | { readonly kind: 'nested'; readonly pipe: Pipe; readonly fields: readonly string[] };

export type Template = {
  readonly main: readonly TemplateNode[];
  readonly named: ReadonlyMap<string, readonly TemplateNode[]>;
};
