import type { Approval, ApprovalStore } from '../../src/approval/approval.ts';

/** An approval store in memory, with the real one's compare-and-set. */
export class FakeApprovals implements ApprovalStore {
  readonly #byId = new Map<string, Approval>();

  get all(): readonly Approval[] {
    return [...this.#byId.values()];
  }

  async open(approval: Approval): Promise<boolean> {
    if (this.#byId.has(approval.id)) {
      return false;
    }
    this.#byId.set(approval.id, approval);
    return true;
  }

  async get(id: string): Promise<Approval | null> {
    return this.#byId.get(id) ?? null;
  }

  async replace(next: Approval): Promise<boolean> {
    if (this.#byId.get(next.id)?.revision !== next.revision - 1) {
      return false;
    }
    this.#byId.set(next.id, next);
    return true;
  }

  async ofUser(realm: string, userId: string): Promise<readonly string[]> {
    const isTheirs = (approval: Approval): boolean =>
      approval.state === 'waiting' && approval.realm === realm && approval.userId === userId;
    return this.all.filter(isTheirs).map(({ id }) => id);
  }

  async due(now: number, graceMs: number): Promise<readonly string[]> {
    const isDue = (approval: Approval): boolean =>
      approval.state === 'waiting'
        ? approval.expiresAt <= now
        : !approval.settled && (approval.decidedAt ?? 0) + graceMs <= now;
    return this.all.filter(isDue).map(({ id }) => id);
  }

  async waiting(): Promise<readonly string[]> {
    return this.all.filter(({ state }) => state === 'waiting').map(({ id }) => id);
  }

  republish(): Promise<number> {
    return Promise.resolve(0);
  }
}
