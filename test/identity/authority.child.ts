/** Opens the authority in a directory, says its serial number once it is durable, and waits to be killed. */
import { randomBytes } from 'node:crypto';

import { openAuthority } from '../../src/identity/certificate-authority.ts';
import { systemTimers } from '../../src/identity/timers.ts';
import { parseCertificate } from '../../src/identity/x509-certificate.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { parseTrustDomain } from '../../src/kernel/trust-domain.ts';

const [, , directory = ''] = process.argv;
const trustDomain = parseTrustDomain('example.org');
if (!trustDomain.ok) throw new Error(trustDomain.problem.message);
// The parent kills at a moment that it counts from here, when everything is loaded and only the work is left.
process.stdout.write('ready\n');
const authority = await openAuthority({
  directory,
  trustDomain: trustDomain.value,
  clock: systemClock,
  timers: systemTimers,
  random: randomBytes,
  record: async () => undefined,
  onProblem: () => undefined,
});
if (!authority.ok) throw new Error(JSON.stringify(authority.problem));
const certificate = parseCertificate(authority.value.bundle().authorities[0] ?? new Uint8Array());
if (!certificate.ok) throw new Error(certificate.problem.message);
process.stdout.write(`${certificate.value.serial}\n`);
setInterval(() => undefined, 60_000);
