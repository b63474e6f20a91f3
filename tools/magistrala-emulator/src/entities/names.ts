export const MOST_NAME_BYTES = 1024;

const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ROUTE = /^[a-zA-Z][a-zA-Z0-9_-]{0,35}$/;

/** Lower-case with dashes; any version and variant. */
export const isUuid = (text: string) => CANONICAL_UUID.test(text);

/** Magistrala takes doubled dashes and underscores for unreadable. */
export const isReadable = (text: string) => !text.includes('__') && !text.includes('--');

export const isRoute = (text: string) => ROUTE.test(text) && isReadable(text);
