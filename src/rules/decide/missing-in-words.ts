import { withoutQuery } from '../../platform/urls.ts';
import type { Missing } from '../model.ts';

/** What a decision lacks, for people. */
export function missingInWords(missing: Missing): string {
  switch (missing.what) {
    case 'user':
      return 'depends on the user as Keycloak has it';
    case 'count':
      return 'depends on a count';
    case 'external':
      return `depends on what ${withoutQuery(missing.question.url)} answers, which was not asked`;
    case 'headers':
      return `depends on request headers that the event does not tell: ${missing.names.join(', ')}`;
  }
}
