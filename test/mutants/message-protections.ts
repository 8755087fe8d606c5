import type { Protection } from './protection.ts';

const ASKED = 'shared/submission/asked-requirement.ts';
const REPLY = 'shared/submission/reply.ts';
const END_OF_DATA = 'proxy/submission/end-of-data.ts';
const TRANSACTION = 'proxy/submission/transaction.ts';

/** What keeps a message from being weakened, divided, smuggled in or lost. */
export const MESSAGE_PROTECTIONS: readonly Protection[] = [
  {
    name: 'all recipients or none',
    tests: ['test/protocol/transaction.test.ts'],
    mutants: [
      {
        what: 'it is sent to those who were not refused',
        edits: [
          {
            file: TRANSACTION,
            from: 'if (refused.length > 0)',
            to: 'if (refused.length === envelope.rcpt.length)',
          },
        ],
      },
    ],
  },
  {
    name: 'a field that resembles the marker is refused',
    tests: ['test/shared/asked-requirement.test.ts', 'test/protocol/requirement.test.ts'],
    mutants: [
      {
        what: 'a name like the marker is passed over',
        edits: [
          {
            file: ASKED,
            from: "marker === 'unclear' || resemblance(lines, fields)",
            to: "marker === 'unclear'",
          },
        ],
      },
      {
        what: 'a value that is none is taken for Normal',
        edits: [
          {
            file: ASKED,
            from: "parseMarkerValue(marker.value) ?? 'unclear'",
            to: 'parseMarkerValue(marker.value)',
          },
        ],
      },
    ],
  },
  {
    name: 'a bare CR, a bare LF and a NUL are refused',
    tests: ['test/shared/end-of-data.test.ts', 'test/hostile/framing.test.ts'],
    mutants: [
      {
        what: 'a bare CR passes',
        edits: [
          {
            file: END_OF_DATA,
            from: "fault ??= 'a carriage return without line feed';",
            to: 'fault ??= undefined;',
          },
        ],
      },
      {
        what: 'a bare LF passes',
        edits: [
          {
            file: END_OF_DATA,
            from: "if (at !== 'CR') fault ??= 'a line feed without carriage return';",
            to: '',
          },
        ],
      },
      {
        what: 'a NUL passes',
        edits: [{ file: END_OF_DATA, from: "if (octet === NUL) fault ??= 'a NUL octet';", to: '' }],
      },
      {
        what: 'a line feed before the dot ends the message',
        edits: [
          {
            file: END_OF_DATA,
            from: "at = at === 'CR' ? 'line start' : 'text';",
            to: "at = 'line start';",
          },
        ],
      },
    ],
  },
  {
    name: "250 only after the server's own well-formed 250",
    tests: [
      'test/shared/reply.test.ts',
      'test/protocol/final-reply.test.ts',
      'test/protocol/transaction.test.ts',
    ],
    mutants: [
      {
        what: 'the final dot alone counts',
        edits: [
          {
            file: TRANSACTION,
            from: 'return await finalAnswer(session, final, deadlines);',
            to: `void finalAnswer(session, final, deadlines);
    return { kind: 'relayed', reply: answers.mail };`,
          },
        ],
      },
      {
        what: 'a lost answer counts',
        edits: [
          {
            file: TRANSACTION,
            from: "if (dotSent) return { kind: 'unknown', reason: messageOf(error) };",
            to: "if (dotSent) return { kind: 'relayed', reply: new SmtpReply(250, '2.0.0', 'Ok') };",
          },
          {
            file: TRANSACTION,
            from: 'import type { SmtpReply }',
            to: 'import { SmtpReply }',
          },
        ],
      },
      {
        what: 'digits too many are passed over',
        edits: [
          {
            file: REPLY,
            from: '/^([2-5][0-9]{2})(?:([ -])(.*))?$/s',
            to: '/^([2-5][0-9]{2})[0-9]*(?:([ -])(.*))?$/s',
          },
        ],
      },
    ],
  },
  {
    name: 'an absolute deadline for the final reply',
    tests: ['test/protocol/final-reply.test.ts'],
    mutants: [
      {
        what: 'it is waited for without end',
        edits: [
          {
            file: TRANSACTION,
            from: "return await within(finalReplyMs, 'final reply', answer);",
            to: 'return await answer;',
          },
        ],
      },
    ],
  },
];
