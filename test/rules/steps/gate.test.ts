import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  type GateState,
  gateAction,
  refusesOutright,
  waitsForRules,
  untilMarks,
  withGateState,
  withoutGate,
} from '../../../src/rules/steps/gate.ts';
import { projectDir } from '../../../stack/paths.ts';
import type { Step } from '../../../src/rules/model.ts';
import { requestOf } from '../../fakes/approval-requests.ts';

const day = 86_400_000;
const remove = (after: number | null): Step => ({ uses: 'delete-user', with: null, after });
const disable: Step = { uses: 'disable-user', with: null, after: null };
const tell = (message: string): Step => ({ uses: 'notify-user', with: { message }, after: null });
const ask: Step = { uses: 'request-approval', with: requestOf(), after: null };

describe('src/rules/steps/gate', () => {
  it('marks whom the gate holds, with one mark at a time, and nobody else', () => {
    const held = ['VERIFY_EMAIL', gateAction];
    const waiting = withGateState(held, 'waiting');
    expect(waiting).toEqual([...held, 'vestibule-waiting']);
    expect(withGateState(waiting, 'refused')).toEqual([...held, 'vestibule-refused']);
    expect(withGateState(['VERIFY_EMAIL'], 'refused')).toEqual(['VERIFY_EMAIL']);
    expect(withGateState(['vestibule-waiting'], null)).toEqual([]);
    expect(withGateState(waiting, null)).toEqual(held);
    expect(withoutGate(waiting)).toEqual(['VERIFY_EMAIL']);
    expect([waitsForRules(held), waitsForRules(waiting), waitsForRules(['VERIFY_EMAIL'])]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('tells by when it is decided, as the provider reads it, and takes that away with the mark', () => {
    const file = join(projectDir, 'keycloak/src/test/resources/gate-until.json');
    const cases = JSON.parse(readFileSync(file, 'utf8')) as { hours: number; marks: string[] }[];
    expect(cases.length).toBeGreaterThan(5);
    const createdAt = 1_795_000_000_000;
    for (const { hours, marks } of cases) {
      const by = { createdAt, until: createdAt + hours * 3_600_000 + 2_000 }; // a moment after the account was made
      const waiting = withGateState([gateAction], 'waiting', by);
      expect(waiting).toEqual([gateAction, 'vestibule-waiting', ...marks]);
      expect(withGateState(waiting, 'expired')).toEqual([gateAction, 'vestibule-expired']);
      expect(withoutGate(waiting)).toEqual([]);
      expect(waitsForRules([gateAction, ...marks])).toBe(true); // such a mark alone says nothing of the rules
    }
  });

  it.each([
    ['at once', 0, ['vestibule-until-1']],
    ['in the past', -day, ['vestibule-until-1']],
    ['in 64 days', 64 * day, []],
    ['in a year', 365 * day, []],
  ])('tells no nonsense of what is to be decided %s', (_, span, marks) => {
    expect(untilMarks({ createdAt: 0, until: span })).toEqual(marks);
  });

  it('is never wrong by more than half an hour, or half a day where it is long', () => {
    const value = (marks: readonly string[]): number =>
      marks.reduce((sum, mark) => sum + (Number(mark.split('-').at(-1)) || 0), 0) *
      (marks.includes('vestibule-until-days') ? day : day / 24);
    fc.assert(
      fc.property(fc.integer({ min: day / 24, max: 63 * day }), (span) => {
        const told = value(untilMarks({ createdAt: 0, until: span }));
        expect(Math.abs(told - span)).toBeLessThanOrEqual(span <= 63.5 * 3_600_000 ? day / 48 : day / 2 + day / 48);
      }),
    );
  });

  it('leaves every other action alone, in its order, and is the same twice', () => {
    const actions = fc.uniqueArray(
      fc.constantFrom(gateAction, 'VERIFY_EMAIL', 'CONFIGURE_TOTP', 'vestibule-waiting', 'vestibule-refused'),
    );
    const states = fc.constantFrom<GateState | null>('waiting', 'expired', 'refused', 'withdrawn', null);
    const others = (list: readonly string[]) =>
      list.filter((action) => !/waiting|expired|refused|withdrawn/.test(action));
    fc.assert(
      fc.property(actions, states, (before, state) => {
        const after = withGateState(before, state);
        expect(others(after)).toEqual(others(before));
        expect(withGateState(after, state)).toEqual(after);
      }),
    );
  });

  it.each([
    ['a refusal by mail', [tell('refused')], true],
    ['a deletion that is put off: the person is in until then', [remove(30 * day)], false],
    ['both', [tell('closed'), remove(day)], true],
    ['a refused address', [tell('throwaway-address')], true],
    ['a closed application, in a plan of an earlier version', [tell('disabled')], true],
    ['a deletion at once: there is nobody left to read', [tell('refused'), remove(null)], false],
    ['a disabled account, which gets no page', [disable, remove(day)], false],
    ['a question', [ask, remove(day)], false],
    ['a question with a refusal by mail: approvers have the next word', [ask, tell('refused')], false],
    ['a welcome', [tell('welcome')], false],
    ['nothing', [], false],
  ])('tells whether a plan turns the person away outright: %s', (_, steps, refuses) => {
    expect(refusesOutright(steps)).toBe(refuses);
  });
});
