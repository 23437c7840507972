import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openAdmin } from '../../src/protocols/admin/testing/open-admin.ts';
import { workingOperations } from '../../src/protocols/admin/testing/working-operations.ts';

const child = fileURLToPath(new URL('join.child.ts', import.meta.url));

for (const how of ['', 'with-body']) {
  test(`a member that is killed is no member any more ${how}`, async () => {
    const { operations, members, whenMembers } = workingOperations();
    await using admin = await openAdmin({ operations });
    const process = spawn(execPath, [child, admin.socketPath, how], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(process.stdout, 'data')) as [Buffer];
      assert.equal(line.toString(), 'joined\n');
      assert.deepEqual(members(), [process.pid]);
    } finally {
      process.kill('SIGKILL');
    }
    await whenMembers(0);
  });
}
