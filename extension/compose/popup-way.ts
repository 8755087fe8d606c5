import browser from 'webextension-polyfill';
import { elementById } from '../page-element.ts';
import { noteLacking } from './lacking-server.ts';
import { refreshButton } from './requirement-button.ts';
import { identityOfWindow } from './sending-identity.ts';
import { lackingServer, lookAtWay, type Way } from './way.ts';
import { describeWay } from './way-words.ts';

const line = elementById('way', HTMLSpanElement);
const details = elementById('way-details', HTMLDetailsElement);
const facts = elementById('way-facts', HTMLUListElement);
const notice = elementById('notice', HTMLDivElement);
const lacking = elementById('required-lacking', HTMLElement);

let newest = 0;

/**
 * Shows in one line where mail from a window's sender goes and what the server there offers.
 *
 * @returns whether a marked message could be sent; undefined when another look was begun meanwhile
 */
export async function showWay(tabId: number): Promise<boolean | undefined> {
  newest += 1;
  const look = newest;
  line.textContent = browser.i18n.getMessage('routeChecking');
  facts.replaceChildren();
  delete document.body.dataset['way'];
  const showIfNewest = (way: Way): void => {
    if (look === newest) show(way);
  };
  try {
    const identityId = await identityOfWindow(tabId);
    if (identityId === undefined) throw new Error('The window has no sender');
    const way = await lookAtWay(identityId, showIfNewest);
    if (look !== newest) return undefined;
    await noteLacking(tabId, way);
    await refreshButton(tabId);
    document.body.dataset['way'] = wayName(way);
    return describeWay(way).isClear;
  } catch (cause) {
    console.error('Require TLS could not tell which way the mail goes', cause);
    if (look === newest) line.textContent = browser.i18n.getMessage('routeNotTold');
    return false;
  }
}

function show(way: Way): void {
  const words = describeWay(way);
  line.textContent = words.line;
  line.title = words.details.join('\n');
  facts.replaceChildren(...words.details.map(factItem));
  details.classList.toggle('warning', !words.isClear);
  // What kept a message back is told above already.
  details.open = !words.isClear && notice.hidden === true;

  const server = lackingServer(way);
  lacking.hidden = server === undefined;
  lacking.textContent = server === undefined ? '' : browser.i18n.getMessage('popupLacking', server);
}

function factItem(fact: string): HTMLLIElement {
  const item = document.createElement('li');
  item.textContent = fact;
  return item;
}

/** Where the way leads, in a word. */
function wayName(way: Way): string {
  return way.kind === 'not asked' ? way.noAnswer.no : way.found.route.kind;
}
