import { Links } from '../src/approvals/links.ts';
import type { Approval } from '../src/approvals/approval.ts';
import { median } from './figures.ts';

const samples = 10_000;
/** So many at once are measured: one takes less than a clock can tell. */
const atOnce = 20;

/**
 * `npm run bench -- link-timing`: whether the time that a wrong link takes tells how much of its signature is right. Guesses
 * of three kinds take turns. Welch's t compares each kind with the one of which nothing is right; beyond ±4.5 a difference
 * counts as one that can be measured.
 */
export async function run(): Promise<void> {
  const links = new Links([{ id: 'k', secret: Buffer.alloc(32, 7) }]);
  const approval = {
    id: '0123456789abcdef0123456789abcdef',
    realm: 'acme',
    approvers: ['desk@acme.com'],
    expiresAt: Date.now() + 86_400_000,
  } as unknown as Approval;
  const genuine = Buffer.from(links.tokenFor(approval, 0).split('.')[1] ?? '', 'base64url');
  const kinds = [0, 16, 31].map((right) => ({ right, token: guess(genuine, right), times: [] as number[] }));
  for (let round = 0; round < samples + 500; round++) {
    for (const { token, times } of round % 2 === 0 ? kinds : kinds.toReversed()) {
      const began = process.hrtime.bigint();
      for (let time = 0; time < atOnce; time++) {
        refused(links, token, approval);
      }
      if (round >= 500) {
        times.push(Number(process.hrtime.bigint() - began) / atOnce);
      }
    }
  }
  const [none = { times: [] }] = kinds;
  console.log(`${samples} samples of each kind\nright bytes   median ns      t`);
  for (const { right, times } of kinds) {
    const t = right === 0 ? '' : welch(trimmed(none.times), trimmed(times)).toFixed(2);
    console.log(`${String(right).padStart(2)} of 32      ${median(times).toFixed(0).padStart(9)} ${t.padStart(6)}`);
  }
}

/** A link whose signature is right in its first bytes, and wrong in the next. */
function guess(genuine: Buffer, right: number): string {
  const bytes = Buffer.from(genuine);
  for (let index = 23 + right; index < bytes.length; index++) {
    bytes.writeUInt8(bytes.readUInt8(index) ^ 0xff, index);
  }
  return `k.${bytes.toString('base64url')}`;
}

function refused(links: Links, token: string, approval: Approval): void {
  try {
    links.verify(token, approval);
  } catch {
    return;
  }
  throw new Error('a guess was taken for a link');
}

/** Without the slowest twentieth: what the machine did beside. */
function trimmed(times: readonly number[]): readonly number[] {
  return times.toSorted((left, right) => left - right).slice(0, Math.floor(times.length * 0.95));
}

function welch(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [moments(left), moments(right)];
  return (a.mean - b.mean) / Math.sqrt(a.variance / left.length + b.variance / right.length);
}

function moments(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, variance };
}
