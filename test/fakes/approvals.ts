import type { Approval, ApprovalStore, Seen } from '../../src/approvals/approval.ts';
import { turnAt } from '../../src/approvals/who-is-asked.ts';
import { ServiceError } from '../../src/platform/errors.ts';

/** An approval store in memory, with the real one's compare-and-set. */
export class FakeApprovals implements ApprovalStore {
  readonly #byId = new Map<string, Approval>();
  readonly #turns = new Map<string, number>();
  #turn = 0;
  readonly #unrecorded = new Set<string>();
  /** Changes reach Redis only. */
  kafkaAway = false;
  readonly #takenUp = new Map<string, number>();

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

  async see(id: string): Promise<Seen | null> {
    const approval = this.#byId.get(id);
    return approval === undefined ? null : { approval, recorded: !this.#unrecorded.has(id) };
  }

  async replace(next: Approval): Promise<boolean> {
    if (this.#byId.get(next.id)?.revision !== next.revision - 1) {
      return false;
    }
    this.#byId.set(next.id, next);
    if (this.kafkaAway) {
      this.#unrecorded.add(next.id);
      throw new ServiceError('KAFKA_UNAVAILABLE', 'Kafka is away');
    }
    this.#unrecorded.delete(next.id);
    return true;
  }

  async ofUser(realm: string, userId: string): Promise<readonly string[]> {
    const isTheirs = (approval: Approval): boolean =>
      approval.state === 'waiting' && approval.realm === realm && approval.userId === userId;
    return this.all.filter(isTheirs).map(({ id }) => id);
  }

  async due(now: number, graceMs: number, limit: number): Promise<readonly string[]> {
    const expired = this.all.filter(({ state, expiresAt }) => state === 'waiting' && expiresAt <= now);
    const since = ({ id, decidedAt }: Approval): number => this.#takenUp.get(id) ?? decidedAt ?? 0;
    const unsettled = this.all
      .filter((approval) => approval.state !== 'waiting' && !approval.settled && since(approval) + graceMs <= now)
      .toSorted((left, right) => since(left) - since(right))
      .slice(0, Math.max(0, limit - expired.length));
    unsettled.forEach(({ id }) => this.#takenUp.set(id, now));
    return [...expired.slice(0, limit), ...unsettled].map(({ id }) => id);
  }

  async remindable(now: number, limit: number): Promise<readonly string[]> {
    const isDue = (approval: Approval): boolean =>
      approval.state === 'waiting' && approval.waitFor === null && (turnAt(approval) ?? Infinity) <= now;
    return this.all
      .filter(isDue)
      .map(({ id }) => id)
      .slice(0, limit);
  }

  async unasked(_now: number, limit: number): Promise<readonly string[]> {
    const ids = this.all
      .filter(({ state, waitFor }) => state === 'waiting' && waitFor !== null)
      .map(({ id }) => id)
      .toSorted((left, right) => (this.#turns.get(left) ?? 0) - (this.#turns.get(right) ?? 0))
      .slice(0, limit);
    this.#endTurn(ids);
    return ids;
  }

  #endTurn(ids: readonly string[]): void {
    ids.forEach((id) => this.#turns.set(id, ++this.#turn));
  }

  republish(): Promise<number> {
    return Promise.resolve(0);
  }
}
