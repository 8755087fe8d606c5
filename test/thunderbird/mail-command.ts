import type { ChromeWindow } from './chrome-window.ts';

/**
 * Lets Thunderbird say more at MAIL than it does of itself, until it is put right again: it knows
 * no parameter that the proxy could refuse.
 */
export async function addToMailCommand(
  mainWindow: ChromeWindow,
  words: string,
): Promise<AsyncDisposable> {
  await mainWindow.run(({ SmtpClient: { prototype } }, more) => {
    prototype.saysUsually ??= prototype._sendCommand;
    prototype._sendCommand = function say(command, suppressLogging) {
      const extended = command.startsWith('MAIL ') ? command + more : command;
      prototype.saysUsually?.call(this, extended, suppressLogging);
    };
  }, words);
  return {
    [Symbol.asyncDispose]: async () =>
      mainWindow.run(({ SmtpClient: { prototype } }) => {
        prototype._sendCommand = prototype.saysUsually ?? prototype._sendCommand;
      }),
  };
}
