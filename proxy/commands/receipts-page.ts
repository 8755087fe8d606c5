import { controlFrom, type Flags } from '../config.ts';
import { askRunningProxy, NoProxyAnswer } from '../control/control-client.ts';
import { EX_OK, EX_UNAVAILABLE } from '../exit-status.ts';
import type { Terminal } from '../terminal.ts';

type PageFlags = Pick<Flags, 'config' | 'state' | 'control'>;

/**
 * Opens the running proxy's page of receipts in a browser. The link is printed in any case: there
 * may be no browser, or no screen. It stands in the list of processes while a browser is started,
 * where others who use this computer may see it: it is good once, and not for them (peer-user.ts).
 *
 * @throws ConfigurationError
 */
export async function openReceiptsPage(flags: PageFlags, terminal: Terminal): Promise<number> {
  const { control, stateFolder } = controlFrom(flags, terminal.defaultConfigFile);
  if (control === undefined) {
    terminal.err.write(
      'requiretls: the configuration file says control = false, so the proxy shows no page. requiretls receipts shows the receipts here.\n',
    );
    return EX_UNAVAILABLE;
  }
  try {
    const { link } = await askRunningProxy({ control, stateFolder }, { ask: 'page link' });
    const isOpened = terminal.columns !== undefined && (await terminal.openInBrowser(link));
    terminal.out.write(`${link}\n`);
    terminal.err.write(
      isOpened
        ? 'Opened in your browser. The link is good once, and for a minute.\n'
        : 'Open this link in a browser on this computer. It is good once, and for a minute.\n',
    );
    return EX_OK;
  } catch (error) {
    if (!(error instanceof NoProxyAnswer)) throw error;
    terminal.err.write(`requiretls: ${error.message}\n`);
    return EX_UNAVAILABLE;
  }
}
