import { commandGroup } from './group.ts';
import { mailPreview } from './mail-preview.ts';

export const mail = commandGroup({
  name: 'mail',
  summary: 'look at the mails that the service sends',
  commands: { preview: mailPreview },
});
