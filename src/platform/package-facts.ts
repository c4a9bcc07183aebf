import { readFileSync } from 'node:fs';
import { z } from 'zod';

const facts = z.object({ name: z.literal('vestibule'), version: z.string(), engines: z.object({ node: z.string() }) });

/** Version of this service and the Node.js it wants. */
export function packageFacts(): z.output<typeof facts> {
  // From src/platform/, and from dist/src/platform/ where it was built to.
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      return facts.parse(JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        throw error;
      }
    }
  }
  throw new Error('package.json is not beside the program');
}
