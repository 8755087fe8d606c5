import type { ShownReceipt } from '../../shared/control/api.ts';
import { receiptsAsCsv, receiptsAsJson } from '../../shared/control/receipts-export.ts';
import { elementById } from '../page-element.ts';

/** Lets the person save what is shown just then. */
export function offerExports(shown: () => readonly ShownReceipt[]): void {
  elementById('export-csv', HTMLButtonElement).addEventListener('click', () => {
    save('receipts.csv', 'text/csv;charset=utf-8', receiptsAsCsv(shown()));
  });
  elementById('export-json', HTMLButtonElement).addEventListener('click', () => {
    save('receipts.json', 'application/json', receiptsAsJson(shown()));
  });
}

function save(name: string, type: string, content: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  // The browser has begun to read it; while the page is open it may still be asked where to.
  addEventListener('pagehide', () => URL.revokeObjectURL(link.href), { once: true });
}
