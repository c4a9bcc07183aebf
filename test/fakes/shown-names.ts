import { ShownNames } from '../../src/http/shown-names.ts';

/** Names of people, sealed with a key of tests. */
export const shownNames = new ShownNames([{ id: 'k', secret: Buffer.alloc(32, 7) }], { secure: false });
