import type { Directory, Member, MembersRef } from '../../src/approvals/find-approvers.ts';
import type { Approver } from '../../src/approvals/who-is-asked.ts';
import { ServiceError } from '../../src/platform/errors.ts';

export function member(address: string, more: Partial<Member> = {}): Member {
  const [name = ''] = address.split('@');
  return { userId: `id-of-${name}`, name, address, locale: null, zone: null, ...more };
}

/** Groups and roles in memory, by their name in rules: `/desk`, `approver`, `portal/approver`. */
export class FakeDirectory implements Directory {
  readonly members = new Map<string, readonly Member[]>();
  readonly people = new Map<string, Pick<Approver, 'locale' | 'zone'>>();
  looks = 0;

  async membersOf(_realm: string, of: MembersRef): Promise<readonly Member[]> {
    this.looks++;
    const name = 'group' in of ? of.group : of.client === undefined ? of.role : `${of.client}/${of.role}`;
    const members = this.members.get(name);
    if (members === undefined) {
      throw new ServiceError('group' in of ? 'GROUP_MISSING' : 'ROLE_MISSING', `no ${name}`);
    }
    return members;
  }

  async withAddress(_realm: string, address: string): Promise<Pick<Approver, 'locale' | 'zone'> | null> {
    return this.people.get(address) ?? null;
  }
}
