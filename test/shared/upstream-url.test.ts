import { expect, test } from 'vitest';
import { parseUpstreamUrl } from '../../shared/submission/upstream-url.ts';

test.each([
  ['submissions://smtp.example.net', 'smtp.example.net', 465, 'implicit'],
  ['submissions://smtp.example.net:4650', 'smtp.example.net', 4650, 'implicit'],
  ['submission://smtp.example.net', 'smtp.example.net', 587, 'starttls'],
  ['submission://smtp.example.net:25', 'smtp.example.net', 25, 'starttls'],
  ['SUBMISSIONS://Smtp.Example.NET/', 'Smtp.Example.NET', 465, 'implicit'],
  ['submission://localhost:1', 'localhost', 1, 'starttls'],
  ['submission://localhost:65535', 'localhost', 65_535, 'starttls'],
  ['submissions://192.0.2.1:465', '192.0.2.1', 465, 'implicit'],
  ['submissions://[2001:db8::25]', '2001:db8::25', 465, 'implicit'],
  ['submission://[::1]:5870', '::1', 5870, 'starttls'],
  ['submissions://smtp.exämple.net', 'smtp.exämple.net', 465, 'implicit'],
] as const)('RFC 8314 §3: %s', (url, host, port, tls) => {
  expect(parseUpstreamUrl(url)).toEqual({ host, port, tls });
});

test.each([
  ['nothing', ''],
  ['a name alone', 'smtp.example.net'],
  ['a name and a port', 'smtp.example.net:587'],
  ['the scheme of relay in the clear', 'smtp://smtp.example.net'],
  ['the scheme of nobody', 'smtps://smtp.example.net'],
  ['a web page', 'https://smtp.example.net'],
  ['no host', 'submissions://'],
  ['a port alone', 'submissions://:465'],
  ['a user name', 'submissions://ada@smtp.example.net'],
  ['a password', 'submissions://ada:secret@smtp.example.net'],
  ['port 0', 'submissions://smtp.example.net:0'],
  ['a port above 65535', 'submissions://smtp.example.net:65536'],
  ['a port of six digits', 'submissions://smtp.example.net:000465'],
  ['a port that is no number', 'submissions://smtp.example.net:smtp'],
  ['an empty port', 'submissions://smtp.example.net:'],
  ['a path', 'submissions://smtp.example.net/mail'],
  ['a query, which might turn something off', 'submissions://smtp.example.net?verify=no'],
  ['a fragment', 'submissions://smtp.example.net#x'],
  ['IPv6 without brackets', 'submissions://2001:db8::25'],
  ['a name in brackets', 'submissions://[smtp.example.net]'],
  ['a blank within', 'submissions://smtp example.net'],
  ['a blank before', ' submissions://smtp.example.net'],
  ['a line feed behind', 'submissions://smtp.example.net\n'],
  ['a backslash', 'submissions:\\\\smtp.example.net'],
])('with %s it is no submission server', (_, url) => {
  expect(parseUpstreamUrl(url)).toBeUndefined();
});
