import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writable } from 'node:stream';

import { type ServerWritableStream, status } from '@grpc/grpc-js';

import { sendFullState, type StreamState } from './full-state-stream.ts';

/** A stream as grpc-js gives it: an `error` ends it with a status. `take` lets the client read one message. */
class TestCall extends Writable {
  readonly written: string[] = [];
  readonly cancelled = false;
  status: status | undefined;
  #taken: (() => void)[] = [];

  constructor() {
    super({ objectMode: true, highWaterMark: 1 });
    this.on('error', (error) => {
      this.status = (error as unknown as { readonly code: status }).code;
    });
  }

  override _write(chunk: string, _encoding: string, callback: () => void): void {
    this.written.push(chunk);
    this.#taken.push(callback);
  }

  take(): void {
    this.#taken.shift()?.();
  }
}

function setUp(read: () => Promise<StreamState<string>>) {
  const call = new TestCall();
  const listeners = new Set<() => void>();
  const done = sendFullState(call as unknown as ServerWritableStream<unknown, string>, {
    read,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    serialise: (text) => Buffer.from(text),
    fault: () => ({ code: status.UNAVAILABLE, details: 'fault' }),
  });
  const change = async (): Promise<void> => {
    for (const listener of listeners) listener();
    await settled();
  };
  return { call, done, change, listeners };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('the state is sent at once, after each change, and not when it is the same', async () => {
  let text = 'a';
  const { call, change } = setUp(() => Promise.resolve({ kind: 'state', message: text }));
  await settled();
  assert.deepEqual(call.written, ['a']);
  call.take();
  await change();
  assert.deepEqual(call.written, ['a']);
  text = 'b';
  await change();
  assert.deepEqual(call.written, ['a', 'b']);
});

test('what was read before a change is never sent', async () => {
  const answers: ((state: StreamState<string>) => void)[] = [];
  const { call, change } = setUp(() => new Promise((resolve) => answers.push(resolve)));
  await change();
  answers[0]?.({ kind: 'state', message: 'revoked meanwhile' });
  await settled();
  assert.deepEqual(call.written, []);
  answers[1]?.({ kind: 'state', message: 'new' });
  await settled();
  assert.deepEqual(call.written, ['new']);
});

test('a slow client is sent the newest state when it is ready, not those in between', async () => {
  let text = 'a';
  const { call, change } = setUp(() => Promise.resolve({ kind: 'state', message: text }));
  await settled();
  for (text of ['b', 'c', 'd']) await change();
  assert.deepEqual(call.written, ['a']);
  call.take();
  await settled();
  assert.deepEqual(call.written, ['a', 'd']);
});

test('a state that came back to what was sent while the client was slow is not sent again', async () => {
  let text = 'a';
  const { call, change } = setUp(() => Promise.resolve({ kind: 'state', message: text }));
  await settled();
  for (text of ['b', 'a']) await change();
  call.take();
  await settled();
  assert.deepEqual(call.written, ['a']);
});

test('an end is sent though the client is slow, and nothing listens any more', async () => {
  let state: StreamState<string> = { kind: 'state', message: 'a' };
  const { call, change, done, listeners } = setUp(() => Promise.resolve(state));
  await settled();
  state = { kind: 'end', end: { code: status.PERMISSION_DENIED, details: 'no identity issued' } };
  await change();
  await done;
  assert.equal(call.status, status.PERMISSION_DENIED);
  assert.equal(listeners.size, 0);
});

test('a client that goes away ends it, also in the middle of a read', async () => {
  let answer = (_state: StreamState<string>): void => {};
  const { call, done, listeners } = setUp(() => new Promise((resolve) => (answer = resolve)));
  call.emit('cancelled');
  answer({ kind: 'state', message: 'too late' });
  await done;
  assert.deepEqual(call.written, []);
  assert.equal(listeners.size, 0);
});

test('a read that throws ends the stream with the fault', async () => {
  const { call, done } = setUp(() => Promise.reject(new Error('broken')));
  await done;
  assert.equal(call.status, status.UNAVAILABLE);
});
