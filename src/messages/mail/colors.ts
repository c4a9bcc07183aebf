/** A color as rule files and mails write it: `#rrggbb`. */
type Color = string;

export const isColor = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

/** What WCAG asks for between a text and what is behind it, and between a button and what is around it. */
const enoughForText = 4.5;
const enoughForShapes = 3;

/** A color for text on a background: white, or nearly black, whichever is easier to read. One of both always is. */
export function textOn(background: Color): Color {
  return contrast('#ffffff', background) >= contrast('#0c1522', background) ? '#ffffff' : '#0c1522';
}

/** The color, or the nearest one towards `towards` that stands out from what is around it. */
export function standingOut(color: Color, around: Color, towards: Color): Color {
  for (let part = 0; part < 1; part += 0.05) {
    const mixed = mix(color, towards, part);
    if (contrast(mixed, around) >= enoughForShapes && contrast(textOn(mixed), mixed) >= enoughForText) {
      return mixed;
    }
  }
  return towards;
}

/** From 1 to 21, as of WCAG 2. */
export function contrast(one: Color, other: Color): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((left, right) => right - left);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
    const part = channel / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(color: Color, other: Color, part: number): Color {
  const mixed = channels(color).map((channel, index) => channel + ((channels(other)[index] ?? 0) - channel) * part);
  return `#${mixed.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
}

function channels(color: Color): readonly number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}
