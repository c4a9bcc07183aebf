import { readFile } from 'node:fs/promises';

/**
 * The server behind a guardian, to be frozen or killed. The guardian ends with this process, whatever becomes of it; its
 * one child is the server.
 * @returns the server's process id
 */
export async function guardedBy(guardian: number): Promise<number> {
  return Number(await readFile(`/proc/${guardian}/task/${guardian}/children`, 'utf8'));
}
