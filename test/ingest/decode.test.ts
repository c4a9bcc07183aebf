import { describe, expect, it } from '@jest/globals';

import { isServiceError, type ServiceError } from '../../src/platform/errors.ts';
import { decode, inRealm } from '../../src/ingest/decode.ts';
import type { Proof } from '../../src/ingest/registration.ts';
import type { DecodedEvent } from '../../src/ingest/decoded-event.ts';
import { sample } from '../events/read.ts';

const form = sample('kafka-REGISTER.form');
const registration = {
  eventId: 'bce3463e-13d0-403a-b2c3-67d73239fd4a',
  time: 1_795_479_557_788,
  clientId: 'forbidden-app',
  userId: 'de2a9363-1d67-4ac1-ac73-5ce556f0bec9',
  ip: '127.0.0.1',
  source: 'form',
  username: 'umwty61vt-85',
  email: 'umwty61vt-85@example.test',
  firstName: 'First',
  lastName: 'Last',
  locale: null,
};
const realmId = '790fc89a-03ab-42af-aeed-4167120c6a88';

function read(event: unknown): DecodedEvent {
  return decode(Buffer.from(JSON.stringify(event)));
}

function refusal(value: Uint8Array | string): ServiceError {
  try {
    decode(value);
  } catch (error) {
    if (isServiceError(error, 'EVENT_UNREADABLE')) {
      return error;
    }
    throw error;
  }
  throw new Error('the record was read');
}

