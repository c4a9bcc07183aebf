import { examine } from '../operate/doctor/doctor.ts';
import { asJson, asText, summaryOf } from '../operate/doctor/print.ts';
import { adminPassword } from './admin-login.ts';
import { command, type Io } from './command.ts';

export const doctor = command({
  name: 'doctor',
  summary: 'try every setting and connection that matters, and name the remedy of what is wrong',
  options: {
    realm: { value: 'REALM', about: 'look at this realm, instead of those that the rules name' },
    format: { among: ['text', 'json'], initial: 'text', about: 'text for people, json for machines' },
  },
  notes: [
    'Reads the settings that "vestibule run" reads, and changes nothing. With KEYCLOAK_ADMIN_USER and ' +
      'KEYCLOAK_ADMIN_PASSWORD (or ..._FILE) it also looks at what only an administrator sees.',
    'Exit code: 0 it can run (there may be warnings), 1 errors found, 2 could not look.',
  ],
  async run({ values: { realm, format } }, io) {
    const sections = await examine({
      env: io.env,
      realm,
      admin: await adminOf(io),
      onDone: ({ name }) => io.stderr(`looked at: ${name}\n`),
    });
    io.stdout(format === 'json' ? asJson(sections) : asText(sections, io.paint?.stdout));
    return summaryOf(sections).errors === 0 ? 0 : 1;
  },
});

async function adminOf(io: Io) {
  const user = io.env['KEYCLOAK_ADMIN_USER'];
  const password = await adminPassword(io);
  return user === undefined || password === undefined ? null : { user, password };
}
