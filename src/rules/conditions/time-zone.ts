import { didYouMean } from '../../platform/did-you-mean.ts';
import { text } from './operands.ts';

/** IANA name of a time zone, such as `Europe/Berlin`. */
export const timeZone = text.superRefine((given, context) => {
  if (!isZone(given)) {
    const message = 'must be a time zone such as Europe/Berlin';
    context.addIssue({ code: 'custom', message, params: { remedy: zoneMeantBy(given) } });
  }
});

/** Newer versions of Node.js know offsets such as `+01:00` too. They have no summer time, so they are no zones here. */
function isZone(zone: string): boolean {
  try {
    return /^[a-z]/i.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }).format() !== '';
  } catch {
    return false;
  }
}

/** People write the city alone, or with a space. */
function zoneMeantBy(word: string): string {
  const known = Intl.supportedValuesOf('timeZone');
  const city = `/${word.trim().replaceAll(' ', '_').toLowerCase()}`;
  const zone = known.find((name) => name.toLowerCase().endsWith(city));
  return zone === undefined ? didYouMean(word, known) : `did you mean "${zone}"?`;
}
