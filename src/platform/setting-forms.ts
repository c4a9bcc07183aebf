import { z } from 'zod';

/* Forms that several settings have. */

export const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
export const port = z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535);
export const positive = z.coerce.number({ error: 'must be a whole number above 0' }).int().positive();
export const flag = z.enum(['true', 'false'], { error: 'must be true or false' }).transform((text) => text === 'true');
export const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));
export const listOf = (item: RegExp, error: string) =>
  list.refine((items) => items.every((text) => item.test(text)), { error }).default([]);
export const topic = z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, { error: 'must be a Kafka topic name' });
export const linkKeys = z.string().regex(/^[A-Za-z0-9_-]+:[A-Za-z0-9+/_=-]+(,[A-Za-z0-9_-]+:[A-Za-z0-9+/_=-]+)*$/, {
  error: 'must look like "name:base64secret", several separated by commas, the newest first',
});
