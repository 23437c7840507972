/** Waiting until an app takes connections on its own port: nothing on the machine tells, so it is asked. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MILLISECONDS = 30;

/** True once a connection is taken; false when `signal` aborts before. */
export async function appTakesConnections(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await takesConnection(host, port)) return true;
    await delay(PAUSE_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

function takesConnection(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
