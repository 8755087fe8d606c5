import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import {
  CA_FILE,
  CERTIFICATE_FILE,
  KEY_FILE,
  writeServerCertificate,
} from '../servers/server-certificate.ts';
import { scriptedServer, type Fault, type ScriptedServer } from './scripted-server.ts';

/** A scripted server behind the real proxy. */
export type ScriptedUpstream = ScriptedServer & {
  /** The authority that issued its certificate, PEM. */
  readonly caFile: string;
};

/** @param name in its certificate */
export async function scriptedUpstream(fault?: Fault, name?: string): Promise<ScriptedUpstream> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-upstream-'));
  await writeServerCertificate(folder, name);
  const listener = tls.createServer({
    cert: await readFile(path.join(folder, CERTIFICATE_FILE)),
    key: await readFile(path.join(folder, KEY_FILE)),
  });
  const server = await scriptedServer(fault, listener);
  return {
    ...server,
    caFile: path.join(folder, CA_FILE),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
