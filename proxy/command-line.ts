import { Command, Option } from 'commander';
import { check, type CheckFlags } from './commands/check.ts';
import { demo, type DemoFlags } from './commands/demo.ts';
import { addForecast } from './commands/forecast-options.ts';
import { pair, type PairFlags } from './commands/pair.ts';
import { receipts, type ReceiptsFlags } from './commands/receipts.ts';
import { isConfigured, run } from './commands/run.ts';
import type { Flags } from './config.ts';
import type { Ended } from './exit-status.ts';
import type { Terminal } from './terminal.ts';

const upstreamUrl =
  'submissions://HOST[:465] (TLS from the start) or submission://HOST[:587] (STARTTLS, insisted on)';
const caOption = [
  '--ca <file>',
  'trust the authorities in this PEM file instead of the built-in ones',
] as const;
const timeoutOption = [
  '--timeout <seconds>',
  'shorten the waits for the server: connecting, commands, last answer (60 each)',
] as const;
const configOption = ['--config <file>', 'read this configuration file'] as const;
const controlOption = [
  '--control <host:port>',
  'where the extension asks (default: 127.0.0.1:8690)',
] as const;
const stateOption = [
  '--state <folder>',
  'the folder with the receipts and the keys of the pairings',
] as const;
/** For commands that ask. */
const askedOption = [
  '--control <host:port>',
  'where the running proxy is asked (default: 127.0.0.1:8690)',
] as const;

/** The commands and their options. */
export function commandLine(terminal: Terminal, ended: Ended): Command {
  const program = new Command('requiretls')
    .description(
      'Lets you say per message: only over verified TLS, or deliver anyway (RFC 8689).\nMail programs send to it on this computer; it passes the mail on to your\nsubmission server, the outgoing server of your provider.',
    )
    .version(terminal.version)
    .exitOverride();
  const adding = [addRun, addCheck, addForecast, addReceipts, addPair, addDemo];
  for (const add of adding) add(program, terminal, ended);
  return program;
}

function addRun(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('run')
    .summary('relay mail from mail programs on this computer to your submission server')
    .description(
      'Relays mail from mail programs on this computer to your submission server, until it is stopped.\nOptions win over the configuration file.',
    )
    .option(...configOption)
    .option('--listen <host:port>', 'where mail programs connect (default: 127.0.0.1:8689)')
    .option('--upstream <url>', upstreamUrl)
    .option('--certificate <file>', 'speak TLS to mail programs, with this certificate (PEM)')
    .option('--key <file>', 'and this key (PEM)')
    .option(...caOption)
    .option(...timeoutOption)
    .option(...stateOption)
    .option(...controlOption)
    .option('--no-control', 'do not listen for the extension')
    .option(
      '--thunderbird <folder>',
      'look for Thunderbird profiles here, where a profiles.ini lies (repeatable)',
      (folder: string, before: readonly string[] | undefined) => [...(before ?? []), folder],
    )
    .option('--no-read-thunderbird', 'do not read which server Thunderbird sends through')
    .option('--log-format <text|json>', 'how log lines are written')
    .option('--or-demo', 'run the demo when nothing is configured')
    .action(async (flags: Flags & { orDemo?: boolean }) => {
      const nothing = flags.orDemo === true && !isConfigured(flags, terminal);
      const { listen, control } = flags;
      const status = nothing
        ? await demo(
            { ...(listen !== undefined && { listen }), ...(control !== undefined && { control }) },
            terminal,
          )
        : await run(flags, terminal);
      ended(status);
    });
}

function addCheck(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('check')
    .summary('say what a submission server offers')
    .description(
      'Connects to the submission server and says what it offers: TLS, certificate, extensions, REQUIRETLS.\nNothing is sent and nobody logs in. Exit status: 0 REQUIRETLS is offered, 69 it is not, 68 the server cannot be reached, 76 its TLS is not verified.',
    )
    .argument('[url]', upstreamUrl)
    .option(...configOption)
    .option(...caOption)
    .option(...timeoutOption)
    .option('--json', 'write JSON')
    .action(async (url: string | undefined, flags: CheckFlags) => {
      ended(await check(url, flags, terminal));
    });
}

function addReceipts(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('receipts')
    .summary('say what became of your messages')
    .description(
      'Shows what became of each message that was handed to the proxy, the oldest first: sent, not sent and why, or not known. With --json each line is an object; a message whose outcome becomes known later comes again, with the same id.',
    )
    .option(...configOption)
    .option(...stateOption)
    .option('--since <when>', 'only later ones: today, 2h, 3d, 2026-11-22, 2026-11-22T08:30')
    .option('--follow', 'go on with what comes, until Ctrl+C')
    .option('--json', 'write JSON, one object a line')
    .addOption(
      new Option(
        '--open',
        'open the page of receipts in a browser (the proxy has to be running)',
      ).conflicts(['delete', 'json', 'follow', 'since']),
    )
    .addOption(
      new Option('--delete', 'delete them all; asks before that').conflicts([
        'json',
        'follow',
        'since',
      ]),
    )
    .addOption(
      new Option('--yes', 'with --delete: do not ask').conflicts([
        'open',
        'follow',
        'since',
        'json',
      ]),
    )
    .option(...askedOption)
    .action(async (flags: ReceiptsFlags) => {
      ended(await receipts(flags, terminal));
    });
}

function addPair(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('pair')
    .summary('pair a Thunderbird with the running proxy')
    .description(
      'Prints a code, which you type into the set-up page of the extension in Thunderbird, and waits until it was used. The proxy has to be running. It finds it as run does: by the options, then the configuration file.',
    )
    .addOption(
      new Option('--list', 'show the Thunderbird profiles that are paired').conflicts('remove'),
    )
    .option('--remove <id|all>', 'forget a paired profile: it cannot ask any more')
    .option('--json', 'write JSON')
    .option(...configOption)
    .option(...stateOption)
    .option(...askedOption)
    .action(async (flags: PairFlags) => {
      ended(await pair(flags, terminal));
    });
}

function addDemo(program: Command, terminal: Terminal, ended: Ended): void {
  program
    .command('demo')
    .summary('try the whole thing on an embedded submission server')
    .description(
      'Runs the proxy in front of an embedded submission server that offers REQUIRETLS. Nothing has to be configured, nothing leaves this computer, and nothing is left behind.',
    )
    .option('--listen <host:port>', 'where mail programs connect (default: 127.0.0.1:8689)')
    .option(...controlOption)
    .option('--no-control', 'do not listen for the extension')
    .addOption(new Option('--send', 'send a message of each kind, show the dialogues, and end'))
    .action(async (flags: DemoFlags) => {
      ended(await demo(flags, terminal));
    });
}
