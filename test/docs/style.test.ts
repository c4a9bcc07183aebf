import { describe, expect, it } from '@jest/globals';

import { handbook, sentences, wordsOf, written } from './pages.ts';

const longestLine = 120;
const longestSentence = 30;

/** Words that a reader has to decode, and words that have another name now. */
const avoided = new RegExp(
  [
    'unless said|hangs? on|whoever|whom|knows any ?more',
    'overtaken|passed? over|passes over|put[- ]off|head start|closing limit|carr(?:y|ies|ied) out',
  ]
    .map((words) => `\\b(?:${words})\\b`)
    .join('|'),
  'gi',
);

describe.each(handbook)('%s', (page) => {
  it(`has no line over ${longestLine} columns, but for tables`, () => {
    const long = written(page)
      .split('\n')
      .flatMap((line, index) => (line.length > longestLine && !line.startsWith('|') ? [`${page}:${index + 1}`] : []));
    expect(long).toEqual([]);
  });

  it(`has no sentence over ${longestSentence} words, but for tables`, () => {
    const long = sentences(page)
      .filter(({ text }) => wordsOf(text).length > longestSentence)
      .map(({ line, text }) => `${page}:${line} (${wordsOf(text).length}) ${text}`);
    expect(long).toEqual([]);
  });

  it('says it in plain words, and one word for one thing', () => {
    const found = written(page)
      .split('\n')
      .flatMap((line, index) => [...line.matchAll(avoided)].map(([word]) => `${page}:${index + 1} ${word}`));
    expect(found).toEqual([]);
  });
});
