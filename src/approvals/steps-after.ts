import type { Step } from '../rules/model.ts';
import type { Approval } from './approval.ts';

/** The steps that follow an outcome. A person who withdrew is deleted, whatever the rule says. */
export function stepsAfter({ state, then }: Pick<Approval, 'state' | 'then'>): readonly Step[] {
  switch (state) {
    case 'waiting':
    case 'obsolete':
      return [];
    case 'withdrawn':
      return [{ uses: 'delete-user', with: null, after: null }];
    default:
      return then[state];
  }
}
