import { describe, expect, it } from '@jest/globals';

import { ruleFindings } from '../../../src/operate/doctor/rules.ts';
import { unknownChannels } from '../../../src/rules/load/unknown-channels.ts';
import type { Rule, RuleBook } from '../../../src/rules/model.ts';
import { requestOf } from '../../fakes/approval-requests.ts';

const rule: Rule = {
  name: 'the desk decides',
  file: 'portal.yaml',
  line: 5,
  when: null,
  dryRun: false,
  then: [
    {
      uses: 'request-approval',
      after: null,
      with: requestOf({
        approvers: [{ email: 'desk@acme.com' }, { chat: 'slack', channel: 'partners' }],
        escalate: { after: 1_000, to: [{ chat: 'teams', channel: 'leads' }] },
      }),
    },
  ],
};
const file = { file: 'portal.yaml', realms: ['acme'], clients: ['*'], application: null, hold: null, rules: [rule] };
const book: RuleBook = { version: 'v1', files: [file] };

describe('src/rules/load/unknown-channels', () => {
  it('names each channel that no setting has, also one that is asked later', () => {
    const messages = (known: readonly string[]) => unknownChannels(book, new Set(known)).map(({ message }) => message);
    expect(messages([])).toEqual([
      '"the desk decides" asks the channel slack:partners, and CHAT_WEBHOOKS has none of that name',
      '"the desk decides" asks the channel teams:leads, and CHAT_WEBHOOKS has none of that name',
    ]);
    expect(messages(['slack:partners'])).toHaveLength(1);
    expect(messages(['slack:partners', 'teams:leads'])).toEqual([]);
  });

  it('is what doctor finds', () => {
    const found = (known: readonly string[]) =>
      ruleFindings({ book, problems: [], sources: [] }, ['acme'], false, new Set(known)).filter(
        ({ id }) => id === 'chat-channel',
      );
    expect(found([])).toHaveLength(2);
    expect(found(['slack:partners', 'teams:leads'])).toEqual([]);
  });
});
