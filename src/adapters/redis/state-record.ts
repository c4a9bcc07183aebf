import { z } from 'zod';

const envelope = z.strictObject({ revision: z.int().positive(), state: z.looseObject({}) });

/** A change that the topic does not have. */
export interface Change {
  readonly key: string;
  readonly revision: string;
  /** `null`: it ended. */
  readonly content: string | null;
}

/** As the topic has it. */
export function recordOf({ revision, content }: Change): string | null {
  return content === null ? null : `{"revision":${revision},"state":${content}}`;
}

/** `null`: it is not of that form. */
export function readRecord(json: string): z.output<typeof envelope> | null {
  try {
    return envelope.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}
