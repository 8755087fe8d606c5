/** So short that what just happened is shown within a second. */
const PAUSE_MS = 700;

/** Does something again and again as long as the page can be seen. */
export function whileVisible(act: () => Promise<void>): void {
  let isRunning = false;
  const run = async () => {
    if (isRunning) return;
    isRunning = true;
    while (!document.hidden) {
      await act().catch((cause: unknown) => console.error('Require TLS could not go on', cause));
      await pause();
    }
    isRunning = false;
  };
  document.addEventListener('visibilitychange', () => void run());
  void run();
}

export async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