describe('src/ingest/decode', () => {
  it('reads a registration through the form', () => {
    expect(read(form)).toEqual({ kind: 'registered', realm: { name: 'kfk' }, registration });
  });

  it('names the identity provider of a brokered registration', () => {
    expect(read(sample('kafka-REGISTER.broker'))).toMatchObject({
      registration: { source: 'broker:base-idp2', username: 'brkmwtybiz1', firstName: null, lastName: null },
    });
  });

  it('reads the language that our listener tells', () => {
    const details = { ...(form['details'] as object), locale: 'de' };
    expect(read({ ...form, details })).toMatchObject({ registration: { locale: 'de' } });
  });

  it('reads the request headers that our listener reports, by name in lower case', () => {
    const details = {
      ...(form['details'] as object),
      vestibule_headers: 'x-country,X-Network,x-partner-id',
      'header.X-Partner-Id': 'p-17',
      'header.x-country': 'DE',
    };
    const event = read({ ...form, details });
    expect(event).toMatchObject({ kind: 'registered' });
    expect(event.kind === 'registered' ? event.registration.headers : null).toEqual({
      'x-partner-id': 'p-17',
      'x-country': 'DE',
      'x-network': null,
    });
  });

  it.each([[undefined], [null], [7]])('knows of no header where nobody says which were looked for: %j', (marker) => {
    const details = { ...(form['details'] as object), vestibule_headers: marker, 'header.x-partner-id': 'p-17' };
    const event = read({ ...form, details });
    expect(event.kind === 'registered' ? event.registration : {}).not.toHaveProperty('headers');
  });

  it('reads which policy the door had', () => {
    const policy = { vestibule_policy: '3f2a9c', vestibule_policy_sequence: '1795479557788' };
    const details = { ...(form['details'] as object), ...policy };
    expect(read({ ...form, details })).toMatchObject({
      registration: { policy: { version: '3f2a9c', sequence: 1_795_479_557_788 } },
    });
  });

  it.each([[undefined], ['-1'], ['1e3'], ['9'.repeat(16)], [7]])('takes no policy from the sequence %j', (sequence) => {
    const policy = { vestibule_policy: '3f2a9c', vestibule_policy_sequence: sequence };
    const event = read({ ...form, details: { ...(form['details'] as object), ...policy } });
    expect(event.kind === 'registered' ? event.registration : {}).not.toHaveProperty('policy');
  });

  it.each<[Proof | null, boolean]>([
    ['signed', true],
    ['trusted', false],
    [null, false],
  ])('believes that a policy was in force at the door, of a record that is %j: %s', (proof, believed) => {
    const policy = { vestibule_policy: '3f2a9c', vestibule_policy_sequence: '1795479557788' };
    const event = read({ ...form, details: { ...(form['details'] as object), ...policy } });
    const located = event.kind === 'registered' ? inRealm(event, 'acme', proof) : null;
    const { registration } = located?.kind === 'registered' ? located : {};
    expect(registration).toMatchObject({ realm: 'acme' });
    expect(registration?.policy !== undefined).toBe(believed);
  });

  it.each([
    ['Partner Portal', 'Partner Portal'],
    [' Portal\r\nBcc: x@evil.test\u202e ', 'Portal Bcc: x@evil.test'],
    ['x'.repeat(300), `${'x'.repeat(100)}…`],
  ])('reads what the client is called, on one line: %j', (name, clientName) => {
    const details = { ...(form['details'] as object), vestibule_client_name: name };
    expect(read({ ...form, details })).toMatchObject({ registration: { clientName } });
  });

  it.each([[undefined], [null], [''], ['\u200b'], ['${client_account}'], ['Our ${client_account}']])(
    'takes no name of a client from %j',
    (name) => {
      const event = read({ ...form, details: { ...(form['details'] as object), vestibule_client_name: name } });
      expect(event.kind === 'registered' ? event.registration : {}).not.toHaveProperty('clientName');
    },
  );

  it.each<[Proof | null, string | undefined]>([
    ['signed', 'Bank'],
    ['trusted', undefined],
    [null, undefined],
  ])('believes what the client is called, of a record that is %j: %j', (proof, believed) => {
    const event = read({ ...form, details: { ...(form['details'] as object), vestibule_client_name: 'Bank' } });
    const located = event.kind === 'registered' ? inRealm(event, 'acme', proof) : null;
    expect(located?.kind === 'registered' && located.registration.clientName).toBe(believed);
  });

  it('leaves out the last name of a list that Keycloak may have cut', () => {
    const names = ['x-a', 'x-b'.padEnd(251, '-')];
    const details = { ...(form['details'] as object), vestibule_headers: names.join(',') };
    const event = read({ ...form, details });
    expect(event.kind === 'registered' ? event.registration.headers : null).toEqual({ 'x-a': null });
  });

  it.each([[null], [7], [['a', 'b']], [{}]])('takes no header from a detail that is no text: %j', (value) => {
    const details = { ...(form['details'] as object), vestibule_headers: 'x-partner-id', 'header.x-partner-id': value };
    expect(read({ ...form, details })).toMatchObject({ registration: { headers: { 'x-partner-id': null } } });
  });

  it('cuts a header, and no name of a header reaches a prototype', () => {
    const details = JSON.parse(
      `{"vestibule_headers":"x,__proto__","header.__proto__":"p","header.x":"${'y'.repeat(300)}"}`,
    ) as object;
    const event = read({ ...form, details });
    const headers = event.kind === 'registered' ? (event.registration.headers ?? {}) : {};
    expect(Object.entries(headers)).toEqual([
      ['x', 'y'.repeat(255)],
      ['__proto__', 'p'],
    ]);
  });

  it('reads the form of the Admin API, where the realm has only its id', () => {
    expect(read(sample('rest-events-REGISTER'))).toMatchObject({ kind: 'registered', realm: { id: realmId } });
  });

  it.each([
    'debezium-REGISTER',
    'debezium-REGISTER.schema',
    'debezium-REGISTER.upper-case.snapshot',
    'debezium-REGISTER.unwrapped',
  ])('reads the same registration from %s', (name) => {
    expect(read(sample(name))).toEqual({ kind: 'registered', realm: { id: realmId }, registration });
  });

  it('reads a verified address and a deleted account', () => {
    const verified = sample('kafka-VERIFY_EMAIL');

    expect(read(verified)).toEqual({
      kind: 'email-verified',
      realm: { name: 'kfk' },
      eventId: '31189da6-e09f-48b0-a279-6317fa1c12bf',
      time: 1_795_479_767_388,
      userId: 'ebaa4922-83d9-4e95-897c-2abc3746e46a',
    });
    expect(read({ ...verified, type: 'DELETE_ACCOUNT' })).toMatchObject({ kind: 'account-deleted' });
  });

  it.each([
    'kafka-CODE_TO_TOKEN',
    'kafka-IDENTITY_PROVIDER_FIRST_LOGIN',
    'kafka-LOGIN',
    'kafka-UPDATE_PROFILE',
    'kafka-admin-USER.CREATE',
    'kafka-admin-USER.DELETE',
    'debezium-LOGIN.schema',
    'debezium-REGISTER.deleted',
  ])('passes over %s', (name) => {
    expect(read(sample(name))).toMatchObject({ kind: 'ignored' });
  });

  it.each(['REGISTER_ERROR', 'SEND_VERIFY_EMAIL', 'VERIFY_EMAIL_ERROR', '__proto__', 'constructor'])(
    'passes over type %s',
    (type) => {
      expect(read({ ...form, type })).toMatchObject({ kind: 'ignored' });
    },
  );

  it('passes over a registration that failed', () => {
    expect(read({ ...form, error: 'email_in_use' })).toMatchObject({ kind: 'ignored' });
  });

  it('passes over a login in which somebody typed the name of a type that matters', () => {
    expect(read({ ...sample('kafka-LOGIN'), details: { username: 'REGISTER' } })).toEqual({
      kind: 'ignored',
      type: 'LOGIN',
    });
  });

  it.each<[string, string | Uint8Array]>([
    ['not UTF-8', Buffer.concat([Buffer.from('{"type":"REGISTER","x":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ['not JSON', '{"type":"REGISTER"'],
    ['not JSON', ''],
    ['not JSON', new Uint8Array([0, 0, 0, 0, 1, 2])],
    ['not a JSON object', '["REGISTER"]'],
    ['not a JSON object', 'null'],
    ['neither an event of Keycloak nor a change event', '{"hello":"world"}'],
    ['larger than 1 MiB', `"${'x'.repeat(1_048_576)}"`],
  ])('refuses a record that is %s', (why, value) => {
    expect(refusal(value).message).toContain(why);
  });

  it.each<[string, Record<string, unknown>]>([
    ['id: must be a UUID', { id: '../admin' }],
    ['userId: must be a UUID', { userId: null }],
    ['userId: must be a UUID', { userId: `${registration.userId}\r\n` }],
    ['userId: must be a UUID', { userId: { $gt: '' } }],
    ['time: is not a time in ms', { time: 1_795_479_557 }],
    ['time: is not a time in ms', { time: -1 }],
    ['time: must be a whole number', { time: '1795479557788' }],
    ['time: must be a whole number', { time: 1.5 }],
    ['realmName: holds control characters', { realmName: 'a\nb' }],
    ['realmName: must not be empty', { realmName: '' }],
    ['realmName: is longer than 255 characters', { realmName: 'r'.repeat(256) }],
    ['realmName: is missing, and so is realmId', { realmName: null, realmId: null }],
    ['clientId: must be text', { clientId: undefined }],
    ['clientId: must not be empty', { clientId: '' }],
    ['type: must be text', { type: 7, note: 'REGISTER' }],
    ['details.username: must be text', { details: { username: ['x'] } }],
    ['details', { details: 'x' }],
  ])('refuses an event and says %s', (why, change) => {
    expect(refusal(JSON.stringify({ ...form, ...change })).message).toContain(why);
  });

  it('names every fault at once', () => {
    expect(refusal(JSON.stringify({ ...form, id: 1, time: 1 })).message).toMatch(/id: .*; time: /);
  });

  it('never says what the event holds', () => {
    const secret = 'somebody@example.test';
    const cut = JSON.stringify({ ...form, details: { email: secret } }).slice(0, -3);
    const wrong = JSON.stringify({ ...form, id: secret, realmName: `${secret}\n`, time: secret, details: [secret] });

    for (const value of [cut, wrong]) {
      expect(`${refusal(value).message} ${JSON.stringify(refusal(value).details)}`).not.toContain('somebody');
    }
  });

  it('refuses details of a row that are not JSON', () => {
    const row = { ...sample('debezium-REGISTER.unwrapped'), details_json_long_value: '{"username":' };

    expect(refusal(JSON.stringify(row)).message).toContain('details_json_long_value: is not JSON');
  });

  it('reads a time that a wide column turned into text', () => {
    const row = { ...sample('debezium-REGISTER.unwrapped'), event_time: '1795479557788' };

    expect(read(row)).toMatchObject({ registration: { time: 1_795_479_557_788 } });
  });

  it('keeps hostile text as it is, but cuts it at 255 characters and in no middle of one', () => {
    const username = '<a href="//evil">\u202Ex\r\nBcc: x\u0000';
    const email = `${'x'.repeat(254)}😀`;

    expect(read({ ...form, details: { username, email } })).toMatchObject({
      registration: { username, email: 'x'.repeat(254), source: 'unknown' },
    });
  });

  it('takes nothing from keys that mean something to JavaScript', () => {
    const hostile = JSON.stringify({ ...form, details: {} }).replace(
      '"details":{}',
      '"details":{"__proto__":{"username":"planted","polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );

    expect(decode(hostile)).toMatchObject({ kind: 'registered', registration: { username: null } });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  describe('what the door of Keycloak refused', () => {
    const details = { vestibule_rule: 'throwaway mail', vestibule_file: 'partner.yaml', vestibule_policy: 'v1' };
    const refusal = { ...form, type: 'REGISTER_ERROR', error: 'registration_refused', userId: null, details };
    const { id: eventId, time, clientId } = form as unknown as { id: string; time: number; clientId: string };
    const rule = { file: 'partner.yaml', name: 'throwaway mail', version: 'v1' };

    it.each<[string, object, object]>([
      ['a form that was sent', {}, { error: 'registration_refused', rule }],
      ['a form that was not shown', { error: 'registration_closed' }, { error: 'registration_closed', rule }],
      ['a client that an attribute closes', { details: { redirect_uri: 'https://x' } }, { rule: null }],
      ['a client that is not known', { clientId: null }, { clientId: 'unknown' }],
    ])('is read: %s', (_, change, wanted) => {
      expect(read({ ...refusal, ...change })).toEqual({
        kind: 'refused',
        realm: { name: 'kfk' },
        refusal: { eventId, time, clientId, error: 'registration_refused', rule, ...wanted },
      });
    });

    it.each([
      ['another error of a form', { error: 'invalid_registration' }],
      ['a wrong password', { type: 'LOGIN_ERROR', error: 'invalid_user_credentials' }],
      ['another type with that error', { type: 'UPDATE_EMAIL_ERROR' }],
    ])('is not %s', (_, change) => {
      expect(read({ ...refusal, ...change })).toMatchObject({ kind: 'ignored' });
    });
  });

  it('puts a located event into its realm', () => {
    const located = [read(form), read(sample('kafka-VERIFY_EMAIL'))].filter(
      (event) => event.kind !== 'ignored' && event.kind !== 'refused',
    );

    expect(located.map((event) => inRealm(event, 'acme', 'signed'))).toEqual([
      { kind: 'registered', registration: { ...registration, realm: 'acme' }, proof: 'signed' },
      expect.objectContaining({ kind: 'email-verified', realm: 'acme' }),
    ]);
  });

  it.each([
    ['2001:db8::7', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['https://evil.test/login', null],
    ['192.0.2.7\u202e', null],
    ['', null],
  ])('keeps only what is an address of where somebody came from: %j', (given, ip) => {
    expect(read({ ...form, ipAddress: given })).toMatchObject({ registration: { ip } });
  });
});
