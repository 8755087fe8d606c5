import { expect, test } from 'vitest';
import { tokenKey } from '../servers/bearer-token.ts';
import { startDovecot } from '../servers/dovecot.ts';
import { startProxyTo } from '../servers/routes.ts';
import { LOGIN } from '../servers/submission-server.ts';
import { letterFile } from './letter.ts';
import { type MailProgram, send } from './mail-programs.ts';

/** Mail programs that log in with a token instead of a password, with the mechanism they use. */
const PROGRAMS: readonly (MailProgram & { readonly mechanism: string })[] = [
  {
    name: 'curl',
    mechanism: 'OAUTHBEARER',
    script:
      'curl --verbose "smtp://127.0.0.1:$PORT" --user "$USER:" --oauth2-bearer "$PASSWORD" --mail-from "$FROM" --mail-rcpt "$TO" --upload-file "$FILE"',
    lineEnd: '\r\n',
    endsLastLine: false,
    keepsLetters: true,
  },
  ...['OAUTHBEARER', 'XOAUTH2'].flatMap((mechanism) => [
    {
      name: 'msmtp',
      mechanism,
      script: `msmtp --file=/dev/null --host=127.0.0.1 --port="$PORT" --tls=off --auth=${mechanism.toLowerCase()} --user="$USER" --passwordeval="echo $PASSWORD" --from="$FROM" "$TO" <"$FILE"`,
      lineEnd: '\n' as const,
      endsLastLine: false,
      keepsLetters: true,
    },
    {
      name: 'mutt',
      mechanism,
      script: `mutt -n -F /dev/null -e "set smtp_url=smtp://$USER@127.0.0.1:$PORT smtp_authenticators=${mechanism.toLowerCase()} smtp_oauth_refresh_command='echo $PASSWORD' ssl_force_tls=no copy=no use_envelope_from=yes envelope_from_address=$FROM" -H "$FILE" </dev/null`,
      lineEnd: '\n' as const,
      endsLastLine: false,
      keepsLetters: false,
    },
  ]),
];

test('RFC 7628 §3: a token logs curl, msmtp and mutt in to Dovecot', async () => {
  const key = tokenKey();
  const login = { user: LOGIN.user, pass: key.token(LOGIN.user, 600) };
  await using server = await startDovecot(key);
  await using proxy = await startProxyTo(server, { tls: 'STARTTLS' });

  for (const program of PROGRAMS) {
    await using letter = await letterFile(program, []);
    const { succeeded, output } = await send(program, proxy.port, letter.path, login);
    expect(succeeded, `${program.name} with ${program.mechanism}: ${output}`).toBe(true);
  }
  expect(await server.messages()).toHaveLength(PROGRAMS.length);
  const logins = (await server.commands()).filter((command) => command.startsWith('AUTH'));
  expect(logins.map((command) => command.split(' ')[1])).toEqual(
    PROGRAMS.map(({ mechanism }) => mechanism),
  );
  // The signature, which alone makes a token out of what is known.
  expect(proxy.log()).not.toContain(login.pass.split('.').at(-1));
});

test('RFC 7628 §3.2.3: a token that has expired comes back as the refusal of Dovecot', async () => {
  const key = tokenKey();
  const login = { user: LOGIN.user, pass: key.token(LOGIN.user, -600) };
  await using server = await startDovecot(key);
  await using proxy = await startProxyTo(server, { tls: 'STARTTLS' });
  const [msmtp] = PROGRAMS.filter(({ name }) => name === 'msmtp');
  if (msmtp === undefined) throw new Error('msmtp is not among the programs');
  await using letter = await letterFile(msmtp, []);

  const { succeeded, output } = await send(msmtp, proxy.port, letter.path, login);
  expect(succeeded).toBe(false);
  expect(output).toContain('535 5.7.8 Authentication failed.');
  expect(await server.mailCommands()).toEqual([]);
});
