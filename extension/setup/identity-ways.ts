import { sendingIdentities, type SendingIdentity } from '../compose/sending-identity.ts';
import { lookAtWay } from '../compose/way.ts';
import { describeWay } from '../compose/way-words.ts';
import { elementById } from '../page-element.ts';

const list = elementById('identities', HTMLUListElement);
const template = elementById('identity', HTMLTemplateElement);

let newest = 0;

/**
 * Lists the identities, and beside each where its mail goes, as soon as that is known.
 *
 * @returns how many there are
 */
export async function showWays(): Promise<number> {
  newest += 1;
  const look = newest;
  const known = await sendingIdentities();
  if (look !== newest) return known.length;
  const items = known.map(listItem);
  list.replaceChildren(...items.map(({ item }) => item));
  elementById('no-identities', HTMLParagraphElement).hidden = known.length > 0;
  for (const { identity, way } of items) void showWay(identity, way);
  return known.length;
}

function listItem(identity: SendingIdentity): {
  readonly identity: SendingIdentity;
  readonly item: Node;
  readonly way: Element;
} {
  const item = document.importNode(template.content, true);
  const name = item.querySelector('.name');
  const address = item.querySelector('.address');
  const way = item.querySelector('.way');
  if (name === null || address === null || way === null) throw new Error('Template without parts');
  name.textContent = identity.name;
  address.textContent = identity.address;
  way.setAttribute('data-identity', identity.id);
  return { identity, item, way };
}

async function showWay({ id }: SendingIdentity, shown: Element): Promise<void> {
  await lookAtWay(id, (way) => {
    const { line, isClear, details } = describeWay(way);
    shown.textContent = isClear ? line : [line, ...details.slice(0, 1)].join(' ');
    shown.classList.toggle('warning', !isClear);
    shown.setAttribute('data-way', way.kind === 'asked' ? way.found.route.kind : way.noAnswer.no);
  }).catch((cause: unknown) => console.info('The way of an identity cannot be told', cause));
}
