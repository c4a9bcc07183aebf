import { z } from 'zod';

import type { Approval } from '../../approval/approval.ts';

/** What this store itself relies on; the rest is the writer's business. */
const snapshot = z.looseObject({
  id: z.string().min(1),
  revision: z.int().positive(),
  state: z.enum(['waiting', 'approved', 'rejected', 'expired', 'overtaken']),
  settled: z.boolean(),
  realm: z.string(),
  userId: z.string(),
  askedAt: z.number(),
  expiresAt: z.number(),
  remindAt: z.number().nullable(),
  decidedAt: z.number().nullable(),
});

/** @returns `null` for what is no snapshot of an approval */
export function parseSnapshot(json: string): Approval | null {
  try {
    const parsed = JSON.parse(json);
    return snapshot.safeParse(parsed).success ? parsed : null;
  } catch {
    return null;
  }
}
