import { expect, test } from 'vitest';
import type { ShownReceipt } from '../../shared/control/api.ts';
import { receiptsAsCsv, receiptsAsJson } from '../../shared/control/receipts-export.ts';

const RECEIPT: ShownReceipt = {
  id: 'r1',
  time: '2026-11-20T09:15:00.000Z',
  server: 'smtp.example.net',
  sender: 'ada@example.org',
  recipients: 2,
  domains: ['example.net', 'example.com'],
  outcome: 'relayed',
  reply: { code: 250, enhancedCode: '2.0.0', text: 'Ok' },
};

function rowWith(facts: Partial<ShownReceipt>): string {
  const [, row = ''] = receiptsAsCsv([{ ...RECEIPT, ...facts }]).split('\r\n');
  return row;
}

test('RFC 4180: a line of names, then a line for each receipt, each with CRLF', () => {
  const lines = receiptsAsCsv([RECEIPT, RECEIPT]).split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[3]).toBe('');
  const counts = lines.slice(0, 3).map((line) => line.split(',').length);
  expect(new Set(counts).size).toBe(1);
  expect(lines[1]).toContain(',example.net example.com,');
});

test('RFC 4180 §2.6, §2.7: commas, quotes and line breaks are inside quotes, and quotes doubled', () => {
  expect(rowWith({ server: 'a,b' })).toContain(',"a,b",');
  expect(rowWith({ server: 'a"b' })).toContain(',"a""b",');
  expect(receiptsAsCsv([{ ...RECEIPT, server: 'a\r\nb' }])).toContain(',"a\r\nb",');
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1', '\t=1', '\r=1', '＝1', '＋1', '－1', '＠x'])(
  'a spreadsheet takes %j for text, and no formula',
  (text) => {
    const row = rowWith({ reply: { code: 250, enhancedCode: '', text } });
    expect(row).toContain(`'${text}`);
  },
);

test('what is not known is an empty cell', () => {
  expect(rowWith({ reply: undefined })).toMatch(/,,/);
  expect(rowWith({})).not.toContain('undefined');
});

test('as JSON receipts are what the command writes, with its version', () => {
  expect(JSON.parse(receiptsAsJson([RECEIPT]))).toEqual([{ version: 1, ...RECEIPT }]);
});
