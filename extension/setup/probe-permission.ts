import { mayProbe, PROBE_PERMISSIONS } from '../compose/route-probe.ts';
import { elementById } from '../page-element.ts';
import { thunderbird } from '../thunderbird.ts';
import { say } from './page-status.ts';

const box = elementById('allow-probe', HTMLInputElement);

/** The box by which the person lets this extension send probes, or takes that back. */
export async function startProbePermission(changed: () => Promise<unknown>): Promise<void> {
  box.checked = await mayProbe();
  box.addEventListener('change', () => {
    // Thunderbird asks the person only while it handles the click: nothing is awaited before.
    const permissions = { permissions: [...PROBE_PERMISSIONS] };
    const wanted = box.checked;
    const done = wanted
      ? thunderbird.permissions.request(permissions)
      : thunderbird.permissions.remove(permissions);
    void settle(done, wanted).then(changed);
  });
}

/** Shows what is really allowed. */
async function settle(done: Promise<boolean>, wanted: boolean): Promise<void> {
  try {
    await done;
  } catch (cause) {
    console.info('Thunderbird did not change the permissions', cause);
  }
  box.checked = await mayProbe();
  if (box.checked !== wanted) say('setupProbeUnchanged');
  else say(box.checked ? 'setupProbeAllowed' : 'setupProbeNotAllowed');
}
