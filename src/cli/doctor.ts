import { parseArgs } from 'node:util';

import { examine } from '../operate/doctor/doctor.ts';
import { asJson, asText, summaryOf } from '../operate/doctor/print.ts';
import { adminPassword } from './admin-login.ts';
import type { Command, Io } from './command.ts';

const formats = ['text', 'json'] as const;

export const doctor: Command = {
  name: 'doctor',
  summary: 'try every setting and connection that matters, and name the remedy of what is wrong',
  usage: `vestibule doctor [--realm REALM] [--format text|json]

  --realm REALM   look at this realm, instead of those that the rules name
  --format        text for people, json for machines

Reads the settings that "vestibule run" reads, and changes nothing. With KEYCLOAK_ADMIN_USER and KEYCLOAK_ADMIN_PASSWORD
(or ..._FILE) it also looks at what only an administrator sees.
Exit code: 0 it can run (there may be warnings), 1 errors found, 2 could not look.`,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: { realm: { type: 'string' }, format: { type: 'string', default: 'text' } },
    });
    const format = formats.find((known) => known === values.format);
    if (format === undefined) {
      io.stderr(`vestibule doctor: --format must be ${formats.join(' or ')}\n`);
      return 2;
    }
    const sections = await examine({
      env: io.env,
      realm: values.realm,
      admin: await adminOf(io),
      onDone: ({ name }) => io.stderr(`looked at: ${name}\n`),
    });
    io.stdout(format === 'json' ? asJson(sections) : asText(sections));
    return summaryOf(sections).errors === 0 ? 0 : 1;
  },
};

async function adminOf(io: Io) {
  const user = io.env['KEYCLOAK_ADMIN_USER'];
  const password = await adminPassword(io);
  return user === undefined || password === undefined ? null : { user, password };
}
