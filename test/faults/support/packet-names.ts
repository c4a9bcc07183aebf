/** The systems that an instance speaks to. */
export const systems = ['keycloak', 'redis', 'kafka', 'smtp'] as const;
export type System = (typeof systems)[number];

/** What a packet asks of a system, without ids: the same for each person. `null`: the rest of an earlier packet. */
export function nameOf(system: System, packet: Buffer): string | null {
  const name = names[system](packet);
  return name === null ? null : `${system} ${name}`;
}

const names: Readonly<Record<System, (packet: Buffer) => string | null>> = {
  keycloak(packet) {
    const [, verb, path = ''] = /^([A-Z]+) (\S+) HTTP/.exec(start(packet)) ?? [];
    if (verb === undefined) {
      return null;
    }
    const short = path
      .replace(/\?.*/, '')
      .replace(/^\/(admin\/)?realms\/[^/]+\/?/, '')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
    return `${verb} ${short}`;
  },
  redis(packet) {
    // *3 $7 EVALSHA $40 … : a command, and of a script its first key
    const [, command = '', first = '', , key = ''] = start(packet)
      .split('\r\n')
      .filter((_, at) => at === 0 || at % 2 === 0);
    if (!/^[a-z]+$/i.test(command)) {
      return null;
    }
    const script = /^evalsha$/i.test(command);
    return [command.toUpperCase(), script ? first.slice(0, 6) : '', keyName(script ? key : first)]
      .filter((part) => part !== '')
      .join(' ');
  },
  kafka(packet) {
    if (packet.length < 8) {
      return null;
    }
    const api = kafkaApis[packet.readInt16BE(4)] ?? null;
    const topic = /(approvals|state|audit|dead-letter)-[0-9a-f]{8}/.exec(packet.toString('latin1'))?.[1];
    return api === 'Produce' ? `${api} ${topic ?? 'events'}` : api;
  },
  smtp(packet) {
    const [verb] = /^(EHLO|HELO|AUTH|MAIL|RCPT|DATA|QUIT|RSET|NOOP)\b/i.exec(start(packet)) ?? [];
    return verb?.toUpperCase() ?? 'the mail itself';
  },
};

/** What the service sends while it works; of the rest a crash is no different from a crash while it rests. */
const kafkaApis: Readonly<Record<number, string>> = {
  0: 'Produce',
  1: 'Fetch',
  8: 'OffsetCommit',
  9: 'OffsetFetch',
  11: 'JoinGroup',
  12: 'Heartbeat',
  14: 'SyncGroup',
};

function start(packet: Buffer): string {
  return packet.subarray(0, 1_000).toString('latin1');
}

/** `test-1a2b3c4d:registrations:1234` is a key of `registrations`. */
function keyName(key: string): string {
  return /^[\w-]+:([a-z-]+)/.exec(key)?.[1] ?? '';
}
