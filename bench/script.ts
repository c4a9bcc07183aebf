// What somebody would write in an afternoon: a consumer that disables anyone who registers through one client. The token is
// cached, a user that is not there yet is tried again. No queue, no session ended, nothing kept when it dies.
import { Kafka, logLevel } from 'kafkajs';

const { KEYCLOAK_URL = '', KAFKA_BROKERS = '', REALM = '', CLIENT = '', SECRET = '' } = process.env;

let token = { value: '', until: 0 };
async function bearer(): Promise<string> {
  if (Date.now() > token.until) {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'vestibule',
      client_secret: SECRET,
    });
    const answer = await fetch(`${KEYCLOAK_URL}/realms/${REALM}/protocol/openid-connect/token`, {
      method: 'POST',
      body,
    });
    const { access_token, expires_in } = (await answer.json()) as { access_token: string; expires_in: number };
    token = { value: access_token, until: Date.now() + (expires_in - 10) * 1_000 };
  }
  return token.value;
}

async function disable(userId: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status } = await fetch(`${KEYCLOAK_URL}/admin/realms/${REALM}/users/${userId}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${await bearer()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: false }),
    });
    if (status !== 404) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const consumer = new Kafka({ brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR }).consumer({
  groupId: `script-${process.pid}`,
});
await consumer.connect();
await consumer.subscribe({ topic: 'keycloak.events' });
await bearer();
consumer.on('consumer.group_join', () => console.log('ready'));
await consumer.run({
  partitionsConsumedConcurrently: 8,
  eachMessage: async ({ message }) => {
    const event = JSON.parse(String(message.value)) as {
      type: string;
      realmName: string;
      clientId: string;
      userId: string;
    };
    if (event.type === 'REGISTER' && event.realmName === REALM && event.clientId === CLIENT) {
      await disable(event.userId);
    }
  },
});
