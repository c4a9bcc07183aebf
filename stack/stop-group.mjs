import { setTimeout as sleep } from 'node:timers/promises';

/** Stops a process group: asks first, insists after the grace. Resolves when no process of it is left. */
export async function stopGroup(leader, graceMs = 10_000) {
  const deadline = Date.now() + graceMs;
  for (let signal = 'SIGTERM'; send(leader, signal); signal = Date.now() > deadline ? 'SIGKILL' : 0) {
    await sleep(50);
  }
}

function send(leader, signal) {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false; // the group is gone
  }
}
