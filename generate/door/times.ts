import { condition, type Scene } from './scenes.ts';

const at = (time: string) => ({ time: Date.parse(time) });
const berlin = 'zone: Europe/Berlin';

/** Around midnight, and around the hours that a clock skips or repeats. */
export const timeScenes: readonly Scene[] = [
  condition('time: { hours: 08:00-18:00 }', [
    ['the first minute', at('2026-11-24T08:00:00Z'), true],
    ['the last moment before', at('2026-11-24T07:59:59.999Z'), false],
    ['the last minute', at('2026-11-24T17:59:59.999Z'), true],
    ['the end does not belong to it', at('2026-11-24T18:00:00Z'), false],
  ]),
  condition(`time: { hours: 08:00-18:00, ${berlin} }`, [
    ['in winter an hour ahead', at('2026-11-24T07:00:00Z'), true],
    ['in winter before it', at('2026-11-24T06:59:59Z'), false],
    ['in summer two hours ahead', at('2026-07-01T06:00:00Z'), true],
    ['in summer before it', at('2026-07-01T05:59:59Z'), false],
  ]),
  condition('time: { days: [mon, tue, wed, thu, fri] }', [
    ['a Friday, to its end', at('2026-11-27T23:59:59.999Z'), true],
    ['a Saturday, from its beginning', at('2026-11-28T00:00:00Z'), false],
    ['a Sunday, to its end', at('2026-11-29T23:59:59.999Z'), false],
    ['a Monday, from its beginning', at('2026-11-30T00:00:00Z'), true],
    ['before 1970', at('1969-12-31T23:59:59Z'), true],
    ['a leap day', at('2028-02-29T12:00:00Z'), true],
  ]),
  condition('time: { days: mon, zone: Pacific/Auckland }', [
    ['Monday there, Sunday here', at('2026-11-29T11:00:00Z'), true],
    ['still Sunday there', at('2026-11-29T10:59:59Z'), false],
    ['Tuesday there, Monday here', at('2026-11-30T11:00:00Z'), false],
  ]),
  condition('time: { days: sun, zone: America/Los_Angeles }', [
    ['Sunday there, Monday here', at('2026-11-30T07:59:59Z'), true],
    ['Monday there', at('2026-11-30T08:00:00Z'), false],
  ]),
  condition('time: { hours: 22:00-06:00 }', [
    ['before midnight', at('2026-11-24T23:59:59Z'), true],
    ['midnight', at('2026-11-25T00:00:00Z'), true],
    ['after midnight', at('2026-11-25T05:59:59Z'), true],
    ['the end', at('2026-11-25T06:00:00Z'), false],
    ['before the beginning', at('2026-11-24T21:59:59Z'), false],
    ['the beginning', at('2026-11-24T22:00:00Z'), true],
  ]),
  condition('time: { days: fri, hours: 22:00-06:00 }', [
    ['Friday evening', at('2026-11-27T22:30:00Z'), true],
    ['the hours after midnight belong to the next day', at('2026-11-28T01:00:00Z'), false],
    ['Friday, early', at('2026-11-27T01:00:00Z'), true],
  ]),
  condition('time: { hours: 18:00-24:00 }', [
    ['to the end of the day', at('2026-11-24T23:59:59.999Z'), true],
    ['midnight', at('2026-11-25T00:00:00Z'), false],
  ]),
  condition('time: { hours: 00:00-24:00 }', [
    ['all day', at('2026-11-24T12:00:00Z'), true],
    ['from midnight', at('2026-11-24T00:00:00Z'), true],
  ]),
  condition('time: { hours: 18:00-00:00 }', [
    ['to the end of the day', at('2026-11-24T23:59:59Z'), true],
    ['midnight', at('2026-11-25T00:00:00Z'), false],
    ['noon', at('2026-11-24T12:00:00Z'), false],
  ]),
  condition(`time: { hours: 02:00-03:00, ${berlin} }`, [
    ['the hour that summer time skips: before', at('2026-03-29T00:59:59Z'), false],
    ['the hour that summer time skips: after', at('2026-03-29T01:00:00Z'), false],
    ['the hour that winter time repeats: first', at('2026-10-25T00:30:00Z'), true],
    ['the hour that winter time repeats: second', at('2026-10-25T01:30:00Z'), true],
    ['after it', at('2026-10-25T02:00:00Z'), false],
  ]),
  condition('time: { hours: 02:00-03:00, zone: America/New_York }', [
    ['skipped', at('2026-03-08T07:00:00Z'), false],
    ['the day before', at('2026-03-07T07:00:00Z'), true],
    ['not the hour that is repeated', at('2026-11-01T06:30:00Z'), false],
    ['after it', at('2026-11-01T07:00:00Z'), true],
  ]),
  condition('time: { hours: 01:30-02:00, zone: Australia/Lord_Howe }', [
    ['where the clock moves by half an hour: first', at('2026-04-04T14:45:00Z'), true],
    ['where the clock moves by half an hour: second', at('2026-04-04T15:15:00Z'), true],
    ['after it', at('2026-04-04T15:30:00Z'), false],
  ]),
  condition('time: { hours: 12:00-12:45, zone: Asia/Kathmandu }', [
    ['where the clock is three quarters off', at('2026-11-24T06:15:00Z'), true],
    ['before it', at('2026-11-24T06:14:59Z'), false],
  ]),
  condition('time: { days: sat, zone: Pacific/Apia }', [
    ['a day that the calendar there has', at('2011-12-30T10:00:00Z'), true],
    ['the day before there is a Thursday: Friday was left out', at('2011-12-30T09:59:59Z'), false],
  ]),
  condition('time: { hours: 09:00-10:00, zone: europe/BERLIN }', [
    ['the letter case of a zone means nothing', at('2026-11-24T08:30:00Z'), true],
    ['after it', at('2026-11-24T09:00:00Z'), false],
  ]),
];
