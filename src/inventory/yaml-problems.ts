/** Problems of a YAML document with the place each stands at: syntax errors, and what a schema found wrong. */
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import type * as z from 'zod';

import { nearestName } from '../kernel/nearest-name.ts';
import type { Problem } from '../kernel/problem.ts';
import type { SourceSpan } from '../kernel/source-span.ts';

type Path = readonly PropertyKey[];

/** A parsed document that can say where each of its nodes stands. */
export type LocatedYaml = {
  readonly value: unknown;
  readonly spanOf: (path: Path, at?: 'key' | 'value') => SourceSpan;
};

/** YAML that expands to more than this many aliased nodes is an attack, not a configuration. */
const MAX_ALIASES = 100;

/** Parses one document; the problems are those of YAML itself. `file` is how the user named it. */
export function locateYaml(file: string, text: string): LocatedYaml | readonly Problem[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
  const span = (start: number, end: number): SourceSpan => {
    const [from, to] = [lines.linePos(start), lines.linePos(Math.max(start, end))];
    return { file, line: from.line, column: from.col, endLine: to.line, endColumn: to.col };
  };
  if (document.errors.length > 0) return document.errors.map((error) => syntaxProblem(error, span));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ code: 'config/yaml', message: `not usable as YAML: ${message.toLowerCase()}`, at: span(0, 0) }];
  }
  return {
    value,
    spanOf: (path, at = 'value') => {
      const [start, end] = rangeOf(document, path, at);
      return span(start, end);
    },
  };
}

function syntaxProblem(error: YAMLError, span: (start: number, end: number) => SourceSpan): Problem {
  const message = `not valid YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
  return { code: 'config/yaml', message, at: span(...error.pos) };
}

/** The offsets of the node at the path, or of the nearest one above it that exists. */
function rangeOf(document: Document, path: Path, at: 'key' | 'value'): readonly [number, number] {
  for (let length = path.length; length >= 0; length -= 1) {
    const parent = length === 0 ? undefined : document.getIn(path.slice(0, length - 1), true);
    if (at === 'key' && isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path[length - 1]);
      const range = (pair?.key as Node | undefined)?.range;
      if (range) return [range[0], range[1]];
    }
    const node = (length === 0 ? document.contents : document.getIn(path.slice(0, length), true)) as Node | undefined;
    if (node?.range) return [node.range[0], node.range[1]];
  }
  return [0, 0];
}

/** What the schema found, in words, each at its place; `known` names the fields allowed at a path, for suggestions. */
export function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  yaml: LocatedYaml,
  known: (path: Path) => readonly string[],
): Problem[] {
  return issues.flatMap((issue) => {
    const where = issue.path.length === 0 ? 'the document' : `\`${issue.path.join('.')}\``;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const nearest = nearestName(key, known(issue.path));
        const hint =
          nearest === undefined
            ? `the fields known here: ${known(issue.path).join(', ')}`
            : `did you mean \`${nearest}\`?`;
        const message = `unknown field \`${key}\` in ${where}`;
        return { code: 'config/unknown-field', message, hint, at: yaml.spanOf([...issue.path, key], 'key') };
      });
    }
    if (issue.code === 'invalid_key') {
      const why = issue.issues.map(({ message }) => message).join('; ');
      const message = `${where} cannot be called so: ${why}`;
      return [{ code: 'config/bad-value', message, at: yaml.spanOf(issue.path, 'key') }];
    }
    const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
    const text = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
    const message = missing ? `${where} is missing` : `${where}: ${text}`;
    return [{ code: missing ? 'config/missing-field' : 'config/bad-value', message, at: yaml.spanOf(issue.path) }];
  });
}
