import { describe, expect, it } from '@jest/globals';

import { flowsWithout } from '../../../src/operate/door/ways-in.ts';
import { drawn } from './drawn.ts';

const guarded = '{REQUIRED}\n  registration-user-creation REQUIRED\n  vestibule-gate REQUIRED';
const open = '{REQUIRED}\n  registration-user-creation REQUIRED';
const without = (flow: string) =>
  flowsWithout('gate', [{ way: 'form', flow: 'ours', through: [], steps: drawn(flow) }]);

describe('src/operate/door/ways-in', () => {
  it('sees the second of two user creations, which nothing guards', () => {
    expect(without(guarded)).toEqual([]);
    expect(without(`${guarded}\n${guarded}`)).toEqual([]);
    expect(without(`${guarded}\n${open}`)).toEqual([
      'the registration form (flow "ours": vestibule-gate does not guard each of the steps that create a user)',
    ]);
    expect(without(`${open.replace('{REQUIRED}', '{DISABLED}')}\n${guarded}`)).toEqual([]);
  });
});
