import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { LOGIN } from '../servers/submission-server.ts';

/** A program that sends mail, as it is installed. */
export type MailProgram = {
  readonly name: string;
  /** The command with which a person logs in, with a password or a token, and sends a file. */
  readonly script: string;
  /** The line ends that it wants to read. */
  readonly lineEnd: '\n' | '\r\n';
  /** Whether it ends the last line by itself, even one that has ended. */
  readonly endsLastLine: boolean;
  /** Whether it sends a file as it is, and does not write a message of its own from it. */
  readonly keepsLetters: boolean;
};

const PYTHON = `
import os, smtplib
with smtplib.SMTP("127.0.0.1", int(os.environ["PORT"])) as session:
    session.login(os.environ["USER"], os.environ["PASSWORD"])
    letter = open(os.environ["FILE"], "rb").read()
    session.sendmail(os.environ["FROM"], os.environ["TO"], letter, ["BODY=8BITMIME"])
`;

export const MAIL_PROGRAMS: readonly MailProgram[] = [
  {
    name: 'swaks',
    script:
      'swaks --server 127.0.0.1 --port "$PORT" --from "$FROM" --to "$TO" --auth PLAIN --auth-user "$USER" --auth-password "$PASSWORD" --data "@$FILE"',
    lineEnd: '\n',
    endsLastLine: true,
    keepsLetters: true,
  },
  {
    name: 'curl',
    script:
      'curl --verbose "smtp://127.0.0.1:$PORT" --user "$USER:$PASSWORD" --mail-from "$FROM" --mail-rcpt "$TO" --upload-file "$FILE"',
    lineEnd: '\r\n',
    endsLastLine: false,
    keepsLetters: true,
  },
  {
    name: 'msmtp',
    script:
      'msmtp --file=/dev/null --host=127.0.0.1 --port="$PORT" --tls=off --auth=plain --user="$USER" --passwordeval="echo $PASSWORD" --from="$FROM" "$TO" <"$FILE"',
    lineEnd: '\n',
    endsLastLine: false,
    keepsLetters: true,
  },
  {
    name: "Python's smtplib",
    script: `python3 -c '${PYTHON}'`,
    lineEnd: '\r\n',
    endsLastLine: false,
    keepsLetters: true,
  },
  {
    name: 'mutt',
    // Without ssl_force_tls=no it insists on STARTTLS even where none is offered.
    script:
      'mutt -n -F /dev/null -e "set smtp_url=smtp://$USER:$PASSWORD@127.0.0.1:$PORT ssl_force_tls=no copy=no use_envelope_from=yes envelope_from_address=$FROM" -H "$FILE" </dev/null',
    lineEnd: '\n',
    endsLastLine: false,
    keepsLetters: false,
  },
  {
    name: 'git send-email',
    script:
      'git send-email --no-format-patch --confirm=never --suppress-cc=all --smtp-server=127.0.0.1 --smtp-server-port="$PORT" --smtp-encryption=none --smtp-user="$USER" --smtp-pass="$PASSWORD" --from="$FROM" --to="$TO" "$FILE"',
    lineEnd: '\n',
    endsLastLine: false,
    keepsLetters: false,
  },
];

/** What git sends with is not what the person who runs the tests has set. */
const WITHOUT_SETTINGS = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

const SEND_LIMIT_MS = 30_000;

/** Sends a file through a port of 127.0.0.1 and says how it went, and what the program wrote. */
export async function send(
  { script }: MailProgram,
  port: number,
  file: string,
  { user, pass }: { readonly user: string; readonly pass: string } = LOGIN,
): Promise<{ readonly succeeded: boolean; readonly output: string }> {
  const letter = { FROM: 'ada@example.org', TO: 'grace@example.net', FILE: file };
  const login = { USER: user, PASSWORD: pass, PORT: String(port) };
  return await new Promise((resolve) => {
    const env = { ...process.env, ...WITHOUT_SETTINGS, ...letter, ...login };
    // Where git finds no repository, whose settings it would take.
    const options = { env, cwd: dirname(file), timeout: SEND_LIMIT_MS };
    execFile('sh', ['-c', script], options, (error, stdout, stderr) =>
      resolve({ succeeded: error === null, output: stdout + stderr }),
    );
  });
}
