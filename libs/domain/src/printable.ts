/**
 * Control characters, C1 among them, which terminals take for commands; marks of direction, which reorder what is read;
 * Unicode's own line ends; and halves of surrogate pairs. Joiners stay: scripts and emoji need them.
 */
const UNPRINTABLE = String.raw`\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}`;

/** What every name that someone chooses must match: it shows all of itself, on one line, and commands nothing. */
export const PRINTABLE = new RegExp(`^[^${UNPRINTABLE}]*$`, 'u');

const EACH = new RegExp(`[${UNPRINTABLE}]`, 'gu');
const EACH_BUT_LINE_FEEDS = new RegExp(`(?!\\n)[${UNPRINTABLE}]`, 'gu');

/**
 * A text from outside, fit for one line of a terminal or a log: what must not get there stands as `\u001b`. As JSON
 * writes it so, too, a line of JSON keeps its meaning.
 */
export const printable = (text: string): string => text.replace(EACH, escaped);

/** The same for a text of several lines, for what is about to be printed. */
export const printableLines = (text: string): string => text.replace(EACH_BUT_LINE_FEEDS, escaped);

/** Each is a single UTF-16 unit. */
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
