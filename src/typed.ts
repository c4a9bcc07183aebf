/**
 * What a person typed, as one short line that cannot do harm where it is shown: no control characters, no line breaks, and
 * none of the invisible characters that turn the direction of the text around it.
 */
export function oneLine(text: string, longest = 200): string {
  const clean = text
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replaceAll(/[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '')
    .trim();
  const characters = [...clean];
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : clean;
}

const mailAddress = /^(?!www\.)[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+$/i;

/**
 * For mail, where programs make links of whatever looks like one, in plain text and in HTML alike. An ordinary mail address
 * stays as it is: it must be readable, and the worst that comes of it is a new mail.
 */
export function defanged(text: string): string {
  return oneLine(text)
    .split(' ')
    .map((word) => (mailAddress.test(word) ? word : withoutLinks(word)))
    .join(' ');
}

function withoutLinks(word: string): string {
  return word.replaceAll('://', '[:]//').replaceAll(/([\p{L}\p{N}])\.(?=[\p{L}]{2,})/gu, '$1[.]');
}
