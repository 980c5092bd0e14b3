// HTML with every text escaped. In: a template and its parts. Out: markup; what is no markup is escaped, so that nothing that was received becomes a tag.

/** Text that is HTML already; only `html` and `joined` make it. */
export type Markup = { readonly markup: string };

/** A part of a template; null leaves nothing. */
export type Part = Markup | string | number | null | readonly Part[];

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Control characters, and those that turn the direction of what follows: a text could pretend to be another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text for elements and quoted attributes (HTML Standard 13.1.2): the one place where texts become HTML. */
export const escaped = (text: string): string =>
  text.replace(UNSEEN, '\ufffd').replace(/[&<>"']/gu, (character) => NAMES[character] ?? '');

function textOf(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(textOf).join('');
}

/** Markup of a template. Its own text is trusted, its parts are not; attribute values stand in double quotes. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  markup: texts.map((text, index) => text + textOf(parts[index] ?? null)).join(''),
});
