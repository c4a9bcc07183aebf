import { z } from 'zod';

import type { DoorOperands } from '../door/policy.ts';
import { condition } from './condition.ts';
import { oneOrMore } from './operands.ts';
import { timeZone } from './time-zone.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Day = (typeof days)[number];

const operand = z
  .strictObject({
    days: oneOrMore(z.enum(days, { error: `must be among ${days.join(', ')}` }))
      .optional()
      .describe('mon, tue, wed, thu, fri, sat or sun, or a list of them. Without it, every day.'),
    hours: z
      .string({ error: 'must be text such as "08:00-18:00"' })
      .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'must look like 08:00-18:00' })
      .refine((hours) => hours.slice(0, 5) !== hours.slice(6), { error: 'must not end when it begins' })
      .optional()
      .describe(
        'From and to, such as 08:00-18:00. The end does not belong to it. 22:00-06:00 spans midnight. Without it, all day.',
      ),
    zone: timeZone.default('UTC').describe('The time zone of days and hours, such as Europe/Berlin.'),
  })
  .refine(({ days, hours }) => days !== undefined || hours !== undefined, { error: 'must name days or hours' });

type Operand = z.output<typeof operand>;

export const time = condition<Operand>({
  key: 'time',
  title: 'Day and hour',
  about:
    'When the person registered. At least `days` or `hours` must be given. Of hours that span midnight, those after it belong to the next day.',
  examples: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], hours: '08:00-18:00', zone: 'Europe/Berlin' }],
  operand,
  atDoor: ({ days, hours, zone }) => ({
    kind: 'is',
    key: 'time',
    operand: {
      ...(days === undefined ? {} : { days }),
      ...(hours === undefined ? {} : { hours }),
      zone,
    },
  }),
  test(wanted, { registration }) {
    const { days, hours, zone } = wanted;
    const { day, clock } = clockIn(zone, registration.time);
    const holds = isIn(wanted, day, clock);
    const named = [days?.join(' '), hours].filter(Boolean).join(' ');
    return { holds, because: `registered ${day} ${clock} (${zone}), which is ${holds ? '' : 'not '}in ${named}` };
  },
});

/** Whether it is such a day and hour, there. */
export function isTime(wanted: DoorOperands['time'], ms: number): boolean {
  const { day, clock } = clockIn(wanted.zone, ms);
  return isIn(wanted, day, clock);
}

function isIn({ days, hours }: DoorOperands['time'], day: string, clock: string): boolean {
  return (days === undefined || days.includes(day)) && (hours === undefined || within(hours, clock));
}

/** Making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function clockIn(zone: string, time: number): { day: Day; clock: string } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(zone, format);
  const part = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
  return { day: part['weekday']?.toLowerCase() as Day, clock: `${part['hour']}:${part['minute']}` };
}

function within(hours: string, clock: string): boolean {
  const [from = '', to = ''] = hours.split('-');
  return from < to ? from <= clock && clock < to : from <= clock || clock < to;
}
