import { error, type Finding, fine, warning } from './finding.ts';

/** When somebody else's clock was read, by ours, and what it said: not before `from`, not after `to`. All in ms. */
export interface ClockReading {
  readonly asked: number;
  readonly answered: number;
  readonly from: number;
  readonly to: number;
}

/** How far the other clock is ahead (behind: below 0) at least; 0 when the two may well agree. */
export function skewMs({ asked, answered, from, to }: ClockReading): number {
  return from > answered ? from - answered : to < asked ? to - asked : 0;
}

export function clockFinding(id: string, whose: string, reading: ClockReading): Finding {
  const skew = skewMs(reading);
  const size = Math.abs(skew) / 1_000;
  const what = `the clock of ${whose} is ${Math.round(size)} s ${skew > 0 ? 'ahead of' : 'behind'} ours`;
  const remedy = 'set both clocks by NTP; ages of events and ends of links are reckoned with them';
  if (size > 60) {
    return error(id, what, remedy);
  }
  return size > 5 ? warning(id, what, remedy) : fine(id, `the clock of ${whose} agrees with ours`);
}
