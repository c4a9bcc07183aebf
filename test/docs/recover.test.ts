import { describe, expect, it } from '@jest/globals';

import { deadLetterHeaders } from '../../src/adapters/kafka/dead-letters.ts';
import { errorCatalog } from '../../src/platform/errors.ts';
import { read, sources, tableAfter } from './pages.ts';

const page = read('docs/recover.md');

describe('docs/recover.md', () => {
  it('explains every error code, and says whether it is tried again', () => {
    const shown = tableAfter(page, '<!-- errors -->').map(([, code, again]) => [code, again === 'yes']);
    const known = Object.entries(errorCatalog).map(([code, { retryable }]) => [code, retryable]);
    expect(shown).toEqual(known);
  });

  it('names the headers of dead letters', () => {
    const shown = tableAfter(page, '| header').flatMap(([, names]) => names?.split(', ') ?? []);
    expect(shown.toSorted()).toEqual(Object.values(deadLetterHeaders).toSorted());
  });

  it('quotes words of the service that exist', () => {
    const said = sources().join('\n');
    const quoted = [...page.matchAll(/^\| `([a-z ]{12,})` \|/gm)].map(([, message = '']) => message);
    expect(quoted.length).toBeGreaterThan(2);
    expect(quoted.filter((message) => !said.includes(message))).toEqual([]);
  });
});
