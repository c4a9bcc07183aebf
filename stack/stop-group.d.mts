export function stopGroup(leader: number, graceMs?: number): Promise<void>;
