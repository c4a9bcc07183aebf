import { press } from '../../../stack/press.ts';
import { linkIn } from '../../stack/support/inbox.ts';
import type { FaultCase } from '../support/fault-case.ts';
import type { Scene } from '../support/scene.ts';

type Verdict = 'approve' | 'reject';
const many = (verdict: Verdict, count: number): Verdict[] => Array.from({ length: count }, () => verdict);

/** So many approvers, or one with many fingers, at the same moment. Resolves with the user's id. */
async function pressAll(scene: Scene, name: string, verdicts: readonly Verdict[]): Promise<string> {
  const link = linkIn(await scene.request(name));
  const id = (await scene.realm.userNamed(name))?.id ?? '';
  const answers = await Promise.all(verdicts.map((verdict) => press(link, verdict).then(({ status }) => status)));
  const odd = answers.filter((status) => status >= 500);
  scene.claim(`each press about ${name} gets an answer, not ${odd.join()}`, odd.length === 0);
  return id;
}

/** Exactly one of them counts; which one, the audit says, and the person has to be where it puts them. */
async function settles(scene: Scene, name: string, userId: string): Promise<void> {
  const outcomes = async (): Promise<Set<string | undefined>> => {
    const settled = (await scene.audit()).filter((line) => line.kind === 'settled' && line.userId === userId);
    return new Set(settled.map(({ outcome }) => outcome));
  };
  await scene.comes(`one outcome for ${name}`, async () => (await outcomes()).size === 1);
  scene.expect(name, (await outcomes()).has('approved') ? 'member' : 'gone');
  scene.note(`${name}: ${[...(await outcomes())].join(', ')}`);
}

/** Of one person: fifty that agree; as many on either side; some at the moment when nobody may vote any more. */
export const voteCases: readonly FaultCase[] = [
  {
    name: 'votes-at-once',
    breaks: 'fifty presses of one link at once, on two instances; approvals against rejections',
    proves: ['P2', 'P6'],
    async run(scene) {
      const first = await scene.service();
      await scene.service({}, { beside: first });
      const [agreed = '', contested = '', rejected = ''] = await scene.register('portal', 3);
      const wishes: readonly (readonly [string, Verdict[]])[] = [
        [agreed, many('approve', 50)],
        [contested, [...many('approve', 10), ...many('reject', 10)].toSorted(() => scene.random.next() - 0.5)],
        [rejected, many('reject', 20)],
      ];
      for (const [name, verdicts] of wishes) {
        await settles(scene, name, await pressAll(scene, name, verdicts));
      }
    },
  },
  {
    name: 'votes-against-expiry',
    breaks: 'approvers press while the time of the approval ends',
    proves: ['P2', 'P6'],
    async run(scene) {
      const request = `approvers: [${scene.desk}], expire-after: 8s, approved: [{ join-group: /partners }], expired: [delete-user]`;
      const rules = {
        ...scene.rules(),
        'portal.yaml': scene.rulesOf('portal', `[{ request-approval: { ${request} } }]`),
      };
      await scene.service({}, { rules });
      const names = await scene.register('portal', 4);
      const deadlines = names.map(async (name, index) => {
        const link = linkIn(await scene.request(name));
        const id = (await scene.realm.userNamed(name))?.id ?? '';
        const registered = (await scene.realm.userNamed(name))?.createdTimestamp ?? Date.now();
        await scene.pass(Math.max(0, registered + 7_000 + index * 500 - Date.now()));
        await Promise.all(many('approve', 3).map((verdict) => press(link, verdict)));
        return settles(scene, name, id);
      });
      await Promise.all(deadlines);
    },
  },
];
