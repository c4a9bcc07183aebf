import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { contrast, isColor, standingOut, textOn } from '../../../src/messages/mail/colors.ts';

const colors = fc.integer({ min: 0, max: 0xff_ff_ff }).map((number) => `#${number.toString(16).padStart(6, '0')}`);

describe('src/messages/mail/colors', () => {
  it('has a text that can be read on a button of any color, which stands out by day and by night', () => {
    fc.assert(
      fc.property(colors, (color) => {
        for (const [around, towards] of [
          ['#ffffff', '#000000'],
          ['#1b212a', '#ffffff'],
        ] as const) {
          const button = standingOut(color, around, towards);
          expect(contrast(textOn(button), button)).toBeGreaterThanOrEqual(4.5);
          expect(contrast(button, around)).toBeGreaterThanOrEqual(3);
        }
      }),
    );
  });

  it('leaves a color alone that does', () => {
    expect(standingOut('#0b6b3a', '#ffffff', '#000000')).toBe('#0b6b3a');
  });

  it.each(['#fff', 'red', '#12345g', '#1234567', 'url(x)'])('takes %s for no color', (text) => {
    expect(isColor(text)).toBe(false);
  });
});
