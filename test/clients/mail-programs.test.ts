import { expect, test } from 'vitest';
import { asReceived } from '../servers/delivered-message.ts';
import { startProxyTo, startServerOf } from '../servers/routes.ts';
import { letterFile, letterWith } from './letter.ts';
import { MAIL_PROGRAMS, send } from './mail-programs.ts';

/** What a person may add to the header section, and what becomes of it in Postfix 3.11. */
const CHOICES = [
  { choice: 'an unmarked message', field: [], parameter: '', delivered: [] },
  {
    choice: 'a message that requires TLS',
    field: ['X-TLS-Required: Yes'],
    parameter: 'REQUIRETLS',
    // Postfix's own sign of REQUIRETLS.
    delivered: ['Require-TLS-ESMTP: yes'],
  },
  {
    choice: 'a message to be delivered anyway',
    field: ['X-TLS-Required: No'],
    parameter: '',
    delivered: ['TLS-Required: No'],
  },
] as const;

for (const program of MAIL_PROGRAMS) {
  for (const { choice, field, parameter, delivered } of CHOICES) {
    test(`${program.name} sends ${choice} through the proxy, octet for octet`, async () => {
      await using server = await startServerOf({ server: 'Postfix 3.11' });
      await using proxy = await startProxyTo(server, { tls: 'implicit TLS' });
      await using letter = await letterFile(program, field);

      const { succeeded, output } = await send(program, proxy.port, letter.path);
      expect(succeeded, output).toBe(true);

      const [command = '', ...others] = await server.mailCommands();
      expect(others).toEqual([]);
      expect(command.startsWith('MAIL FROM:<ada@example.org>')).toBe(true);
      expect(command.split(' ').includes('REQUIRETLS')).toBe(parameter === 'REQUIRETLS');
      const [message, ...more] = await server.messages();
      expect(more).toEqual([]);
      expect(asReceived(message).toString('latin1')).toBe(
        letterWith(delivered, '\r\n').toString('latin1'),
      );
    });
  }

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
