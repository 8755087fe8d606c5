import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A state folder of its own, which goes with the test. */
export async function temporaryState() {
  const above = await mkdtemp(join(tmpdir(), 'requiretls-state-'));
  return {
    folder: join(above, 'state'),
    [Symbol.asyncDispose]: async () => await rm(above, { recursive: true, force: true }),
  };
}
