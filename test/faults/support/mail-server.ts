import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Where in the talk the server stops being nice. */
export type MailFault =
  | 'none'
  | 'refuses the login' // 535 to AUTH
  | 'wants a login' // 530 to MAIL FROM
  | 'greets with 554'
  | 'is cut after the mail' // takes the mail, and the connection ends before the 250
  | 'is cut after the mail, once'; // the same, but a mail that comes again is answered

/** A mail server that keeps address and Message-ID of what it takes, and fails as it is told. It asks for a login. */
export class FaultyMailServer {
  fault: MailFault = 'none';
  /** One entry for each time that a mail was taken. */
  readonly taken: string[] = [];
  /** How many times the fault was met. */
  met = 0;
  readonly #open = new Set<Socket>();
  readonly #server = createServer((socket) => this.#talk(socket));

  static async start(): Promise<FaultyMailServer> {
    const server = new FaultyMailServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `smtp://vestibule:secret@127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.#open.forEach((socket) => socket.destroy());
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #talk(socket: Socket): void {
    this.#open.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#open.delete(socket));
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    const fail = (line: string): void => {
      this.met += 1;
      say(line);
    };
    let to = '';
    let mail: string | null = null;
    let text = '';
    if (this.fault === 'greets with 554') {
      fail('554 5.3.2 no service today');
      socket.end();
      return;
    }
    say('220 inbox.test ESMTP');
    const take = (lines: string): void => {
      const entry = `${to} ${/^message-id:\s*(\S+)/im.exec(lines)?.[1] ?? 'without an id'}`;
      const again = this.taken.includes(entry);
      this.taken.push(entry);
      if (this.fault === 'is cut after the mail' || (this.fault === 'is cut after the mail, once' && !again)) {
        this.met += 1;
        socket.destroy();
        return;
      }
      say('250 2.0.0 taken');
    };
    const command = (line: string): void => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') {
        say('250-inbox.test');
        say('250 AUTH PLAIN LOGIN');
      } else if (verb === 'AUTH') {
        if (this.fault === 'refuses the login') {
          fail('535 5.7.8 user name or password is wrong');
        } else {
          say('235 2.7.0 welcome');
        }
      } else if (verb === 'MAIL' && this.fault === 'wants a login') {
        fail('530 5.7.0 log in first');
      } else if (verb === 'RCPT') {
        to = /<([^>]*)>/.exec(line)?.[1] ?? '';
        say('250 2.1.5 fine');
      } else if (verb === 'DATA') {
        mail = '';
        say('354 go on');
      } else if (verb === 'QUIT') {
        say('221 2.0.0 bye');
        socket.end();
      } else {
        say('250 2.0.0 fine');
      }
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (mail === null) {
          command(line);
        } else if (line === '.') {
          take(mail);
          mail = null;
        } else {
          mail += `${line}\r\n`;
        }
      }
    });
  }
}
