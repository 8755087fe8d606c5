import { Option, type Command } from 'commander';
import type { Ended } from '../exit-status.ts';
import type { Terminal } from '../terminal.ts';
import { forecast, type ForecastCommandFlags } from './forecast.ts';

const DESCRIPTION = `Says whether a message that requires TLS (REQUIRETLS, RFC 8689) would reach these domains, and how that is known. Of an address only what stands behind the @ is looked at.

Whom this tells of the domains: the resolver (--resolver) is asked for each of them; the policy host of a domain that announces an MTA-STS policy sees this computer fetch it; with --probe its mail servers see this computer connect, say EHLO and leave. No message is sent, and what stands before an @ goes nowhere.

Exit status, of the worst domain: 0 it was seen to offer it, 75 it may arrive or nobody can tell, 69 it would not arrive. 130 where it was stopped before all were told, 74 where they cannot be written.`;

/** Adds `forecast`, with all its options. */
export function addForecast(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('forecast')
    .summary('say whether a domain can receive a message that requires TLS')
    .description(DESCRIPTION)
    .argument('[domain...]', 'domains, or addresses')
    .option(
      '--self <domain>',
      'say whether bounces of such messages can reach this domain of yours',
    )
    .option('--probe', 'connect to the mail servers and look (port 25; no message is sent)')
    .option('--no-probe', 'do not, whatever the configuration says')
    .option('--json', 'write JSON')
    .option(
      '--resolver <where>',
      'who is asked: system, IP[:PORT], https://… (DNS over HTTPS) or tls://HOST (DNS over TLS); default: system',
    )
    .option('--config <file>', 'read this configuration file')
    .option('--state <folder>', 'the folder with the policies and observations that are kept')
    .addOption(new Option('--ca <file>', CA))
    .option('--root-anchor <file>', "the DNSSEC root anchor, instead of IANA's")
    .option('--policy-port <port>', 'of MTA-STS policy hosts (default: 443)')
    .option('--mx-port <port>', 'of mail servers (default: 25)')
    .option(
      '--allow-special-addresses',
      'also connect to addresses that are not of the public Internet',
    )
    .action(async (asked: readonly string[], flags: ForecastCommandFlags) => {
      ended(await forecast(asked, flags, terminal));
    });
}

const CA =
  'trust the authorities in this PEM file, not the built-in ones, for policy hosts, resolvers and mail servers';
