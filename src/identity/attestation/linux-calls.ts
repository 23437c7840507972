/** The system calls of Linux that tell who a process is and that Node does not expose, through koffi. */
import koffi from 'koffi';

import { ProblemError } from '../../kernel/problem.ts';
import { err, ok, type Result } from '../../kernel/result.ts';

/** What the kernel recorded when the peer connected (unix(7), SO_PEERCRED): effective uid and gid of that moment. */
export type UnixCredentials = { readonly pid: number; readonly uid: number; readonly gid: number };

/** Every call is synchronous and answers from the kernel's memory, in microseconds. */
export type LinuxCalls = {
  /** @throws ProblemError `attestation/no-credentials` when the descriptor is not a connected Unix socket. */
  readonly credentialsOfPeer: (fd: number) => UnixCredentials;
  /** A pidfd of the process that connected, close-on-exec. Undefined before Linux 6.5, or once the peer is gone. */
  readonly pidfdOfPeer: (fd: number) => number | undefined;
  /** A pidfd of the process that has this pid now, close-on-exec. Undefined when there is none. */
  readonly openPidfd: (pid: number) => number | undefined;
  /** True from the moment the process ended, also while it is a zombie. */
  readonly hasExited: (pidfd: number) => boolean;
  /** Calls back once when the process ends, without polling and without keeping Node alive; returns the undo. */
  readonly onExit: (pidfd: number, listener: () => void) => () => void;
  readonly close: (fd: number) => void;
  /** One request to the kernel's socket diagnosis (sock_diag(7)) and its first answer; undefined without such. */
  readonly askSocketDiagnosis: (request: Uint8Array) => Uint8Array | undefined;
};

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERPIDFD = 77;
const SYS_PIDFD_OPEN = 434;
const POLLIN = 1;
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 0x80003;
const NETLINK_SOCK_DIAG = 4;
const MSG_DONTWAIT = 0x40;

/** Large enough for one answer about one socket with every attribute that the kernel adds unasked. */
const DIAGNOSIS_BYTES = 4096;

/** Code: `attestation/not-linux`. */
export function openLinuxCalls(platform: string = process.platform): Result<LinuxCalls> {
  if (platform !== 'linux') {
    return err({
      code: 'attestation/not-linux',
      message: `callers can be attested on Linux only, this is \`${platform}\``,
      hint: 'run it on Linux, or in a Linux container or virtual machine',
    });
  }
  // The numbers above and the layout of the structures below are those of the little-endian 64-bit ports of Linux.
  const libc = koffi.load(null);
  const getsockopt = libc.func('int getsockopt(int, int, int, void *, void *)');
  const pidfdOpen = libc.func('long syscall(long, int, unsigned int)');
  const poll = libc.func('int poll(void *, unsigned long, int)');
  const closeFd = libc.func('int close(int)');
  const socket = libc.func('int socket(int, int, int)');
  const send = libc.func('long send(int, const void *, size_t, int)');
  const receive = libc.func('long recv(int, void *, size_t, int)');

  /** The option's value as 32-bit numbers; undefined when the kernel refuses. */
  const option = (fd: number, name: number, words: number): Int32Array | undefined => {
    const value = new Int32Array(words);
    const length = new Uint32Array([value.byteLength]);
    return getsockopt(fd, SOL_SOCKET, name, value, length) === 0 ? value : undefined;
  };

  return ok({
    credentialsOfPeer: (fd) => {
      const value = option(fd, SO_PEERCRED, 3);
      if (value === undefined) {
        const message = 'the kernel does not tell who is at the other end of the socket';
        throw new ProblemError({ code: 'attestation/no-credentials', message });
      }
      const [pid = 0, uid = 0, gid = 0] = value;
      // uid and gid are unsigned: 4294967294 is a common `nobody`.
      return { pid, uid: uid >>> 0, gid: gid >>> 0 };
    },
    pidfdOfPeer: (fd) => option(fd, SO_PEERPIDFD, 1)?.[0],
    openPidfd: (pid) => {
      const fd = Number(pidfdOpen(SYS_PIDFD_OPEN, pid, 0));
      return fd < 0 ? undefined : fd;
    },
    hasExited: (pidfd) => {
      const request = new Int32Array([pidfd, POLLIN]);
      // 0: nothing to report, so it runs. An error or anything else is read as the end, which refuses.
      return poll(request, 1, 0) !== 0;
    },
    onExit: (pidfd, listener) => {
      const handle = koffi.node.poll(pidfd, { readable: true }, () => {
        handle.close();
        listener();
      });
      handle.unref();
      return () => handle.close();
    },
    close: (fd) => {
      closeFd(fd);
    },
    askSocketDiagnosis: (request) => {
      const fd = Number(socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_SOCK_DIAG));
      if (fd < 0) return undefined;
      try {
        if (Number(send(fd, request, request.byteLength, 0)) !== request.byteLength) return undefined;
        const answer = new Uint8Array(DIAGNOSIS_BYTES);
        const length = Number(receive(fd, answer, answer.byteLength, MSG_DONTWAIT));
        return length > 0 ? answer.subarray(0, length) : undefined;
      } finally {
        closeFd(fd);
      }
    },
  });
}
