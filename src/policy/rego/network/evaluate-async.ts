/**
 * An evaluation that may wait for the network. Evaluating is synchronous: where an answer is not known yet the evaluation
 * is left, the question asked, and the evaluation begun again with what is known by then. Its time, its random values and
 * the answers stay the same, so that it comes to the same place each time, and gets further.
 */
import { err, ok, type Result } from '../../../kernel/result.ts';
import { type BuiltinContext, BuiltinError, type BuiltinOutcome, type Network } from '../builtins/builtin.ts';
import type { NetworkQuestion } from '../builtins/network-question.ts';
import {
  type Beginning,
  beginningOf,
  type EvaluateOptions,
  type EvaluationGround,
  outcomeOf,
  type RegoFailure,
} from '../evaluate/begin.ts';
import { RegoError } from '../evaluate/rego-error.ts';
import { lookUp, refusalOfLookUp } from './address-lookup.ts';
import { firstHop } from './hop.ts';
import { exchange } from './http-exchange.ts';
import type { NetworkAccess } from './network-access.ts';
import { Spending } from './spending.ts';

/** As of a synchronous evaluation; `maxMilliseconds` is of everything, waiting included. */
export type EvaluateAsyncOptions = EvaluateOptions & {
  /** Made by `networkAccess`. Absent: no host is asked. */
  readonly network?: NetworkAccess;
};

/** Left where an answer is missing. */
class Unanswered extends Error {
  readonly key: string;
  readonly question: NetworkQuestion;

  constructor(key: string, question: NetworkQuestion) {
    super('an evaluation waits for the network');
    this.name = 'Unanswered';
    this.key = key;
    this.question = question;
  }
}

/** `run` evaluates from the beginning that it is given; it is called once more for each question. */
export async function evaluateAsync<T>(
  ground: EvaluationGround,
  options: EvaluateAsyncOptions,
  run: (beginning: Beginning) => T,
): Promise<Result<T, RegoFailure>> {
  const beginning = beginningOf(ground, options);
  if (options.network === undefined) return outcomeOf(() => run(beginning));
  const access = narrowed(options.network, ground.allowNet);
  const spending = new Spending(access, beginning.deadline - (options.now ?? Date.now)());
  const answers = new Map<string, BuiltinOutcome>();
  const network: Network = {
    answer: (key, question) => {
      if (answers.has(key)) return answers.get(key);
      const refusal = refusalOf(question, access);
      if (refusal !== undefined) return refusal;
      throw new Unanswered(key, question);
    },
  };
  for (;;) {
    const held = new HeldMessages(beginning.context);
    const context = contextWith(beginning.context, held, network);
    try {
      const outcome = outcomeOf(() => run({ ...beginning, context }));
      held.release();
      return outcome;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      const answer = await ask(error.question, spending);
      if (!answer.ok) return answer;
      answers.set(error.key, answer.value);
    }
  }
}

function narrowed(access: NetworkAccess, allowNet: readonly string[] | undefined): NetworkAccess {
  return allowNet === undefined ? access : { ...access, allow: { ...access.allow, only: new Set(allowNet) } };
}

function contextWith(from: BuiltinContext, { trace, print }: HeldMessages, network: Network): BuiltinContext {
  const { memo, prepared, runtime, host } = from;
  return {
    nowNanoseconds: () => from.nowNanoseconds(),
    randomBytes: (length) => from.randomBytes(length),
    memo,
    prepared,
    trace,
    print,
    runtime,
    host,
    network,
  };
}

/** Why a question is not even asked: nothing is waited for, and nothing begun again, to say so. */
function refusalOf(question: NetworkQuestion, { allow }: NetworkAccess): BuiltinError | undefined {
  if (question.kind === 'addresses') return refusalOfLookUp(question.host, allow);
  const hop = firstHop(question.request, allow);
  return hop instanceof BuiltinError ? hop : undefined;
}

async function ask(question: NetworkQuestion, spending: Spending): Promise<Result<BuiltinOutcome, RegoFailure>> {
  try {
    return ok(
      question.kind === 'http' ? await exchange(question.request, spending) : await lookUp(question.host, spending),
    );
  } catch (error) {
    if (error instanceof RegoError) return err({ code: error.code, message: error.message });
    throw error;
  }
}

/** What an evaluation prints, until it is sure that it will not be begun again, and print it again. */
class HeldMessages {
  readonly #messages: (() => void)[] = [];
  readonly print: BuiltinContext['print'];
  readonly trace: BuiltinContext['trace'];

  constructor(context: BuiltinContext) {
    this.print = (message) => void this.#messages.push(() => context.print(message));
    this.trace = (message) => void this.#messages.push(() => context.trace(message));
  }

  release(): void {
    for (const message of this.#messages) message();
  }
}
