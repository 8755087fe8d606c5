import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { letter } from '../bench/letter.ts';
import { MailProgram } from '../bench/mail-program.ts';
import { forgetPeak, peakMb, residentMb } from '../bench/process-usage.ts';
import { startSink } from '../bench/sink.ts';
import { startProxy } from '../proxy-process.ts';
import { CA_FILE, writeServerCertificate } from '../servers/server-certificate.ts';

const MESSAGES = 10;
const OCTETS = 20_000_000;
const LIMIT_MB = 64;

test('ten messages of 20 MB at once arrive octet for octet, and are never held in memory', async () => {
  const certificateFolder = await mkdtemp(join(tmpdir(), 'requiretls-memory-'));
  try {
    await writeServerCertificate(certificateFolder);
    await using sink = await startSink({ tls: 'starttls', certificateFolder, recorded: true });
    const upstream = `submission://127.0.0.1:${sink.port()}`;
    await using proxy = await startProxy(upstream, join(certificateFolder, CA_FILE));
    const way = { port: proxy.port, tls: 'none', login: true, ca: '' } as const;
    const wire = letter({ octets: OCTETS, stuffedDots: true });
    const idleMb = residentMb(proxy.pid);
    forgetPeak(proxy.pid);

    const sending = async () => {
      const program = await MailProgram.connected(way);
      await program.send({ mail: 'ada@example.org', recipients: ['grace@example.net'] }, wire);
      program.quit();
    };
    await Promise.all(Array.from({ length: MESSAGES }, sending));

    expect(peakMb(proxy.pid) - idleMb).toBeLessThan(LIMIT_MB);
    const sent = createHash('sha256').update(wire).digest('hex');
    const arrived = sink.messages().map(({ sha256 }) => sha256);
    expect(arrived).toEqual(Array.from({ length: MESSAGES }, () => sent));
  } finally {
    await rm(certificateFolder, { recursive: true });
  }
});
