/** A promise that somebody else resolves (Promise.withResolvers needs Node 22). */
export type Deferred = { readonly promise: Promise<void>; readonly resolve: () => void };

export function deferred(): Deferred {
  const settle: (() => void)[] = [];
  const promise = new Promise<void>((resolve) => settle.push(resolve));
  return { promise, resolve: () => settle.forEach((resolve) => resolve()) };
}
