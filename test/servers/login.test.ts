import { expect, test } from 'vitest';
import { connectTo } from './mail-program.ts';
import { ROUTES, startProxyTo, startServerOf } from './routes.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

for (const route of ROUTES) {
  test(`a wrong password comes back from ${route.server} over ${route.tls} as its own refusal, and a right one works after it`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);
    await using mailProgram = await connectTo(proxy.port);

    await mailProgram.say('EHLO mail-program.test');
    const refused = await mailProgram.say(`AUTH PLAIN ${base64('\0alice\0canary-password')}`);
    expect(refused).toMatch(/^535 .*authentication/i);

    expect(await mailProgram.say('AUTH LOGIN')).toMatch(/^334 /);
    expect(await mailProgram.say(base64('alice'))).toMatch(/^334 /);
    expect(await mailProgram.say(base64('secret'))).toMatch(/^235 /);

    // The proxy keeps and tells nothing of either.
    expect(await proxy.stop()).toBe(0);
    expect(proxy.log()).toContain('"event":"login"');
    for (const secret of ['canary-password', 'secret', 'alice']) {
      expect(proxy.log()).not.toContain(secret);
      expect(proxy.log()).not.toContain(base64(secret));
    }
  });
}
