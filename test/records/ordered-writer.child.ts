/** Writes entries of its own as fast as it can: `ordered-writer URL NAME COUNT`. */
import { openPostgresRecords } from '../../src/records/postgres-records.ts';

const [url = '', name = '', count = ''] = process.argv.slice(2);
await using records = await openPostgresRecords({ url });
// Four at a time, so that groups of several sizes meet the other processes.
await Promise.all(
  Array.from({ length: 4 }, async (_, lane) => {
    for (let index = lane; index < Number(count); index += 4) {
      const outcome = await records.write([{ kind: 'entry', name: `${name}.${index}`, value: index }]);
      if (!outcome.ok) throw new Error(outcome.problem.message);
    }
  }),
);
