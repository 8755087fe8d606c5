import { pino } from 'pino';
import { ConfigurationError } from '../config-file.ts';
import { controlFrom, type Flags } from '../config.ts';
import { askRunningProxy, NoProxyAnswer } from '../control/control-client.ts';
import { EX_OK, EX_USAGE } from '../exit-status.ts';
import { StateFolderUnfit } from '../state-folder.ts';
import { receiptFiles } from '../submission/receipt-files.ts';
import { Receipts } from '../submission/receipts.ts';
import type { Terminal } from '../terminal.ts';

type DeleteFlags = Pick<Flags, 'config' | 'state' | 'control'> & { readonly yes?: true };

/**
 * Deletes all receipts, once the person has said so twice. A running proxy does it itself, so that
 * its page shows it at once; otherwise it is done here, which is safe beside a proxy too.
 *
 * @throws ConfigurationError
 */
export async function deleteReceipts(flags: DeleteFlags, terminal: Terminal): Promise<number> {
  const { control, stateFolder } = controlFrom(flags, terminal.defaultConfigFile);
  if ((await receiptFiles(stateFolder)).length === 0) {
    terminal.out.write(`There are no receipts in ${stateFolder}.\n`);
    return EX_OK;
  }
  if (flags.yes !== true) {
    const question = `Delete all receipts in ${stateFolder}? They cannot be brought back. [y/N] `;
    const said = await terminal.askPerson(question);
    if (said.kind === 'nobody') {
      terminal.err.write(
        'requiretls: it asks before it deletes, and there is nobody to ask here. --yes says it beforehand.\n',
      );
      return EX_USAGE;
    }
    if (said.kind !== 'line' || !/^\s*y(?:es)?\s*$/i.test(said.line)) {
      terminal.out.write('Nothing was deleted.\n');
      return EX_OK;
    }
  }
  try {
    if (control === undefined) await deleteIn(stateFolder);
    else await askRunningProxy({ control, stateFolder }, { ask: 'delete receipts' });
  } catch (error) {
    if (!(error instanceof NoProxyAnswer)) throw error;
    await deleteIn(stateFolder);
  }
  terminal.out.write('The receipts were deleted.\n');
  return EX_OK;
}

async function deleteIn(folder: string): Promise<void> {
  try {
    const receipts = await Receipts.open(folder, { log: pino({ level: 'silent' }) });
    try {
      await receipts.deleteAll();
    } finally {
      await receipts.close();
    }
  } catch (error) {
    if (!(error instanceof StateFolderUnfit)) throw error;
    throw new ConfigurationError(`the state folder ${folder}: ${error.message}`);
  }
}
