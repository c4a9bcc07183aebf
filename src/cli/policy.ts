import { compilePolicy } from '../rules/door/compile-policy.ts';
import { command } from './command.ts';
import { asKcadm, asTerraform } from './policy-attributes.ts';
import { rulesIn } from './rules-of.ts';

export const policy = command({
  name: 'policy',
  summary: 'print what Keycloak decides before there is an account, or client attributes that say part of it',
  options: {
    rules: { value: 'DIR', about: 'the folder of the rule files; default: RULES_DIR, else "rules"' },
    format: {
      among: ['json', 'kcadm', 'terraform'],
      initial: 'json',
      about: 'json: the policy as the service publishes it; kcadm, terraform: client attributes',
    },
  },
  notes: [
    'The service publishes the policy through Kafka. Client attributes are for a Keycloak without Kafka. They can say ' +
      'two things of a client: "vestibule.hold" = "gate" holds everybody at the gate until the rules have decided, and ' +
      '"vestibule.registration" = "closed" lets nobody register. All other refusals take the policy.',
    'kcadm prints a shell script, which also takes back attributes that the rules no longer ask for. terraform prints ' +
      'a map for "extra_config" of keycloak_openid_client.',
    'Nothing is changed. Exit code: 0 printed, 2 could not run.',
  ],
  async run({ values: { rules, format } }, io) {
    const compiled = compilePolicy(await rulesIn(rules ?? io.env['RULES_DIR'] ?? 'rules'));
    const printed = {
      json: () => `${JSON.stringify(compiled, null, 2)}\n`,
      kcadm: () => asKcadm(compiled),
      terraform: () => asTerraform(compiled),
    };
    io.stdout(printed[format]());
    return 0;
  },
});
