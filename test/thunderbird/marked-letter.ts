import { expect } from 'vitest';
import type { ComposeWindow } from './compose-window.ts';
import type { Thunderbird } from './thunderbird.ts';

/** Writes a letter that requires TLS. */
export async function writeMarkedLetter(thunderbird: Thunderbird): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write({
    to: 'bob@recipient.example',
    subject: 'The contract',
    body: 'Please sign it by Friday.',
  });
  await window.choose('required');
  return window;
}

/** The window can be used, and the choice is the one that was made. */
export async function expectUsableAndMarked(window: ComposeWindow): Promise<void> {
  expect(await window.isLocked()).toBe(false);
  expect(await window.buttonLabel()).toBe('Require TLS');
}
