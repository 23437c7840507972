/** Joins a workload over the admin socket and stays until it is killed, with a body in the request if it is told to. */
import { request } from 'node:http';

import { adminClient } from '../../src/protocols/admin/client.ts';

const [socketPath = '', how] = process.argv.slice(2);

if (how === 'with-body') {
  const path = '/v1/workloads/reports/processes';
  const asked = request({ socketPath, method: 'POST', path }, () => process.stdout.write('joined\n'));
  // More than the buffers of both sides hold, and never all of it.
  asked.write('x'.repeat(4_000_000));
} else {
  const joined = await adminClient(socketPath).join('reports');
  process.stdout.write(joined.ok ? 'joined\n' : `${joined.problem.message}\n`);
}
// Stays without the connection, too.
setInterval(() => undefined, 60_000);
