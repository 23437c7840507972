/** Where everything of an embedded deployment listens: one machine, and nothing beyond it. */
export const LOOPBACK = '127.0.0.1';
