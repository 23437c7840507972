/** `countersign decide`: asks the decision point a question by hand, as an application would. */
import type { Command } from 'commander';

import type { AccessRequest, Entity } from '../../kernel/access-request.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type CommandContext, type CommonOptions, DIRECTORY_OPTION, JSON_OPTION, tell } from '../command-context.ts';
import { reasonLines } from '../explanation.ts';
import { harmless, jsonLine } from '../terminal.ts';

const EXAMPLES = `
Examples:
  countersign decide --subject user:bob --action refund --resource order:o-17 --context '{"amount": 250}'
  countersign decide --subject user:bob --action refund --resource order:o-17 && echo allowed

It is decided by the policies in force, and recorded in your name: \`countersign explain\` takes the id. Exits with 0
when it is allowed, with 1 when it is denied.`;

type Options = CommonOptions & {
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: string;
};

export function addDecide(program: Command, context: CommandContext): void {
  program
    .command('decide')
    .description('ask whether somebody may do something, by the policies in force')
    .requiredOption('--subject <type:id>', 'who, such as user:bob')
    .requiredOption('--action <name>', 'what, such as refund')
    .requiredOption('--resource <type:id>', 'on what, such as order:o-17')
    .option('--context <json>', 'an object with what else a policy looks at')
    .option(...DIRECTORY_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      const { dir, json } = options;
      const request = requestOf(options);
      if (!request.ok) return tell(context, request.problem, json);
      const decided = await context.operations.decide(dir, request.value);
      if (!decided.ok) return tell(context, decided.problem, json);
      const { id, effect, reasons, obligations } = decided.value;
      context.exit(effect === 'allow' ? 0 : 1);
      if (json === true) return context.terminal.print(jsonLine(decided.value));
      const { print, style } = context.terminal;
      print(`${effect === 'allow' ? style('green', 'ALLOWED') : style('red', 'DENIED')}  ${harmless(id)}`);
      for (const line of reasons.flatMap((reason) => reasonLines(reason, style))) print(line);
      for (const { kind, data } of obligations)
        print(`  obliges to ${harmless(`${kind} ${JSON.stringify(data ?? {})}`)}`);
      print(style('dim', `countersign explain ${harmless(id)}   shows the conditions`));
    });
}

function requestOf({ subject, action, resource, context }: Options): Result<AccessRequest> {
  const who = entityOf('--subject', subject);
  if (!who.ok) return who;
  const what = entityOf('--resource', resource);
  if (!what.ok) return what;
  const given = contextOf(context);
  return given.ok
    ? ok({ subject: who.value, action: { name: action }, resource: what.value, context: given.value })
    : given;
}

/** Up to the first colon is the type: an id may be a SPIFFE ID. */
function entityOf(option: string, text: string): Result<Entity> {
  const colon = text.indexOf(':');
  if (colon > 0) return ok({ type: text.slice(0, colon), id: text.slice(colon + 1) });
  const message = `\`${option} ${text}\` has no type`;
  return err({ code: 'decide/bad-entity', message, hint: 'write `TYPE:ID`, such as `user:bob`' });
}

function contextOf(text = '{}'): Result<JsonObject> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return ok(value as JsonObject);
  } catch {
    // As for JSON that is no object.
  }
  const message = `\`--context ${text}\` is no JSON object`;
  return err({ code: 'decide/bad-context', message, hint: `write it in single quotes: '{"amount": 250}'` });
}
