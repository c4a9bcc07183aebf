import { describe, expect, it } from '@jest/globals';

import { describedHeaders, headersNamed } from '../../../src/rules/decide/headers-named.ts';
import { bookOf } from '../facts.ts';

const book = bookOf({
  'a.yaml': `version: 1
realm: acme
clients: a
rules:
  - name: one
    when: { not: { any: [{ request-header: { X-B: "*" } }, { all: [{ request-header: { x-a: "1" } }, { source: form }] }] } }
    then: []
  - name: two
    when: { request-header: { x-a: "2" } }
    then: []
  - name: three
    then: []
`,
});

describe('src/rules/decide/headers-named', () => {
  it('names each header once, however deep a rule has it', () => {
    expect(headersNamed(book)).toEqual(['x-a', 'x-b']);
  });

  it('takes for missing what rules ask for and a description does not give', () => {
    expect(describedHeaders(book, { 'x-b': '1', 'x-c': '2' })).toEqual({ 'x-a': null, 'x-b': '1', 'x-c': '2' });
  });
});
