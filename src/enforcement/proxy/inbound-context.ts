/** What all connections of one inbound proxy share. */
import type { Clock } from '../../kernel/clock.ts';
import type { Decide } from '../../kernel/ports.ts';
import type { AppAddress } from './app-connection.ts';
import type { Journal } from './journal.ts';
import type { ProxyLimits } from './limits.ts';
import type { Generation, Protocol, Resource } from './questions.ts';

export type InboundContext = {
  readonly app: AppAddress;
  readonly protocol: Protocol;
  readonly resource: Resource;
  /** What a request may switch its connection to, in lower case. */
  readonly upgrades: ReadonlySet<string>;
  readonly decide: Decide;
  readonly generation: Generation;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly limits: ProxyLimits;
};
