import { z } from 'zod';

import type { DecodedEvent } from '../decoded-event.ts';
import { fromKeycloak } from './keycloak.ts';

/**
 * Debezium's change event of Keycloak's table EVENT_ENTITY: `{before, after, op, …}`, alone or as `payload` beside its
 * `schema` (JSON converter with and without `schemas.enable`), and the bare row that ExtractNewRecordState leaves.
 *
 * Column names come in upper or lower case, as the database folds them. Keycloak reads the details from
 * DETAILS_JSON_LONG_VALUE and falls back to DETAILS_JSON, the column of older rows (its EventEntity.java). REALM_ID is
 * the realm's id, never its name.
 */
export function isChangeEvent(value: object): boolean {
  const payload = unwrapped(value);
  return ('op' in payload && ('after' in payload || 'before' in payload)) || isRow(payload);
}

/** @throws z.ZodError */
export function fromDebezium(value: object): DecodedEvent {
  const payload = unwrapped(value);
  if (isRow(payload)) {
    return fromRow(payload);
  }
  const { op, after } = z.object({ op: z.string(), after: z.looseObject({}).nullish() }).parse(payload);
  // c: inserted, r: read by a snapshot. Rows are never updated, and deleted only when the store is cleaned.
  return (op === 'c' || op === 'r') && after ? fromRow(after) : { kind: 'ignored', type: `op ${op}` };
}

function unwrapped(value: object): object {
  const payload: unknown = 'payload' in value ? value.payload : value;
  return typeof payload === 'object' && payload !== null ? payload : value;
}

function isRow(value: object): boolean {
  return 'event_time' in value || 'EVENT_TIME' in value;
}

const details = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});
const row = z.object({
  details_json: details.nullish(),
  details_json_long_value: details.nullish(),
  // A string where the column is wider than 64 bits (Oracle) and `decimal.handling.mode` is `string`.
  event_time: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)], { error: 'must be a whole number' }),
});

function fromRow(columns: object): DecodedEvent {
  const column = new Map(Object.entries(columns).map(([name, value]) => [name.toLowerCase(), value as unknown]));
  const { details_json, details_json_long_value, event_time } = row.parse(Object.fromEntries(column));
  return fromKeycloak({
    id: column.get('id'),
    time: event_time,
    type: column.get('type'),
    realmId: column.get('realm_id'),
    clientId: column.get('client_id'),
    userId: column.get('user_id'),
    ipAddress: column.get('ip_address'),
    error: column.get('error'),
    details: details_json_long_value ?? details_json,
  });
}
