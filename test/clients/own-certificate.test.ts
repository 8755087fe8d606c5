import { expect, test } from 'vitest';
import { startProxy } from '../proxy-process.ts';
import { asReceived } from '../servers/delivered-message.ts';
import { startPostfix } from '../servers/postfix.ts';
import { ownCertificate } from '../servers/server-certificate.ts';
import type { SubmissionServer } from '../servers/submission-server.ts';
import { letterFile, letterWith } from './letter.ts';
import { type MailProgram, send } from './mail-programs.ts';

/** A program that speaks TLS from the start, and trusts one authority alone. */
type SecureProgram = (caFile: string) => MailProgram;

const CURL: SecureProgram = (caFile) => ({
  name: 'curl',
  script: `curl --verbose "smtps://localhost:$PORT" --cacert '${caFile}' --user "$USER:$PASSWORD" --mail-from "$FROM" --mail-rcpt "$TO" --upload-file "$FILE"`,
  lineEnd: '\r\n',
  endsLastLine: false,
  keepsLetters: true,
});

const MSMTP: SecureProgram = (caFile) => ({
  name: 'msmtp',
  script: `msmtp --file=/dev/null --host=localhost --port="$PORT" --tls=on --tls-starttls=off --tls-trust-file='${caFile}' --auth=plain --user="$USER" --passwordeval="echo $PASSWORD" --from="$FROM" "$TO" <"$FILE"`,
  lineEnd: '\n',
  endsLastLine: false,
  keepsLetters: true,
});

/** @param parameters of MAIL, which smtplib sends as they are */
function smtplib(parameters: string): SecureProgram {
  const python = `
import os, smtplib, ssl
trust = ssl.create_default_context(cafile=os.environ["CA"])
with smtplib.SMTP_SSL("localhost", int(os.environ["PORT"]), context=trust) as session:
    session.login(os.environ["USER"], os.environ["PASSWORD"])
    letter = open(os.environ["FILE"], "rb").read()
    session.sendmail(os.environ["FROM"], os.environ["TO"], letter, "${parameters}".split())
`;
  return (caFile) => ({
    name: "Python's smtplib",
    script: `CA='${caFile}' python3 -c '${python}'`,
    lineEnd: '\r\n',
    endsLastLine: false,
    keepsLetters: true,
  });
}

/** A proxy that has a certificate of its own; the server's one serves, which is for `localhost`. */
async function startProxyWithCertificate(server: SubmissionServer) {
  const upstream = `submissions://localhost:${server.tlsPort}`;
  return await startProxy(upstream, server.caFile, ownCertificate(server));
}

test('RFC 8314 §3.3: curl, msmtp and smtplib speak TLS to a proxy with a certificate, octet for octet', async () => {
  await using server = await startPostfix('3.11');
  await using proxy = await startProxyWithCertificate(server);

  for (const secure of [CURL, MSMTP, smtplib('BODY=8BITMIME')]) {
    const program = secure(server.caFile);
    await using letter = await letterFile(program, ['X-TLS-Required: No']);
    const before = await server.messages();
    const { succeeded, output } = await send(program, proxy.port, letter.path);
    expect(succeeded, `${program.name}: ${output}`).toBe(true);
    const [message] = (await server.messages()).slice(before.length);
    const expected = letterWith(['TLS-Required: No'], '\r\n').toString('latin1');
    expect(asReceived(message).toString('latin1'), program.name).toBe(expected);
  }
});

test('RFC 8689 §2: the parameter REQUIRETLS of a mail program reaches Postfix, without any field', async () => {
  await using server = await startPostfix('3.11');
  await using proxy = await startProxyWithCertificate(server);
  const program = smtplib('BODY=8BITMIME REQUIRETLS')(server.caFile);
  await using letter = await letterFile(program, []);

  const { succeeded, output } = await send(program, proxy.port, letter.path);
  expect(succeeded, output).toBe(true);
  const [command = '', ...others] = await server.mailCommands();
  expect(others).toEqual([]);
  expect(command.split(' ').filter((word) => word === 'REQUIRETLS')).toHaveLength(1);
  const [message] = await server.messages();
  const expected = letterWith(['Require-TLS-ESMTP: yes'], '\r\n').toString('latin1');
  expect(asReceived(message).toString('latin1')).toBe(expected);
});

test('RFC 8689 §4.2.1: the parameter is refused in front of a server that does not offer it', async () => {
  await using server = await startPostfix('3.7');
  await using proxy = await startProxyWithCertificate(server);
  const program = smtplib('REQUIRETLS')(server.caFile);
  await using letter = await letterFile(program, []);

  const { succeeded, output } = await send(program, proxy.port, letter.path);
  expect(succeeded).toBe(false);
  expect(output).toContain('The parameter REQUIRETLS is not offered by localhost');
  expect(await server.mailCommands()).toEqual([]);
});
