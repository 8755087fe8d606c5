import { expect, test } from 'vitest';
import { asReceived } from '../servers/delivered-message.ts';
import { startProxyTo, startServerOf } from '../servers/routes.ts';
import { startWiretap } from '../wiretap.ts';
import { letterFile, letterWith } from './letter.ts';
import { MAIL_PROGRAMS, send } from './mail-programs.ts';

/** What a person may add to the header section, and what becomes of the message in Postfix 3.11. */
const CHOICES = [
  {
    choice: 'an unmarked message',
    field: [],
    parameter: '',
    received: (said: string) => said,
  },
  {
    choice: 'a message that requires TLS',
    field: ['X-TLS-Required: Yes'],
    parameter: 'REQUIRETLS',
    // Postfix writes its own sign of REQUIRETLS below the last field.
    received: (said: string) =>
      said
        .replace('X-TLS-Required: Yes\r\n', '')
        .replace('\r\n\r\n', '\r\nRequire-TLS-ESMTP: yes\r\n\r\n'),
  },
  {
    choice: 'a message to be delivered anyway',
    field: ['X-TLS-Required: No'],
    parameter: '',
    received: (said: string) => said.replace('X-TLS-Required: No\r\n', 'TLS-Required: No\r\n'),
  },
] as const;

for (const program of MAIL_PROGRAMS) {
  test(`${program.name} sends through the proxy what a person chose, octet for octet`, async () => {
    await using server = await startServerOf({ server: 'Postfix 3.11' });
    await using proxy = await startProxyTo(server, { tls: 'implicit TLS' });

    for (const { choice, field, parameter, received } of CHOICES) {
      await using wiretap = await startWiretap(proxy.port);
      await using letter = await letterFile(program, field);
      const before = await server.messages();

      const { succeeded, output } = await send(program, wiretap.port, letter.path);
      expect(succeeded, `${choice}: ${output}`).toBe(true);

      const [command = '', ...others] = (await server.mailCommands()).slice(before.length);
      expect(others).toEqual([]);
      expect(command.startsWith('MAIL FROM:<ada@example.org>')).toBe(true);
      expect(command.split(' ').includes('REQUIRETLS'), choice).toBe(parameter === 'REQUIRETLS');

      const [said, ...repeated] = wiretap.messages().map((octets) => octets.toString('latin1'));
      expect(repeated).toEqual([]);
      if (program.keepsLetters) {
        expect(said).toBe(letterWith(field, '\r\n').toString('latin1'));
      } else {
        expect(said).toContain(['', ...field, ''].join('\r\n'));
      }
      const [message, ...more] = (await server.messages()).slice(before.length);
      expect(more).toEqual([]);
      expect(asReceived(message).toString('latin1'), choice).toBe(received(said ?? ''));
    }
  });

  test(`${program.name} tells why a server without REQUIRETLS did not get the message`, async () => {
    await using server = await startServerOf({ server: 'Postfix 3.7' });
    await using proxy = await startProxyTo(server, { tls: 'implicit TLS' });
    await using letter = await letterFile(program, ['X-TLS-Required: Yes']);

    const { succeeded, output } = await send(program, proxy.port, letter.path);
    expect(succeeded).toBe(false);
    expect(output).toContain('REQUIRETLS support required: localhost does not offer REQUIRETLS');
    expect(await server.mailCommands()).toEqual([]);
  });
}
