import { expect, test } from 'vitest';
import { claimedProbe, PROBE_NAME, probeBody } from '../../shared/control/probe.ts';
import { headerLines } from '../../shared/submission/header-section.ts';

const NONCE = 'AAAAbbbb0000-_-_';
const FIELD = `${PROBE_NAME}: ${NONCE}`;

function claimed(...lines: readonly string[]) {
  return claimedProbe(headerLines(lines.map((line) => `${line}\r\n`).join('')));
}

test.each([
  ['as Thunderbird writes it', `X-Tls-Route-Probe: ${NONCE}`],
  ['in any case', `x-tls-route-PROBE: ${NONCE}`],
  ['without a blank', `${PROBE_NAME}:${NONCE}`],
  ['with many blanks', `${PROBE_NAME}: \t ${NONCE} \t`],
  ['folded', `${PROBE_NAME}:\r\n ${NONCE}`],
])('a field %s claims a probe', (_how, field) => {
  expect(claimed('Subject: x', field, 'To: a@b.example')).toEqual({
    kind: 'claimed',
    nonce: NONCE,
  });
});

test.each([
  ['twice', FIELD, FIELD],
  ['once right and once not', FIELD, `X-TLS-Route-Prob: ${NONCE}`],
  ['with no nonce', `${PROBE_NAME}:`],
  ['with a short nonce', `${PROBE_NAME}: short`],
  ['with a nonce longer than any', `${PROBE_NAME}: ${'a'.repeat(129)}`],
  ['with a comment', `${FIELD} (mine)`],
  ['with two nonces', `${FIELD}, ${NONCE}`],
  ['with a blank before the colon', `${PROBE_NAME} : ${NONCE}`],
  ['with a blank before it', `Subject: x\r\n ${FIELD}`],
  ['with a byte-order mark before it', `\u00ef\u00bb\u00bf${FIELD}`],
  ['with other hyphens', `X-TLS_Route_Probe: ${NONCE}`],
  ['without its X', `TLS-Route-Probe: ${NONCE}`],
  ['with a slip of the keyboard', `X-TLS-Ruote-Probe: ${NONCE}`],
  ['with a word before it', `Old-X-TLS-Route-Probe: ${NONCE}`],
  ['with a letter of another alphabet', `\u00d0\u00a5-TLS-Route-Probe: ${NONCE}`],
  ['beside a line that is no field', 'no field', FIELD],
])('a field %s is unclear', (_how, ...lines) => {
  expect(claimed('From: a@b.example', ...lines)).toEqual({ kind: 'unclear' });
});

test.each([
  'X-TLS-Required: Yes',
  'X-Route: probe',
  'X-Probe: 1',
  'X-Mailer: TLS Route Probe',
  'Subject: X-TLS-Route-Probe: AAAAbbbb0000-_-_',
  'Received: by x; tls route probe',
  'X-TLS-Route: a',
])('%s is no probe', (field) => {
  expect(claimed('From: a@b.example', field)).toBeUndefined();
});

/** Leaves a letter out, takes another for it, or puts another before it. */
function slip(name: string, at: number, kind: number): string {
  return name.slice(0, at) + ['', 'q', `q${name[at] ?? ''}`][kind] + name.slice(at + 1);
}

test('whatever two slips of the keyboard make of the name, it is no letter', () => {
  const letters = 'XTLSRouteProbe';
  for (let one = 0; one < letters.length; one += 1) {
    for (let other = 0; other < letters.length; other += 1) {
      for (let kind = 0; kind < 9; kind += 1) {
        const name = slip(slip(letters, one, kind % 3), other, Math.floor(kind / 3));
        expect(claimed(`${name}: ${NONCE}`), name).toEqual({ kind: 'unclear' });
      }
    }
  }
});

test('RFC 5322 §2.1.1: the text of a probe is short lines of ASCII that nothing has to encode', () => {
  const lines = probeBody('a'.repeat(32)).split('\r\n');
  expect(lines.at(-1)).toBe('');
  for (const line of lines) {
    expect(line).toMatch(/^[ -~]{0,60}$/);
    // Such lines are changed on the way: RFC 3676 §4.2, RFC 5321 §4.5.2, and mbox files.
    expect(line).not.toMatch(/^[ .>]|^From |^-- ?$| $/);
  }
});
