import type { Display } from './display.ts';
import { eventually } from './eventually.ts';

/** Waits until nothing moves any more. */
export async function settledPicture(display: Display): Promise<Buffer> {
  let before = await display.picture();
  return eventually('a picture in which nothing moves', async () => {
    const now = await display.picture();
    const isStill = now.equals(before);
    before = now;
    return isStill ? now : undefined;
  });
}
