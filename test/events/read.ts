import { readFileSync } from 'node:fs';

/** A sample of this folder: of `kafka-*` files the record's value, of `rest-*` files the first event. */
export function sample(name: string): Record<string, unknown> {
  const parsed = JSON.parse(readFileSync(`${import.meta.dirname}/${name}.json`, 'utf8'));
  return name.startsWith('kafka-') ? parsed.value : name.startsWith('rest-') ? parsed[0] : parsed;
}
